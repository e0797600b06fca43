import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

const script = new URL('oracle.py', import.meta.url).pathname;

/** A pattern with the texts to try it on, each with the index to begin at (in code points). */
export interface OracleCase {
  readonly pattern: string;
  readonly flags: string;
  readonly subjects: readonly (readonly [subject: string, index: number])[];
}

/** Flat UTF-16 spans of all groups, or why there are none. */
export type OracleResult = readonly number[] | 'timeout' | 'broken' | null;

export type OracleAnswer =
  | { readonly error: readonly [message: string, position: number | null] }
  | {
      readonly error?: undefined;
      readonly names: Readonly<Record<string, number>>;
      readonly groups: number;
      readonly runs: readonly (readonly [search: OracleResult, match: OracleResult])[];
    };

const pythonFlags: Record<string, number> = { i: 2, m: 8, s: 16, u: 32, x: 64, a: 256 };

/** One long-lived Python that answers batches of cases. */
export class Oracle {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;

  /** `through`: what compiles the patterns, Python's module or fail2ban's class for rules. */
  constructor(through: 're' | 'fail2ban' = 're') {
    this.#child = spawn('/usr/bin/python3', ['-S', script, through], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#child.stdout });
    this.#answers = this.#lines[Symbol.asyncIterator]();
  }

  async ask(cases: readonly OracleCase[]): Promise<OracleAnswer[]> {
    const batch = cases.map(({ pattern, flags, subjects }) => [pattern, flagValue(flags), subjects]);
    this.#child.stdin.write(`${JSON.stringify(batch)}\n`);
    const line = await this.#answers.next();
    if (line.done === true) throw new Error('the python oracle has ended');
    return JSON.parse(line.value) as OracleAnswer[];
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

function flagValue(flags: string): number {
  return [...flags].reduce((sum, flag) => sum | pythonFlags[flag]!, 0);
}
