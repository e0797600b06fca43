import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { FilterSettings, InspectorOptions } from '../../src/detect/index.ts';

/** What a filter's rules are, without the jail around. */
export type FilterRules = Pick<
  FilterSettings,
  'prefRegex' | 'failRegex' | 'ignoreRegex' | 'maxLines' | 'datePattern'
>;

export interface OracleLine {
  readonly text: string;
  readonly timeSec?: number;
}

export interface OracleRow {
  readonly rule: number;
  readonly id: unknown;
  readonly timeSec: number | null;
  readonly fields: readonly (readonly [string, unknown])[];
  readonly lines: readonly string[];
}

export interface OracleResult {
  readonly rows?: readonly OracleRow[];
  readonly ignored?: readonly number[];
  readonly error?: string;
}

/** What a filter that reads files counted. */
export interface OracleFailure {
  readonly id: unknown;
  readonly timeSec: number;
  readonly lines: readonly string[];
}

export interface OracleDate {
  readonly start: number;
  readonly end: number;
  readonly template: string;
  readonly timeSec: number | null;
  readonly error?: string;
}

export interface OracleDates {
  readonly answers?: readonly (OracleDate | null)[];
  readonly order?: readonly string[];
  readonly hits?: readonly number[];
  readonly error?: string;
}

/** A line of fail2ban's sample logs. */
export interface Sample {
  readonly file: string;
  readonly number: number;
  readonly text: string;
  /** What is expected: `match`, `time`, `host`, `user`, …. */
  readonly expected: Readonly<Record<string, unknown>>;
  /** The option sets of the filter that it is for. */
  readonly tests: readonly Readonly<Record<string, string>>[];
}

export type OracleMode = InspectorOptions & { readonly inOperation?: boolean };

/** The installed fail2ban's detection, in one Python process. Its time stands where a request sets it. */
export class DetectOracle {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #answers: AsyncIterator<string>;
  readonly #reader: Interface;

  constructor() {
    const script = fileURLToPath(new URL('./detect-oracle.py', import.meta.url));
    // Python's own warnings about old regexes are of no interest.
    this.#child = spawn('/usr/bin/python3', ['-W', 'ignore', script], { stdio: ['pipe', 'pipe', 'pipe'] });
    this.#child.stderr.resume();
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#answers = this.#reader[Symbol.asyncIterator]();
  }

  names(): Promise<string[]> {
    return this.#ask({ op: 'names' });
  }

  samples(name: string): Promise<Sample[]> {
    return this.#ask({ op: 'samples', name });
  }

  /** The rules of a stock filter with options, as fail2ban's own reader expands them. */
  stock(
    name: string,
    options: Readonly<Record<string, string>>,
    basedir = '/etc/fail2ban',
  ): Promise<FilterRules> {
    return this.#ask({ op: 'stock', name, options, basedir });
  }

  async makeFilter(
    id: string,
    settings: FilterSettings,
    mode: OracleMode,
    time: { nowSec: number; zone: string },
  ): Promise<void> {
    await this.#ask({ op: 'filter', id, settings, mode, ...time });
  }

  lines(id: string, lines: readonly OracleLine[], nowSec?: number): Promise<OracleResult[]> {
    return this.#ask({ op: 'lines', id, lines, nowSec });
  }

  /** A filter that reads files by itself, beginning with the first `readFiles`. */
  async openFiles(request: {
    id: string;
    settings: FilterSettings;
    paths: readonly string[];
    encoding: string;
    nowSec: number;
    zone: string;
  }): Promise<void> {
    await this.#ask({ op: 'open files', ...request });
  }

  /** Has it look at files, in this order; what it found. */
  readFiles(id: string, paths: readonly string[], nowSec: number): Promise<OracleFailure[]> {
    return this.#ask({ op: 'read files', id, paths, nowSec });
  }

  dates(request: {
    pattern?: string | undefined;
    logTimeZone?: string | undefined;
    zone: string;
    nowSec: number;
    lines: readonly string[];
  }): Promise<OracleDates> {
    return this.#ask({ op: 'dates', ...request });
  }

  close(): void {
    this.#reader.close();
    this.#child.stdin.end();
  }

  async #ask<T>(request: unknown): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const next = await this.#answers.next();
    if (next.done === true) throw new Error('the oracle has ended');
    const answer = JSON.parse(next.value) as { ok: T; failed?: string };
    if (answer.failed !== undefined) throw new Error(`oracle: ${answer.failed}`);
    return answer.ok;
  }
}
