#!/bin/sh
# Starts @NAME@. What the environment says about Node.js is for other programs: a service, or root's shell, that has
# it set must not load somebody's module into the guard of the machine.
unset NODE_OPTIONS NODE_PATH NODE_EXTRA_CA_CERTS NODE_V8_COVERAGE NODE_COMPILE_CACHE NODE_REPL_EXTERNAL_MODULE \
  NODE_ICU_DATA NODE_REDIRECT_WARNINGS NODE_DEBUG NODE_DEBUG_NATIVE WARDER_NODE WARDER_PAGE OPENSSL_CONF OPENSSL_MODULES
exec /usr/lib/warder/node --disable-warning=ExperimentalWarning /usr/lib/warder/@NAME@.js "$@"
