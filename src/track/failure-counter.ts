import { roundHalfEven } from './python-round.ts';
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

/** A match longer than this is cut: one id keeps up to maxmatches of them in memory and in the database. */
export const maxMatchLength = 8192;

/** One counted id; changed in place, since most failures only add to it. */
interface Count {
  readonly id: string;
  firstSec: number;
  timeSec: number;
  retry: number;
  failures: number;
  matches: readonly string[];
  readonly fields: Readonly<Record<string, string>>;
}

const none: readonly string[] = [];

/**
 * Counts failures per id as fail2ban does (its man page does not say it, its behaviour does): the interval starts at
 * the first failure and does not slide. Once it exceeds findtime, the count is rescaled to what the same rate would
 * have given within findtime, and the interval is cut to findtime; then the new failure is added.
 */
export class FailureCounter {
  #settings: CounterSettings;
  #total = 0;
  #forgotten = 0;
  /** In the order of the last failure, the oldest first, so that the bound costs nothing. */
  readonly #counts = new Map<string, Count>();
  readonly #changed = new Set<string>();

  constructor(settings: CounterSettings) {
    this.#settings = settings;
  }

  /** Ids counted now. */
  get size(): number {
    return this.#counts.size;
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
    const known = this.#counts.get(id);
    if (known === undefined) {
      this.#insert(failure);
      return Math.max(failure.weight, 1);
    }
    this.#extend(known, failure);
    // Back in at the end: the map stays in the order of last failures.
    this.#counts.delete(id);
    this.#counts.set(id, known);
    return known.retry;
  }

  /** The count of an id, without taking it out. */
  get(id: string): FailureCount | undefined {
    return this.#counts.get(id);
  }

  /** Ends the counting of an id and returns what was counted, if that reaches maxretry; otherwise undefined. */
  takeIfReached(id: string): FailureCount | undefined {
    const count = this.#counts.get(id);
    if (count === undefined || count.retry < this.#settings.maxRetry) return undefined;
    this.#counts.delete(id);
    this.#changed.add(id);
    return count;
  }

  /** Forgets every id whose last failure is at least findtime old. Returns how many. */
  cleanup(nowSec: number): number {
    const limitSec = nowSec - this.#settings.findTimeSec;
    const before = this.#counts.size;
    for (const [id, count] of this.#counts) {
      if (count.timeSec > limitSec) continue;
      this.#counts.delete(id);
      this.#changed.add(id);
    }
    return before - this.#counts.size;
  }

  /** Takes back counts from the database, in any order. They are not reported as changed. */
  restore(counts: readonly FailureCount[]): void {
    for (const count of [...counts].sort((a, b) => a.timeSec - b.timeSec)) {
      this.#counts.set(count.id, { ...count });
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

  get hasChanges(): boolean {
    return this.#changed.size > 0;
  }

  /** What is different from the last call: counts to be written, and ids that are no longer counted. */
  takeChanges(): { counts: FailureCount[]; dropped: string[] } {
    const counts: FailureCount[] = [];
    const dropped: string[] = [];
    for (const id of this.#changed) {
      const count = this.#counts.get(id);
      if (count === undefined) dropped.push(id);
      else counts.push({ ...count });
    }
    this.#changed.clear();
    return { counts, dropped };
  }

  /** Everything counted now. */
  snapshot(): FailureCount[] {
    return Array.from(this.#counts.values(), (count) => ({ ...count }));
  }

  #insert(failure: NewFailure): void {
    this.#counts.set(failure.id, {
      id: failure.id,
      firstSec: failure.timeSec,
      timeSec: failure.timeSec,
      retry: Math.max(failure.weight, 1),
      failures: Math.max(failure.failures, 1),
      // All of them: maxmatches holds from the second failure on, as in fail2ban.
      matches: failure.matches.map(cut),
      fields: failure.fields,
    });
    if (this.#counts.size > this.#settings.maxTracked) this.#forgetEldest();
  }

  #extend(known: Count, failure: NewFailure): void {
    const { findTimeSec, maxMatches } = this.#settings;
    const { timeSec } = failure;
    if (timeSec > known.timeSec) {
      if (known.firstSec < timeSec - findTimeSec) {
        known.retry = roundHalfEven((known.retry / (timeSec - known.firstSec)) * findTimeSec);
        known.firstSec = timeSec - findTimeSec;
      }
      known.timeSec = timeSec;
    }
    known.retry += failure.weight;
    known.failures += Math.max(failure.failures, 1);
    if (maxMatches <= 0) known.matches = none;
    else if (failure.matches.length > 0 || known.matches.length > maxMatches) {
      known.matches = [...known.matches, ...failure.matches.map(cut)].slice(-maxMatches);
    }
  }

  #forgetEldest(): void {
    for (const id of this.#counts.keys()) {
      if (this.#counts.size <= this.#settings.maxTracked) return;
      this.#counts.delete(id);
      this.#changed.add(id);
      this.#forgotten++;
    }
  }
}

function cut(line: string): string {
  return line.length > maxMatchLength ? `${line.slice(0, maxMatchLength)}…` : line;
}
