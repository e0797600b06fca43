import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What a command left behind. `code` is null when a signal ended it. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs?: number;
}

/**
 * A machine of its own, made of namespaces: network, processes and mounts. Its /etc, /usr/sbin and /usr/bin are copies on write, its
 * /run, /dev, /var/log and /var/lib are empty; everything else, the repository included, is the real one's.
 *
 * Its first process reads from a pipe that we hold. When we close the pipe, or die, the kernel ends every process in
 * it, and with the last one the network and the mounts are gone: nothing can be left behind.
 */
export class TestMachine {
  readonly #init: ChildProcess;
  readonly #scratch: string;
  /** The id, outside, of `unshare`, in whose child's namespaces everything runs. */
  readonly #target: string;
  readonly name: string;

  private constructor(name: string, init: ChildProcess, scratch: string, target: string) {
    this.name = name;
    this.#init = init;
    this.#scratch = scratch;
    this.#target = target;
  }

  /** Needs root. `make`: another way to make one, see booted-machine.ts. */
  static async start(name: string, make: MakeMachine = makeNamespaces): Promise<TestMachine> {
    const scratch = await mkdtemp(join(tmpdir(), `warder-machine-${name}-`));
    const [command, ...args] = make(name, scratch);
    const init = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const output = collect(init);
    await Promise.race([once(init.stdout!, 'data'), once(init, 'exit')]);
    const ready = /^ready ?(\d*)/.exec(output.stdout());
    if (ready === null) {
      await rm(scratch, { recursive: true, force: true });
      throw new Error(`cannot make the test machine ${name}: ${output.stderr()}`);
    }
    const machine = new TestMachine(name, init, scratch, ready[1] || String(init.pid));
    const inside = await machine.run('test', ['-e', insideMark]);
    if (inside.code === 0) return machine;
    await machine.stop();
    throw new Error(`commands do not reach the test machine ${name}, they would change the real one`);
  }

