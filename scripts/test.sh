#!/bin/sh
# `npm test`: makes the checkout ready, then checks types, style and behaviour. Arguments name the tests to run.
set -eu

root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
sh "$root/scripts/setup.sh" test
cd -- "$root"
node=node_modules/.bin/node
if [ "$#" = 0 ]; then
  # By name of the runtime: these two scripts would otherwise take whatever `node` the PATH has.
  echo 'test: types' >&2
  "$node" node_modules/.bin/tsc --noEmit
  echo 'test: style' >&2
  "$node" node_modules/.bin/biome check .
fi
exec "$node" scripts/run-tests.ts "$@"
