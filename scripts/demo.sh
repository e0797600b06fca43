#!/bin/sh
# `npm run demo`: makes the checkout ready, then shows a real attack on machines made of namespaces.
set -eu

root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
sh "$root/scripts/setup.sh" start
exec "$root/bin/warder" demo "$@"
