import type { ChildProcess, SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { readlinkSync } from 'node:fs';
import { WarderError } from '../../base/index.ts';
import { collected, ended, type Ran, run, start } from './children.ts';

/**
 * A machine of its own, made of namespaces: network, processes and mounts; files are the real machine's, apart from the folders
 * and the file that are hidden.
 *
 * Its first process reads from a pipe that we hold. When we close the pipe, or die of whatever, the kernel ends every
 * process in it, and with the last one the network and the mounts are gone: nothing can be left behind.
 */
export class DemoMachine {
  readonly #init: ChildProcess;

  private constructor(init: ChildProcess) {
    this.#init = init;
  }

  /**
   * Needs root. `name`: seen in the list of processes. `hidden`: folders of which it has empty ones of its own. Throws `DEMO_STAGE` where
   * the kernel does not allow it, or where commands would reach the real machine.
   */
  static async start(name: string, hidden: readonly string[]): Promise<DemoMachine> {
    const flags = ['--net', '--mount', '--pid', '--fork', '--kill-child', '--propagation', 'private'];
    const init = start('unshare', [...flags, 'sh', '-c', initScript, name, ...hidden], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const stderr = collected(init.stderr);
    const said = await Promise.race([
      once(init.stdout!, 'data').then(([chunk]) => String(chunk)),
      new Promise<string>((resolve) =>
        init.once('close', () => resolve('')).once('error', () => resolve('')),
      ),
    ]);
    const machine = new DemoMachine(init);
    const isOwn = said.startsWith('ready') && (await machine.#isApart());
    if (isOwn) return machine;
    await machine.stop();
    throw new WarderError(
      'DEMO_STAGE',
      `namespaces cannot be made here: ${stderr().trim() || 'no reason given'}`,
    );
  }

  /** Joins two machines by a cable between their `eth0`. */
  static async connect(left: DemoMachine, right: DemoMachine): Promise<void> {
    const enter = [`--net=/proc/${left.#init.pid}/ns/net`, 'ip', 'link', 'add', 'eth0', 'type', 'veth'];
    const { code, stderr } = await run('nsenter', [
      ...enter,
      ...['peer', 'name', 'eth0', 'netns', String(right.#init.pid)],
    ]);
    if (code !== 0) throw new WarderError('DEMO_STAGE', `the machines cannot be connected: ${stderr.trim()}`);
  }

  /** Runs a command in the machine to its end; does not throw when it fails. */
  run(command: string, args: readonly string[] = [], options: SpawnOptions = {}): Promise<Ran> {
    return run('nsenter', [...this.#enter(), command, ...args], options);
  }

  /** A shell script; throws `DEMO_STAGE` when it fails. */
  async shell(script: string): Promise<void> {
    const { code, stderr } = await this.run('sh', ['-euc', script]);
    if (code !== 0) throw new WarderError('DEMO_STAGE', `a machine cannot be set up: ${stderr.trim()}`);
  }

  /** Starts a command that goes on until the machine ends. */
  start(command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return start('nsenter', [...this.#enter(), command, ...args], options);
  }

  /** Ends every process in the machine, and the machine. */
  async stop(): Promise<void> {
    this.#init.stdin?.destroy();
    await ended(this.#init, 2000);
  }

  #enter(): string[] {
    const namespaces = { net: 'net', mount: 'mnt', pid: 'pid_for_children' };
    const target = `/proc/${this.#init.pid}`;
    const enter = Object.entries(namespaces).map(([flag, file]) => `--${flag}=${target}/ns/${file}`);
    // Where we run in a chroot, the root of the mounts is not ours.
    return [...enter, `--root=${target}/root`, '--'];
  }

  /** Commands really run in namespaces of their own: everything that follows relies on it. */
  async #isApart(): Promise<boolean> {
    const { code, stdout } = await this.run('readlink', ['/proc/self/ns/net', '/proc/self/ns/mnt']);
    const inside = stdout.trim().split('\n');
    const outside = ['net', 'mnt'].map((kind) => readlinkSync(`/proc/self/ns/${kind}`));
    return code === 0 && inside.length === 2 && inside.every((name, index) => name !== outside[index]);
  }
}

/** The folders to hide come as arguments. */
const initScript = `
  set -eu
  mount -n -t proc proc /proc
  empty=
  for folder in "$@"; do
    mount -n -t tmpfs -o mode=755 tmpfs "$folder"
    empty=$folder/warder-demo-hosts.deny
  done
  if [ -e /etc/hosts.deny ] && [ -n "$empty" ]; then
    : > "$empty"
    mount -n --bind "$empty" /etc/hosts.deny
  fi
  ip link set lo up
  echo ready
  while read -r _; do :; done
`;
