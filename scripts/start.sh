#!/bin/sh
# `npm start`: makes the checkout ready, then runs the daemon in the foreground with its log on the terminal.
set -eu

root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
sh "$root/scripts/setup.sh" start
exec "$root/bin/warder" run "$@"
