import { RowTable } from '../base/index.ts';
import { createMatchMemory, type LineRing, nowhere } from './line-ring.ts';
import { roundHalfEven } from './python-round.ts';
import { SharedFields } from './shared-fields.ts';
import type { FailureCount } from './types.ts';

/** How failures are counted. */
export interface CounterSettings {
  readonly maxRetry: number;
  readonly findTimeSec: number;
  /** Matches kept per id once a second failure has come; 0 keeps none. */
  readonly maxMatches: number;
  /** Ids counted at the same time; beyond that the one whose last failure is oldest is forgotten. */
  readonly maxTracked: number;
}

/** One failure, or several at once, to be counted. */
export interface NewFailure {
  readonly id: string;
  readonly timeSec: number;
  readonly matches: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
  /** What it adds to the count that is compared with maxretry. */
  readonly weight: number;
  /** What it adds to the number of failures that actions are told. */
  readonly failures: number;
}

/**
 * What is counted against one id, in numbers. `lines`: the place of its newest line in the ring; `lineCount`: how many
 * belong to it; `isStored`: 1 where the database was told of the id.
 */
const column = {
  firstSec: 0,
  timeSec: 1,
  retry: 2,
  failures: 3,
  lines: 4,
  lineCount: 5,
  fieldsNumber: 6,
  isStored: 7,
} as const;
const columns = 8;

/** A match longer than this is cut: one id keeps up to maxmatches of them in memory and in the database. */
export const maxMatchLength = 8192;

/**
 * Counts failures per id as fail2ban does (its man page does not say it, its behaviour does): the interval starts at
 * the first failure and does not slide. Once it exceeds findtime, the count is rescaled to what the same rate would
 * have given within findtime, and the interval is cut to findtime; then the new failure is added.
 */
export class FailureCounter {
  #settings: CounterSettings;
  #total = 0;
  #forgotten = 0;
  /** In the order of the last failure. */
  readonly #table = new RowTable(columns);
  readonly #fields = new SharedFields();
  readonly #lines: LineRing;
  readonly #changed = new Set<string>();
  /** What the database knows and is to forget. */
  readonly #dropped = new Set<string>();

  /** `lines` keeps the matches; who shares it with others shares its bound. */
  constructor(settings: CounterSettings, lines: LineRing = createMatchMemory().counted) {
    this.#settings = settings;
    this.#lines = lines;
  }

  /** Ids counted now. */
  get size(): number {
    return this.#table.size;
  }

  /** Failures added since the start. */
  get total(): number {
    return this.#total;
  }

  /** Takes over new settings; what was counted stays. */
  configure(settings: CounterSettings): void {
    this.#settings = settings;
  }

