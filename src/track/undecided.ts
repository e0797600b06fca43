import { type Clock, describeError, escapeControl, type Logger, pythonRepr } from '../base/index.ts';
import type { Failure } from '../detect/index.ts';
import type { FailureIntake, Ignored } from './intake.ts';
import type { Ledger } from './ledger.ts';
import type { Resolver } from './resolver.ts';
import type { ParkedFailure, TrackSettings } from './types.ts';

/** The jail's ignore command, or whatever else takes its time: true if the failure is to be ignored. */
export type IgnoreCheck = (failure: Failure) => Promise<boolean>;

export interface UndecidedParts {
  readonly jail: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly resolver: Resolver;
  readonly ignoreCheck: IgnoreCheck | undefined;
  /** Failures that wait at the same time; beyond that new ones are dropped, and the log says so. */
  readonly maxWaiting: number;
  /** As the jail is configured now. */
  readonly settings: () => TrackSettings;
  readonly judge: FailureIntake['judge'];
  /** Settles when `judge` can answer again after `unready`. */
  readonly ready: () => Promise<void>;
  /** Takes the outcome: the failure counts, or why it does not. */
  readonly decide: (failure: Failure, ignored: Ignored | undefined) => void;
}

/**
 * Failures whose fate hangs on something slow: a name to be looked up, an ignore list whose names are, an ignore
 * command. They are noted in the ledger, so that a kill in between loses none, and hold nobody up.
 */
export class UndecidedFailures {
  readonly #parts: UndecidedParts;
  readonly #waiting = new Map<number, ParkedFailure>();
  #nextSeq = 1;
  #warnedAtSec = Number.NEGATIVE_INFINITY;
  #stopped = false;
  #whenEmpty: (() => void)[] = [];

  constructor(parts: UndecidedParts) {
    this.#parts = parts;
  }

  /** Whether every failure has to be asked about, since the jail has an ignore command. */
  get asksAlways(): boolean {
    return this.#parts.ignoreCheck !== undefined && this.#parts.settings().ignoreCommand !== '';
  }

  /** Takes a failure into care. */
  park(failure: Failure): void {
    if (this.#waiting.size >= this.#parts.maxWaiting) {
      this.#warnFull();
      return;
    }
    const parked = { seq: this.#nextSeq++, failure };
    this.#parts.ledger.park(parked.seq, failure);
    this.#take(parked);
  }

  /** Takes back what the database kept; their numbers stay. */
  restore(parked: readonly ParkedFailure[]): void {
    for (const one of parked) {
      this.#nextSeq = Math.max(this.#nextSeq, one.seq + 1);
      this.#take(one);
    }
  }

  /** Those that still wait. */
  snapshot(): ParkedFailure[] {
    return [...this.#waiting.values()];
  }

  /** Settles when nothing waits any more. */
  whenEmpty(): Promise<void> {
    if (this.#waiting.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#whenEmpty.push(resolve));
  }

  /** What still waits is left to the database. */
  stop(): void {
    this.#stopped = true;
    this.#waiting.clear();
    this.#notifyEmpty();
  }

  #take(parked: ParkedFailure): void {
    this.#waiting.set(parked.seq, parked);
    void this.#work(parked);
  }

  async #work({ seq, failure }: ParkedFailure): Promise<void> {
    const failures = failure.unresolved ? await this.#resolve(failure) : [failure];
    for (const one of failures) {
      const ignored = await this.#judge(one);
      if (this.#stopped) return;
      this.#parts.decide(one, ignored);
    }
    if (this.#stopped) return;
    this.#parts.ledger.settle(seq);
    this.#waiting.delete(seq);
    if (this.#waiting.size === 0) this.#notifyEmpty();
  }

  /** One failure for each address of the name. */
  async #resolve(failure: Failure): Promise<Failure[]> {
    const { useDns } = this.#parts.settings();
    if (useDns !== 'yes' && useDns !== 'warn') return [];
    const addresses = await this.#parts.resolver.resolve(failure.id);
    if (addresses.length > 0 && useDns === 'warn') {
      const found = pythonRepr(new Set(addresses));
      this.#log('fail2ban.ipdns', `Determined IP using DNS Lookup: ${failure.id} = ${found}`);
    }
    return addresses.map((id) => ({ ...failure, id, unresolved: false }));
  }

  /** Why the failure does not count; undefined if it does. */
  async #judge(failure: Failure): Promise<Ignored | undefined> {
    // The list may grow old again meanwhile, or be replaced by a reload.
    for (let verdict = this.#parts.judge(failure); ; verdict = this.#parts.judge(failure)) {
      if (verdict === 'no') return (await this.#asked(failure)) ? 'command' : undefined;
      if (verdict !== 'unready') return verdict;
      await this.#parts.ready();
      if (this.#stopped) return undefined;
    }
  }

  async #asked(failure: Failure): Promise<boolean> {
    if (!this.asksAlways) return false;
    try {
      return await this.#parts.ignoreCheck!(failure);
    } catch (error) {
      const reason = escapeControl(describeError(error));
      this.#log('fail2ban.filter', `[${this.#parts.jail}] The ignore command failed: ${reason}`);
      return false;
    }
  }

  #notifyEmpty(): void {
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  #warnFull(): void {
    const nowSec = this.#parts.clock.nowSec();
    if (Math.abs(nowSec - this.#warnedAtSec) < 60) return;
    this.#warnedAtSec = nowSec;
    this.#log(
      'fail2ban.filter',
      `[${this.#parts.jail}] ${this.#waiting.size} failures wait for name lookups or the ignore command; new ones are dropped`,
    );
  }

  #log(logger: string, message: string): void {
    this.#parts.logger.log('WARNING', logger, message);
  }
}
