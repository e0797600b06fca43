import { type Clock, describeError, escapeControl, type Logger, type LogLevel } from '../base/index.ts';
import type { Failure } from '../detect/index.ts';
import type { FailureIntake, Ignored } from './intake.ts';
import type { Ledger } from './ledger.ts';
import { LookupNews } from './lookup-news.ts';
import type { NameAnswer, Resolver } from './resolver.ts';
import type { ParkedFailure, TrackSettings } from './types.ts';

/**
 * What the jail's ignore command says of a failure: `no`, it counts; `command`, it is to be ignored; `cached`, so it said
 * already a while ago.
 */
export type IgnoreCheck = (failure: Failure) => Promise<'no' | 'command' | 'cached'>;

export interface UndecidedParts {
  readonly jail: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly resolver: Resolver;
  readonly ignoreCheck: IgnoreCheck | undefined;
  /**
   * Failures that wait at the same time for a name of theirs, and as many again that wait for something else; beyond that
   * new ones are dropped, and the log says so.
   */
  readonly maxWaiting: number;
  /** As the jail is configured now. */
  readonly settings: () => TrackSettings;
  readonly judge: FailureIntake['judge'];
  /** Settles when `judge` can answer again after `unready`. */
  readonly ready: () => Promise<void>;
  /** Takes the outcome: the failure counts, or why it does not. */
  readonly decide: (failure: Failure, ignored: Ignored | undefined) => void;
}

/** When no name server answers, a name is asked for again after pauses that grow between these. */
const pauseSec = { first: 20, longest: 160 };

/**
 * Failures whose fate hangs on something slow: a name to be looked up, an ignore list whose names are, an ignore
 * command. They are noted in the ledger, so that a kill in between loses none, and hold nobody up. While no name server
 * answers they wait, as long as they could still count.
 */
export class UndecidedFailures {
  readonly #parts: UndecidedParts;
  readonly #news: LookupNews;
  readonly #waiting = new Map<number, ParkedFailure>();
  #waitingForNames = 0;
  readonly #cancels = new Set<() => void>();
  #nextSeq = 1;
  #warnedAtSec = Number.NEGATIVE_INFINITY;
  #stopped = false;
  #whenEmpty: (() => void)[] = [];

  constructor(parts: UndecidedParts) {
    this.#parts = parts;
    this.#news = new LookupNews(parts.logger);
  }

  /** Whether every failure has to be asked about, since the jail has an ignore command. */
  get asksAlways(): boolean {
    return this.#parts.ignoreCheck !== undefined && this.#parts.settings().ignoreCommand !== '';
  }

  /** Takes a failure into care. */
  park(failure: Failure): void {
    // Names that nobody answers for must not keep those out who wait for a moment only.
    const others = this.#waiting.size - this.#waitingForNames;
    if ((failure.unresolved ? this.#waitingForNames : others) >= this.#parts.maxWaiting) {
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
    for (const cancel of this.#cancels) cancel();
    this.#cancels.clear();
    this.#waiting.clear();
    this.#notifyEmpty();
  }

  #take(parked: ParkedFailure): void {
    this.#waiting.set(parked.seq, parked);
    if (parked.failure.unresolved) this.#waitingForNames++;
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
    if (failure.unresolved) this.#waitingForNames--;
    if (this.#waiting.size === 0) this.#notifyEmpty();
  }

  /** One failure for each address of the name. */
  async #resolve(failure: Failure): Promise<Failure[]> {
    const addresses = await this.#find(failure);
    if (this.#parts.settings().useDns === 'warn') this.#news.tell(failure.id, addresses);
    return addresses.map((id) => ({ ...failure, id, unresolved: false }));
  }

  /** The addresses of the failure's name: asks again while nobody answers and the failure is not too old to count. */
  async #find({ id, timeSec }: Failure): Promise<NameAnswer['addresses']> {
    const { clock, resolver, settings } = this.#parts;
    for (let waitSec = pauseSec.first; ; waitSec = Math.min(2 * waitSec, pauseSec.longest)) {
      const { useDns, findTimeSec } = settings();
      if (this.#stopped || (useDns !== 'yes' && useDns !== 'warn')) return [];
      const answer = await resolver.find(id);
      if (answer.isFinal) return answer.addresses;
      if (clock.nowSec() - timeSec >= findTimeSec) {
        this.#log(
          'INFO',
          'fail2ban.filter',
          `[${this.#parts.jail}] No address in time for ${escapeControl(id)}`,
        );
        return [];
      }
      await this.#pause(waitSec);
    }
  }

  /** Never settles once we are stopped. */
  #pause(waitSec: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#parts.clock.after(waitSec, () => {
        this.#cancels.delete(cancel);
        resolve();
      });
      this.#cancels.add(cancel);
    });
  }

  /** Why the failure does not count; undefined if it does. */
  async #judge(failure: Failure): Promise<Ignored | undefined> {
    // The list may grow old again meanwhile, or be replaced by a reload.
    for (let verdict = this.#parts.judge(failure); ; verdict = this.#parts.judge(failure)) {
      if (verdict === 'no') return this.#asked(failure);
      if (verdict !== 'unready') return verdict;
      await this.#parts.ready();
      if (this.#stopped) return undefined;
    }
  }

  async #asked(failure: Failure): Promise<Ignored | undefined> {
    if (!this.asksAlways || this.#stopped) return undefined;
    try {
      const answer = await this.#parts.ignoreCheck!(failure);
      return answer === 'no' ? undefined : answer;
    } catch (error) {
      const reason = escapeControl(describeError(error));
      this.#log('WARNING', 'fail2ban.filter', `[${this.#parts.jail}] The ignore command failed: ${reason}`);
      return undefined;
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
      'WARNING',
      'fail2ban.filter',
      `[${this.#parts.jail}] ${this.#waiting.size} failures wait for name lookups or the ignore command; new ones are dropped`,
    );
  }

  #log(level: LogLevel, logger: string, message: string): void {
    this.#parts.logger.log(level, logger, message);
  }
}