  /** Adds a failure and returns the id's count, to be compared with maxretry. */
  add(failure: NewFailure): number {
    this.#total++;
    const { id } = failure;
    this.#changed.add(id);
    const row = this.#table.find(id);
    if (row === undefined) {
      const retry = Math.max(failure.weight, 1);
      this.#insert({
        id,
        firstSec: failure.timeSec,
        timeSec: failure.timeSec,
        retry,
        failures: Math.max(failure.failures, 1),
        // All of them: maxmatches holds from the second failure on, as in fail2ban.
        matches: failure.matches,
        fields: failure.fields,
      });
      this.#forgetEldest();
      return retry;
    }
    this.#extend(row, failure);
    this.#table.touch(row);
    return this.#table.get(row, column.retry);
  }

  /** The count of an id, without taking it out. Of its matches those that the bound of memory has left. */
  get(id: string): FailureCount | undefined {
    const row = this.#table.find(id);
    return row === undefined ? undefined : this.#countAt(row);
  }

  /** Ends the counting of an id and returns what was counted, if that reaches maxretry; otherwise undefined. */
  takeIfReached(id: string): FailureCount | undefined {
    const row = this.#table.find(id);
    if (row === undefined || this.#table.get(row, column.retry) < this.#settings.maxRetry) return undefined;
    const count = this.#countAt(row);
    this.#remove(row);
    return count;
  }

  /** Forgets every id whose last failure is at least findtime old. Returns how many. */
  cleanup(nowSec: number): number {
    const limitSec = nowSec - this.#settings.findTimeSec;
    const before = this.size;
    for (const row of this.#table.rows()) {
      if (this.#table.get(row, column.timeSec) <= limitSec) this.#remove(row);
    }
    return before - this.size;
  }

  /** Takes back counts from the database, in any order. They are not reported as changed. */
  restore(counts: readonly FailureCount[]): void {
    for (const count of [...counts].sort((a, b) => a.timeSec - b.timeSec)) {
      const known = this.#table.find(count.id);
      if (known !== undefined) this.#table.remove(known);
      this.#table.set(this.#insert(count), column.isStored, 1);
      this.#changed.delete(count.id);
    }
    this.#forgetEldest();
  }

  /** Ids forgotten because of the bound since `takeForgotten`. */
  get forgotten(): number {
    return this.#forgotten;
  }

  takeForgotten(): number {
    const forgotten = this.#forgotten;
    this.#forgotten = 0;
    return forgotten;
  }

  /** Ids of which `takeChanges` has something to say. */
  get changeCount(): number {
    return this.#changed.size + this.#dropped.size;
  }

  /**
   * What is different from the last call: counts to be written, and ids that are no longer counted. Who came and went
   * between two calls is not among them.
   */
  takeChanges(): { counts: FailureCount[]; dropped: string[] } {
    const counts: FailureCount[] = [];
    for (const id of this.#changed) {
      const row = this.#table.find(id);
      if (row !== undefined) counts.push(this.#tell(row));
    }
    const dropped = [...this.#dropped];
    this.#changed.clear();
    this.#dropped.clear();
    return { counts, dropped };
  }

  /** Everything counted now. */
  snapshot(): FailureCount[] {
    return Array.from(this.#table.rows(), (row) => this.#tell(row));
  }

  /** For the database, which knows it from now on. */
  #tell(row: number): FailureCount {
    this.#table.set(row, column.isStored, 1);
    return this.#countAt(row);
  }

  #countAt(row: number): FailureCount {
    const table = this.#table;
    const id = table.idOf(row);
    return {
      id,
      firstSec: table.get(row, column.firstSec),
      timeSec: table.get(row, column.timeSec),
      retry: table.get(row, column.retry),
      failures: table.get(row, column.failures),
      matches: this.#lines.read(table.get(row, column.lines), table.get(row, column.lineCount)),
      fields: this.#fields.unpack(
        { text: table.textOf(row), number: table.get(row, column.fieldsNumber) },
        id,
      ),
    };
  }

  #insert(count: FailureCount): number {
    const table = this.#table;
    const fields = this.#fields.pack(count.fields, count.id);
    const row = table.insert(count.id, fields.text);
    table.set(row, column.fieldsNumber, fields.number);
    table.set(row, column.firstSec, count.firstSec);
    table.set(row, column.timeSec, count.timeSec);
    table.set(row, column.retry, count.retry);
    table.set(row, column.failures, count.failures);
    table.set(row, column.lines, nowhere);
    table.set(row, column.lineCount, 0);
    this.#addLines(row, count.matches);
    table.set(row, column.isStored, Number(this.#dropped.delete(count.id)));
    return row;
  }

  #extend(row: number, failure: NewFailure): void {
    const table = this.#table;
    const { findTimeSec, maxMatches } = this.#settings;
    const { timeSec } = failure;
    let retry = table.get(row, column.retry);
    if (timeSec > table.get(row, column.timeSec)) {
      const firstSec = table.get(row, column.firstSec);
      if (firstSec < timeSec - findTimeSec) {
        retry = roundHalfEven((retry / (timeSec - firstSec)) * findTimeSec);
        table.set(row, column.firstSec, timeSec - findTimeSec);
      }
      table.set(row, column.timeSec, timeSec);
    }
    table.set(row, column.retry, retry + failure.weight);
    table.set(row, column.failures, table.get(row, column.failures) + Math.max(failure.failures, 1));
    if (maxMatches > 0) this.#addLines(row, failure.matches);
    table.set(row, column.lineCount, Math.min(table.get(row, column.lineCount), Math.max(maxMatches, 0)));
  }

  #addLines(row: number, added: readonly string[]): void {
    const table = this.#table;
    let lines = table.get(row, column.lines);
    for (const line of added) lines = this.#lines.add(cut(line), lines);
    table.set(row, column.lines, lines);
    table.set(row, column.lineCount, table.get(row, column.lineCount) + added.length);
  }

  #remove(row: number): void {
    const id = this.#table.idOf(row);
    this.#changed.delete(id);
    if (this.#table.get(row, column.isStored) === 1) this.#dropped.add(id);
    this.#table.remove(row);
  }

  #forgetEldest(): void {
    while (this.size > this.#settings.maxTracked) {
      this.#remove(this.#table.oldest!);
      this.#forgotten++;
    }
  }
}

function cut(line: string): string {
  return line.length > maxMatchLength ? `${line.slice(0, maxMatchLength)}…` : line;
}
