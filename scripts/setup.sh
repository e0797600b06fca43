#!/bin/sh
# Brings a checkout to where it can run (`setup.sh start`) or be tested (`setup.sh test`): the npm packages with the
# pinned Node runtime, the bundles in dist/, and for the tests the Debian packages they use. Does only what is missing.
set -eu

purpose=${1:-start}
root=$(cd -- "$(dirname -- "$0")/.." && pwd -P)
cd -- "$root"

# The tests compare with, and drive, the real programs.
test_packages='git fail2ban nftables iptables ipset conntrack iproute2 openssh-server openssh-client sshpass rsyslog
  systemd systemd-journal-remote python3 python3-systemd faketime procps util-linux'

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

missing_packages() {
  for package in $test_packages; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || printf '%s ' "$package"
  done
}

# Installs without starting anything: a policy-rc.d that answers 101 forbids it, and is removed again if it is ours.
install_debian_packages() {
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say 'THIS IS NOT DEBIAN: install by hand what the skipped tests name'
    return 0
  fi
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then
    say "MISSING DEBIAN PACKAGES, and not root to install them; the tests that use them will be skipped: $missing"
    return 0
  fi
  say "installing Debian packages for the tests: $missing"
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
    trap 'exit 1' INT TERM HUP
  fi
  export DEBIAN_FRONTEND=noninteractive
  # shellcheck disable=SC2086 # a list of words
  { have_package_lists && apt_install $missing; } || {
    say 'fetching the package lists (apt-get update)'
    apt-get update -q >&2 || say 'apt-get update failed'
    # shellcheck disable=SC2086
    apt_install $missing || fail "apt-get could not install: $missing"
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
  test) install_debian_packages ;;
  *) fail "unknown purpose '$purpose'; use start or test" ;;
esac
install_npm_packages
build
