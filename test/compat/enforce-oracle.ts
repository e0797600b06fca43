import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { PythonValue } from '../../src/base/index.ts';
import { systemPython } from '../support/python.ts';
import { repositoryRoot } from '../support/sources.ts';

/** A ban as fail2ban's ticket has it. */
export interface OracleTicket {
  readonly id: string;
  readonly time: number;
  readonly bantime: number;
  readonly bancount: number;
  readonly failures: number;
  readonly matches: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
  readonly restored: boolean;
}

export interface OracleStep {
  readonly do: 'start' | 'stop' | 'flush' | 'check' | 'ban' | 'reban' | 'unban' | 'prolong';
  readonly ticket?: OracleTicket;
}

export interface OracleRequest {
  readonly properties: readonly (readonly [string, PythonValue])[];
  readonly steps: readonly OracleStep[];
  /** How often commands that begin with two words fail before they work. */
  readonly fails?: Readonly<Record<string, number>>;
  readonly database?: boolean;
}

/** Each command that ran, its script first, then its arguments. */
export interface OracleAnswer {
  readonly ran: readonly (readonly string[])[];
  readonly errors: readonly string[];
}

/** The installed fail2ban's CommandAction, in one process for many questions. Nothing that it runs is really run. */
export class ActionOracle {
  #process: { readonly child: ChildProcess; readonly lines: AsyncIterator<string> } | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  run(request: OracleRequest): Promise<OracleAnswer> {
    return this.#ask(request) as Promise<OracleAnswer>;
  }

  /** The properties that fail2ban's own reader makes of an action file. */
  properties(
    folder: string,
    action: string,
    options: Readonly<Record<string, string>>,
  ): Promise<[string, PythonValue][]> {
    return this.#ask({ folder, action, options }) as Promise<[string, PythonValue][]>;
  }

  stop(): void {
    this.#process?.child.stdin?.end();
  }

  #ask(request: unknown): Promise<unknown> {
    const answer = this.#turn.then(async () => {
      const { child, lines } = this.#started();
      child.stdin!.write(`${JSON.stringify(request)}\n`);
      const { value, done } = await lines.next();
      if (done) throw new Error(`the oracle ended at ${JSON.stringify(request)}`);
      return JSON.parse(value) as unknown;
    });
    this.#turn = answer.catch(() => undefined);
    return answer;
  }

  #started(): { readonly child: ChildProcess; readonly lines: AsyncIterator<string> } {
    if (this.#process === undefined) {
      const script = join(repositoryRoot, 'test/compat/enforce-oracle.py');
      const child = spawn(systemPython, [script], {
        stdio: ['pipe', 'pipe', 'inherit'],
        env: { PATH: '/usr/bin:/bin' },
      });
      this.#process = { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
    }
    return this.#process;
  }
}
