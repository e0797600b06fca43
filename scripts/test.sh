#!/bin/sh
# `npm test`: makes the checkout ready, then checks types, style and behaviour. Arguments name the tests to run.
set -eu

root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
sh "$root/scripts/setup.sh" test
cd -- "$root"
node=node_modules/.bin/node
failed=
if [ "$#" = 0 ]; then
  # By name of the runtime: these two scripts would otherwise take whatever `node` the PATH has.
  echo 'test: types' >&2
  "$node" node_modules/.bin/tsc --noEmit || failed="types $failed"
  "$node" node_modules/.bin/tsc --noEmit -p dashboard || failed="types $failed"
  echo 'test: style' >&2
  "$node" node_modules/.bin/biome check . || failed="style $failed"
fi
"$node" scripts/run-tests.ts "$@" || failed="tests $failed"
if [ -n "$failed" ]; then
  echo "test: FAILED: $failed" >&2
  exit 1
fi
