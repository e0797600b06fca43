#!/bin/sh
# Brings a checkout to where it can run (`setup.sh start`) or be tested (`setup.sh test`): the npm packages with the
# pinned Node runtime, the bundles in dist/, and for the tests the Debian packages they use. Does only what is missing.
set -eu

purpose=${1:-start}
root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$root"

# The tests compare with, and drive, the real programs.
test_packages='git fail2ban nftables iptables ipset conntrack iproute2 openssh-server openssh-client sshpass rsyslog
  systemd systemd-journal-remote python3 python3-systemd faketime procps util-linux chromium lintian dpkg-dev
  debootstrap man-db mandoc bash-completion zsh fish logrotate libwrap0 ufw firewalld dbus'

say() {
  printf 'setup: %s\n' "$*" >&2
}

fail() {
  say "$*"
  exit 1
}

# True when npm's own record of what is installed is older than the lock file, or absent.
packages_are_stale() {
  [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]
}

install_npm_packages() {
  packages_are_stale || return 0
  command -v npm >/dev/null 2>&1 || fail 'npm is missing; install Node.js with npm (any release), then try again'
  say 'installing the npm packages (npm ci)'
  npm ci --no-audit --no-fund --loglevel=error >&2 || fail 'npm ci failed; see its messages above'
  # npm keeps the archive's times, so this is what "newer" is measured against.
  touch node_modules/.package-lock.json
}

# The pinned Node.js needs a library that a minimal Debian lacks.
check_runtime() {
  trouble=$(node_modules/.bin/node --version 2>&1 >/dev/null) && return 0
  case $trouble in
    *libatomic*) ;;
    *) fail "the pinned Node.js does not run here: $trouble" ;;
  esac
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    fail 'the pinned Node.js needs the library libatomic.so.1; as root: apt-get install libatomic1'
  fi
  install_debian_packages libatomic1
}

# A checkout that somebody else owns runs from its sources: slower to start, otherwise the same.
build() {
  [ ! -e dist/.built ] || [ -n "$(find src scripts/build.ts package-lock.json -newer dist/.built -print -quit)" ] || return 0
  if [ ! -w . ] || { [ -e dist ] && [ ! -w dist ]; }; then
    say "cannot write to $root; running from the sources"
    return 0
  fi
  say 'building dist/'
  node_modules/.bin/node scripts/build.ts >&2 || fail 'the build failed; see its messages above'
}

# Those of the arguments that are not installed.
missing_packages() {
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
  done
}

# What the tests use: installed where that is possible, otherwise named loudly.
prepare_tests() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say 'THIS IS NOT DEBIAN: install by hand what the skipped tests name'
    return 0
  fi
  # shellcheck disable=SC2086 # a list of words
  missing=$(missing_packages $test_packages)
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    say "MISSING DEBIAN PACKAGES, and not root to install them; the tests that use them will be skipped: $missing"
    return 0
  fi
  # shellcheck disable=SC2086
  install_debian_packages $missing
}

# Installs without starting anything: a policy-rc.d that answers 101 forbids it, and is removed again if it is ours.
install_debian_packages() {
  say "installing Debian packages: $*"
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' INT TERM HUP
  fi
  export DEBIAN_FRONTEND=noninteractive
  { have_package_lists && apt_install "$@"; } || {
    say 'fetching the package lists (apt-get update)'
    apt-get update -q >&2 || say 'apt-get update failed'
    apt_install "$@" || fail "apt-get could not install: $*"
  }
}

have_package_lists() {
  [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ]
}

apt_install() {
  apt-get install -y -q --no-install-recommends -o Dpkg::Use-Pty=0 "$@" >&2 </dev/null
}

case $purpose in
  start) ;;
  test) prepare_tests ;;
  *) fail "unknown purpose '$purpose'; use start or test" ;;
esac
install_npm_packages
check_runtime
build
