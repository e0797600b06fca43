#!/bin/sh
# Starts @NAME@. What the environment says about Node.js is for other programs: a service, or root's shell, that has
# it set must not load somebody's module into the guard of the machine.
unset NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_V8_COVERAGE NODE_COMPILE_CACHE NODE_REPL_EXTERNAL_MODULE \
  NODE_ICU_DATA NODE_REDIRECT_WARNINGS NODE_DEBUG NODE_DEBUG_NATIVE WARDER_NODE WARDER_PAGE OPENSSL_CONF OPENSSL_MODULES
# The server stays small; src/cli/launch.ts says the same, and bin/launch.sh why.
case @NAME@:${1-} in
  fail2ban-server:* | warder:run) serves=yes ;;
  *) serves=no ;;
esac
set -- /usr/lib/warder/@NAME@.js "$@"
if [ $serves = yes ]; then
  export MALLOC_TRIM_THRESHOLD_=65536 MALLOC_MMAP_THRESHOLD_=65536
  set -- --max-semi-space-size=2 --heap-growing-percent=20 --v8-pool-size=2 --expose-gc \
    --invocation-count-for-maglev=10000 --invocation-count-for-maglev-osr=10000 \
    --invocation-count-for-turbofan=40000 --invocation-count-for-osr=40000 "$@"
fi
exec /usr/lib/warder/node --disable-warning=ExperimentalWarning "$@"
