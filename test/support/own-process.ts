import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { PythonValue } from '../../src/base/index.ts';
import type { TestHome } from './daemon.ts';
import { ask, client, request } from './socket-client.ts';
import { repositoryRoot } from './sources.ts';

/** A daemon in a process of its own, on a folder (`TestHome`). */
export class DaemonProcess {
  readonly home: TestHome;
  readonly #context: TestContext;
  #child: ChildProcess | undefined;

  constructor(context: TestContext, home: TestHome) {
    this.home = home;
    this.#context = context;
    context.after(() => this.stop());
  }

  get socketPath(): string {
    return join(this.home.path, 'fail2ban.sock');
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when its jails run. */
  async start(): Promise<this> {
    const program = join(repositoryRoot, 'test/support/daemon-process.ts');
    const env = { ...process.env, TZ: 'UTC' };
    this.#child = spawn(process.execPath, [program, this.home.path], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env,
    });
    await once(this.#child.stdout!, 'data');
    return this;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    child.stdin!.end();
    await once(child, 'exit');
  }

  /** Sends a command and gives the answer as Python shows it. */
  async ask(...words: PythonValue[]): Promise<string> {
    const socket = await client(this.#context, this.socketPath);
    const answer = await ask(socket, request(...words));
    socket.destroy();
    return answer;
  }

  /** How many failures of a jail were counted. */
  async failures(jail: string): Promise<number> {
    return Number(/'Total failed', (\d+)/.exec(await this.ask('status', jail))?.[1]);
  }

  /** Asks again and again until the condition holds. */
  async until(condition: () => Promise<boolean>): Promise<void> {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
