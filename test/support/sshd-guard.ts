import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type CommandResult, type TestMachine, until } from './netns.ts';

const repository = join(import.meta.dirname, '..', '..');

/** Whose programs guard the machine. The reference shows that a scenario asks for nothing unheard of. */
export type GuardKind = 'warder' | 'fail2ban';

/** Ours, unless `WARDER_E2E_GUARD=fail2ban` asks for the installed reference. */
export function guardKind(): GuardKind {
  return process.env.WARDER_E2E_GUARD === 'fail2ban' ? 'fail2ban' : 'warder';
}

/** The daemon on a test machine, in the foreground with its usual paths, and its client. */
export class TestGuard {
  readonly #machine: TestMachine;
  readonly #programs: readonly string[];
  #server: ChildProcess | undefined;
  #output = '';

  /** `folder`: where our launchers lie. */
  constructor(machine: TestMachine, kind: GuardKind, folder = join(repository, 'bin')) {
    this.#machine = machine;
    this.#programs = kind === 'warder' ? [folder] : ['/usr/bin/python3', '/usr/bin'];
  }

  /** Where one of the guard's programs lies. */
  program(name: string): string {
    return join(this.#programs.at(-1)!, name);
  }

  /** Starts the daemon and waits until the jails named run. */
  async start(...jails: readonly string[]): Promise<void> {
    const [command, ...args] = this.#command('fail2ban-server', '-f');
    const server = this.#machine.spawn(command!, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#server = server;
    for (const stream of [server.stdout, server.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.#output += chunk.toString('utf8');
      });
    }
    await this.until(`jails ${jails.join(', ')} run`, async () => {
      if (server.exitCode !== null)
        throw new Error(`the daemon ended with ${server.exitCode}\n${await this.log()}`);
      return this.#knows(jails);
    });
  }

  /** Runs the client to its end. */
  client(...args: readonly string[]): Promise<CommandResult> {
    const [command, ...rest] = this.#command('fail2ban-client', ...args);
    return this.#machine.run(command!, rest);
  }

  /** What the client prints; throws when it fails. */
  async ask(...args: readonly string[]): Promise<string> {
    const [command, ...rest] = this.#command('fail2ban-client', ...args);
    return (await this.#machine.must(command!, rest)).trim();
  }

  /** The addresses that a jail holds now. */
  async bannedIn(jail: string): Promise<string[]> {
    const match = /Banned IP list:\s*(.*)/.exec(await this.ask('status', jail));
    return (match?.[1] ?? '')
      .split(/\s+/)
      .filter((word) => word !== '')
      .sort();
  }

  /** A number out of a jail's status, such as `Total failed`. */
  async count(jail: string, label: string): Promise<number> {
    const match = new RegExp(`${label}:\\s*(\\d+)`).exec(await this.ask('status', jail));
    if (match === null) throw new Error(`the status of ${jail} has no '${label}'`);
    return Number(match[1]);
  }

  async stop(): Promise<void> {
    await this.ask('stop');
    await this.#ended();
  }

  /** No farewell: SIGKILL, as when the machine's memory runs out. */
  async kill(): Promise<void> {
    await this.#machine.shell('kill -9 "$(cat /run/fail2ban/fail2ban.pid)"');
    await this.#ended();
  }

  until<T>(what: string, condition: () => Promise<T | undefined | false>): Promise<T> {
    return until(what, condition, { explain: () => this.log() });
  }

  /** The command lines of what runs beside our daemon by the same runtime: its helpers. */
  async helpers(): Promise<string[]> {
    const listing = await this.#machine.shell(`
      server=$(cat /run/fail2ban/fail2ban.pid)
      for child in $(cat /proc/$server/task/*/children); do
        [ "$(readlink /proc/$child/exe)" != "$(readlink /proc/$server/exe)" ] || tr '\\0' ' ' < /proc/$child/cmdline
        echo
      done`);
    return listing.split('\n').filter((line) => line.trim() !== '');
  }

  /** Everything the daemon has said. */
  async log(): Promise<string> {
    return `${this.#output}\n${(await this.#machine.run('cat', ['/var/log/fail2ban.log'])).stdout}`;
  }

  #command(program: string, ...args: readonly string[]): string[] {
    return [...this.#programs.slice(0, -1), this.program(program), ...args];
  }

  /** Whether the daemon lists the jails. To ask for one that is not there yet would be an error in its log. */
  async #knows(jails: readonly string[]): Promise<boolean> {
    const { code, stdout } = await this.client('status');
    const listed = /Jail list:\s*(.*)/.exec(stdout)?.[1]?.split(/,\s*/) ?? [];
    return code === 0 && jails.every((jail) => listed.includes(jail));
  }

  async #ended(): Promise<void> {
    const server = this.#server;
    if (server !== undefined && server.exitCode === null && server.signalCode === null)
      await once(server, 'exit');
    this.#server = undefined;
  }
}