  /** Runs a command in the machine to its end. Does not throw when the command fails. */
  async run(command: string, args: readonly string[] = [], options: RunOptions = {}): Promise<CommandResult> {
    const child = this.spawn(command, args, { ...spawnEnv(options), stdio: ['pipe', 'pipe', 'pipe'] });
    const output = collect(child);
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      // What nsenter had started may go on, and hold the pipes; it ends with the machine.
      child.stdout?.destroy();
      child.stderr?.destroy();
    }, options.timeoutMs ?? 20_000);
    const [code] = (await once(child, 'close')) as [number | null];
    clearTimeout(timer);
    return { code, stdout: output.stdout(), stderr: output.stderr() };
  }

  /** As run, and throws with everything the command said when it fails. */
  async must(command: string, args: readonly string[] = [], options: RunOptions = {}): Promise<string> {
    const result = await this.run(command, args, options);
    if (result.code === 0) return result.stdout;
    throw new Error(
      `${this.name}: ${command} ${args.join(' ')} ended with ${result.code}\n${result.stdout}${result.stderr}`,
    );
  }

  /** A shell script; throws when it fails. */
  shell(script: string, options: RunOptions = {}): Promise<string> {
    return this.must('bash', ['-euo', 'pipefail', '-c', script], options);
  }

  /** Starts a command that goes on. The process belongs to `nsenter`, which passes its exit code on. */
  spawn(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const namespaces = { net: 'net', mount: 'mnt', uts: 'uts', pid: 'pid_for_children' };
    const enter = Object.entries(namespaces).map(
      ([flag, file]) => `--${flag}=/proc/${this.#target}/ns/${file}`,
    );
    // Where we run in a chroot, the root of the mounts is the real machine's; the machine's own is entered as well.
    enter.push(`--root=/proc/${this.#target}/root`);
    // Entering the mounts leads to their root, so the directory is chosen inside.
    const { cwd, ...others } = options;
    const inFolder = cwd === undefined ? [] : ['env', `--chdir=${String(cwd)}`];
    return spawn('nsenter', [...enter, ...inFolder, command, ...args], others);
  }

  /** Connects two machines by a cable. Addresses are given with their prefix lengths. */
  static async connect(
    left: TestMachine,
    leftAddresses: readonly string[],
    right: TestMachine,
    rightAddresses: readonly string[],
  ): Promise<void> {
    const enter = [
      'nsenter',
      `--net=/proc/${left.#target}/ns/net`,
      'ip',
      'link',
      'add',
      'eth0',
      'type',
      'veth',
    ];
    const child = spawn(enter[0]!, [...enter.slice(1), 'peer', 'name', 'eth0', 'netns', right.#target]);
    const output = collect(child);
    const [code] = (await once(child, 'close')) as [number | null];
    if (code !== 0) throw new Error(`cannot connect ${left.name} with ${right.name}: ${output.stderr()}`);
    for (const [machine, addresses] of [
      [left, leftAddresses],
      [right, rightAddresses],
    ] as const) {
      const adds = addresses.map(
        (address) => `ip address add ${address} dev eth0 ${address.includes(':') ? 'nodad' : ''}`,
      );
      await machine.shell([...adds, 'ip link set eth0 up'].join('\n'));
    }
  }

  /** Ends every process in the machine, and the machine. */
  async stop(): Promise<void> {
    if (this.#init.exitCode === null && this.#init.signalCode === null) {
      const ended = once(this.#init, 'exit');
      this.#init.stdin?.end();
      await ended;
    }
    await rm(this.#scratch, { recursive: true, force: true });
  }
}

/**
 * The command that makes a machine: it says `ready`, and the process id of `unshare` behind it where that is another, and
 * ends the machine when its standard input ends.
 */
export type MakeMachine = (name: string, scratch: string) => [command: string, ...args: string[]];

const makeNamespaces: MakeMachine = (name, scratch) => {
  const flags = ['--net', '--mount', '--pid', '--uts', '--fork', '--kill-child', '--propagation', 'private'];
  return ['unshare', ...flags, 'bash', '-c', initScript, name, scratch];
};

/** Stands in each test machine's own layer of /etc, and nowhere else. */
export const insideMark = '/etc/.warder-test-machine';

/** bash, since as the first process it must also reap orphans, which dash does not while it waits for input. */
const initScript = `
  set -euo pipefail
  scratch=$1
  mount -n -t proc proc /proc
  mount -n -t tmpfs tmpfs "$scratch"
  for folder in /etc /usr/sbin /usr/bin; do
    name=\${folder//\\//_}
    mkdir -p "$scratch/$name/upper" "$scratch/$name/work"
    mount -n -t overlay overlay -o "lowerdir=$folder,upperdir=$scratch/$name/upper,workdir=$scratch/$name/work" "$folder"
  done
  : > ${insideMark}
  mkdir "$scratch/dev"
  mount -n -t tmpfs -o mode=755 tmpfs "$scratch/dev"
  cp -a /dev/null /dev/zero /dev/full /dev/random /dev/urandom /dev/tty "$scratch/dev/"
  ln -s /proc/self/fd "$scratch/dev/fd"
  mkdir "$scratch/dev/pts" "$scratch/dev/shm"
  mount -n -t devpts -o newinstance,mode=620,gid=5,ptmxmode=666 devpts "$scratch/dev/pts"
  ln -s pts/ptmx "$scratch/dev/ptmx"
  mount -n --move "$scratch/dev" /dev
  for folder in /run /var/log /var/lib; do mount -n -t tmpfs -o mode=755 tmpfs "$folder"; done
  hostname "$0"
  ip link set lo up
  echo ready
  while read -r _; do :; done
`;

/**
 * Waits for what another program does at its own pace: asks again every few milliseconds until the answer is neither
 * undefined nor false. `explain` is asked for the failure's text.
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  options: { readonly timeoutMs?: number; readonly explain?: () => Promise<string> } = {},
): Promise<T> {
  const timeoutMs = options.timeoutMs ?? 15_000;
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > endMs) {
      throw new Error(`not within ${timeoutMs} ms: ${what}\n${(await options.explain?.()) ?? ''}`);
    }
    await delay(50);
  }
}

function spawnEnv(options: RunOptions): SpawnOptions {
  return options.env === undefined ? {} : { env: { ...process.env, ...options.env } };
}

function collect(child: ChildProcess): { stdout(): string; stderr(): string } {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk));
  return {
    stdout: () => Buffer.concat(stdout).toString('utf8'),
    stderr: () => Buffer.concat(stderr).toString('utf8'),
  };
}
