import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type PythonValue, pythonRepr } from '../../src/base/index.ts';
import { ControlClient } from '../../src/control/index.ts';
import { processTree } from './processes.ts';
import type { Bench } from './scenario.ts';
import { type ServerHome, type ServerKind, type ServerPlan, writeServerHome } from './server-home.ts';

/** What a jail has counted so far. */
export interface JailCounts {
  readonly failed: number;
  readonly banned: number;
}

/** Between two questions. */
const pollMs = 10;
/** An answer takes at most this part of the time, so that asking is no load. */
const askedPart = 0.1;

/**
 * Where root runs it, a server has a network and /etc/hosts.deny of its own: whatever it did there would be gone with it. It
 * keeps the process id of the command.
 */
const apart = `set -e
mount -t tmpfs tmpfs /var/lib
touch "$0/hosts.deny"
[ ! -e /etc/hosts.deny ] || mount --bind "$0/hosts.deny" /etc/hosts.deny
exec "$@"`;

/** A server with a configuration of its own: ours, or the installed fail2ban's. */
export class BenchServer {
  readonly kind: ServerKind;
  readonly home: ServerHome;
  /** When the command was given, by `performance.now()`. */
  readonly startedMs: number;
  readonly #process: ChildProcess;
  #client: ControlClient | undefined;

  private constructor(kind: ServerKind, home: ServerHome, child: ChildProcess) {
    this.kind = kind;
    this.home = home;
    this.startedMs = performance.now();
    this.#process = child;
  }

  /** Starts it and waits until all its jails run. It ends with the scenario at the latest. */
  static async start(bench: Bench, kind: ServerKind, plan: ServerPlan): Promise<BenchServer> {
    const server = BenchServer.launch(bench, kind, plan);
    await server.untilReady(plan.jails.map(({ name }) => name));
    return server;
  }

  /** Starts it and does not wait. */
  static launch(bench: Bench, kind: ServerKind, plan: ServerPlan): BenchServer {
    const home = writeServerHome(mkdtempSync(join(bench.folder, `${kind}-`)), plan);
    const program =
      kind === 'warder'
        ? [bench.programs.path('fail2ban-server')]
        : ['/usr/bin/python3', '/usr/bin/fail2ban-server'];
    const command = [...program, '-f', '-c', home.folder, '-s', home.socketPath, '-p', home.pidPath];
    const isRoot = process.getuid?.() === 0;
    const namespaces = ['unshare', '--net', '--mount', '--propagation', 'private'];
    const [first, ...rest] = isRoot ? [...namespaces, 'sh', '-c', apart, home.folder, ...command] : command;
    const child = spawn(first!, rest, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, ...plan.environment },
    });
    const server = new BenchServer(kind, home, child);
    bench.onEnd(() => server.kill());
    return server;
  }

  get pid(): number {
    return this.#process.pid!;
  }

  /** Of the server and everything it started. */
  pids(): number[] {
    return processTree(this.pid);
  }

  /** Waits until the server lists the jails. */
  async untilReady(jails: readonly string[], timeoutMs = 60_000): Promise<void> {
    const endMs = performance.now() + timeoutMs;
    while (!(await this.#lists(jails))) {
      if (this.#process.exitCode !== null) throw new Error(`${this.kind} ended\n${this.log()}`);
      if (performance.now() > endMs) throw new Error(`${this.kind} does not start\n${this.log()}`);
      await delay(pollMs);
    }
  }

  /** Sends a command and gives the answer. Throws when the server refuses it or is silent. */
  async ask(words: readonly PythonValue[], timeoutMs = 60_000): Promise<PythonValue> {
    this.#client ??= await ControlClient.open(this.home.socketPath);
    const answer = await this.#client.send(words, timeoutMs);
    if (!answer.ok) throw new Error(`${words.join(' ')}: ${answer.error.name}`);
    return answer.value;
  }

  /** A further connection to its socket. */
  connect(): Promise<ControlClient> {
    return ControlClient.open(this.home.socketPath);
  }

  async counts(jail: string, timeoutMs?: number): Promise<JailCounts> {
    const text = pythonRepr(await this.ask(['status', jail], timeoutMs));
    const count = (label: string): number => Number(new RegExp(`'${label}', (\\d+)`).exec(text)?.[1]);
    return { failed: count('Total failed'), banned: count('Total banned') };
  }

  /**
   * Waits until each jail named has counted so many failures, and has banned so many. Returns milliseconds since `startedMs`
   * (`performance.now()`). Throws when it takes too long, and when there are more.
   */
  async untilCounted(
    wanted: ReadonlyMap<string, JailCounts>,
    startedMs: number,
    timeoutMs = 120_000,
  ): Promise<number> {
    for (const [jail, goal] of wanted) {
      for (;;) {
        const askedMs = performance.now();
        const { failed, banned } = await this.counts(jail);
        if (failed > goal.failed)
          throw new Error(`${this.kind}: ${jail} has ${failed} of ${goal.failed} failures`);
        if (failed === goal.failed && banned >= goal.banned) break;
        const nowMs = performance.now();
        if (nowMs - startedMs > timeoutMs) {
          const found = `${failed} of ${goal.failed} failures, ${banned} of ${goal.banned} bans`;
          throw new Error(`${this.kind}: ${jail} has ${found} after ${timeoutMs} ms\n${this.log()}`);
        }
        await delay(Math.max(pollMs, (nowMs - askedMs) / askedPart));
      }
    }
    return performance.now() - startedMs;
  }

  /** The end of what the server has written into its log. */
  log(): string {
    try {
      return readFileSync(this.home.logPath, 'utf8').split('\n').slice(-20).join('\n');
    } catch {
      return '';
    }
  }

  /** Ends it as its client would. */
  async stop(): Promise<void> {
    this.#client?.close();
    this.#client = undefined;
    await this.#end('SIGTERM');
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#client?.close();
    await this.#end('SIGKILL');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill(signal);
    await ended;
  }

  async #lists(jails: readonly string[]): Promise<boolean> {
    try {
      const text = pythonRepr(await this.ask(['status']));
      const listed = /'Jail list', '([^']*)'/.exec(text)?.[1]?.split(', ') ?? [];
      return jails.every((jail) => listed.includes(jail));
    } catch {
      this.#client?.close();
      this.#client = undefined;
      return false;
    }
  }
}
