import { existsSync, readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { insideMark, type MakeMachine, TestMachine, until } from './netns.ts';
import { requireRoot, requireThat, requireTool } from './tools.ts';

/**
 * Whether this machine can boot another one inside: with systemd as its first process, which needs a part of the tree of
 * control groups.
 */
export function requireBooting(context: TestContext): boolean {
  if (!requireRoot(context) || !requireTool(context, 'unshare', 'setpriv', 'pivot_root', 'systemctl', 'dpkg'))
    return false;
  return (
    requireThat(context, existsSync(systemd), `MISSING TOOL: ${systemd} is not there`) &&
    requireThat(
      context,
      controlGroups() !== undefined,
      'NO CGROUPS: no cgroup2 is mounted that can be written',
    )
  );
}

const systemd = '/lib/systemd/systemd';

/**
 * A machine with a root, a network and a systemd of its own. Its files are those of the real one at first; what it changes is
 * in memory, and gone with it. Of the services nothing but the journal runs.
 */
export async function bootMachine(context: TestContext, name: string): Promise<TestMachine> {
  const machine = await TestMachine.start(name, makeBooted);
  context.after(() => machine.stop());
  await until(`systemd on ${name} is up`, async () =>
    (await machine.run('systemctl', ['is-active', 'test.target'])).stdout.startsWith('active'),
  );
  return machine;
}

/** Where the kernel's one tree of control groups is mounted. */
function controlGroups(): string | undefined {
  const mounts = readFileSync('/proc/mounts', 'utf8').split('\n');
  const line = mounts.map((text) => text.split(' ')).find(([, , type]) => type === 'cgroup2');
  return line?.[3]?.startsWith('rw') === true ? line[1] : undefined;
}

const makeBooted: MakeMachine = (name, scratch) => {
  return ['bash', '-c', outerScript, name, scratch, controlGroups() ?? '', innerScript];
};

/**
 * Outside: a control group of its own, and the namespaces. It ends with its standard input, and everything inside with it.
 */
const outerScript = `
  set -eu
  scratch=$1 groups=$2
  group=$groups/warder-test-$$
  mkdir "$group"
  # Its end is ours, whatever we die of.
  exec 3< <(
    echo $BASHPID > "$group/cgroup.procs"
    exec setpriv --pdeathsig KILL \\
      unshare --net --mount --pid --uts --ipc --cgroup --fork --kill-child --propagation private \\
      bash -c "$3" "$0" "$scratch" < /dev/null
  )
  machine=$!
  clean() {
    kill -9 "$machine" 2>/dev/null || true
    for _ in $(seq 50); do
      find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
      sleep 0.1
    done
  }
  trap clean EXIT
  trap 'exit 1' TERM INT HUP
  read -r _ <&3
  echo "ready $machine"
  while read -r _; do :; done
`;

/**
 * Inside: a copy on write of the whole root, which takes the place of the old one. Settings of the kernel that are not the
 * network's are read-only, and nothing of what the real machine would start is wanted.
 */
const innerScript = `
  set -eu
  scratch=$1
  mount -n -t tmpfs tmpfs "$scratch"
  mkdir "$scratch/upper" "$scratch/work" "$scratch/root"
  mount -n -t overlay overlay -o "lowerdir=/,upperdir=$scratch/upper,workdir=$scratch/work" "$scratch/root"
  cd "$scratch/root"
  mount -n -t proc proc proc
  mkdir "$scratch/net"
  mount -n --bind proc/sys/net "$scratch/net"
  mount -n --bind proc/sys proc/sys
  mount -n -o remount,bind,ro proc/sys
  mount -n --move "$scratch/net" proc/sys/net
  mount -n -t sysfs -o ro sysfs sys
  mount -n -t cgroup2 cgroup2 sys/fs/cgroup
  mount -n -t tmpfs -o mode=755 tmpfs dev
  cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty dev/
  ln -s /proc/self/fd dev/fd
  mkdir dev/pts dev/shm
  mount -n -t devpts -o newinstance,mode=620,gid=5,ptmxmode=666 devpts dev/pts
  ln -s pts/ptmx dev/ptmx
  for folder in run var/log; do mount -n -t tmpfs -o mode=755 tmpfs "$folder"; done
  # Services start when a package says so, whatever the real machine's rule is; and no index of manuals is made.
  rm -f usr/sbin/policy-rc.d usr/bin/mandb
  find usr/lib/systemd/system etc/systemd/system -path '*.wants/*' ! -name 'systemd-journald*' -delete
  printf '[Unit]\\nRequires=sysinit.target\\n' > etc/systemd/system/test.target
  # It looks the sender of a message up, and must be quicker than that is gone.
  mkdir -p etc/systemd/system/systemd-journald.service.d
  printf '[Service]\\nNice=-20\\n' > etc/systemd/system/systemd-journald.service.d/quick.conf
  cat /proc/sys/kernel/random/uuid | tr -d - > etc/machine-id
  mkdir .old-root
  : > .${insideMark}
  pivot_root . .old-root
  cd /
  umount -l /.old-root
  rmdir /.old-root
  hostname "$0"
  ip link set lo up
  echo ready
  exec env -i container=test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \\
    ${systemd} --system --unit=test.target --log-target=journal --show-status=no > /dev/null 2>&1
`;
