import { type Clock, escapeControl, type Logger, type LogLevel } from '../base/index.ts';
import type { Failure } from '../detect/index.ts';
import { countedId, type Source } from './ban-width.ts';
import { FailureCounter, type NewFailure } from './failure-counter.ts';
import { IgnoreList, type IgnoreVerdict } from './ignore-list.ts';
import { type BanHistory, failureWeight } from './increment.ts';
import type { MatchMemory } from './line-ring.ts';
import type { OwnAddresses } from './own-addresses.ts';
import type { Resolver } from './resolver.ts';
import { TimeText } from './time-text.ts';
import type { FailureCount, TrackSettings } from './types.ts';

/** Between two sweeps of expired counts. */
const cleanupSec = 5;

/** An id longer than this (a captured user name, say) is not counted. */
const maxIdLength = 1024;

const reasons = {
  covers: ', it covers an address of this host, its gateway or one of ignoreip',
  'too wide': ', it is wider than a log line may ban (IPv4 /8, IPv6 /16)',
  'too long': ', it is too long for an id',
} as const;

/** Why a failure does not count. `cached`: the ignore command said so a while ago, which is not logged again. */
export type Ignored = Exclude<IgnoreVerdict, 'no' | 'unready'> | 'command' | 'cached' | 'too long';

export interface IntakeParts {
  readonly settings: TrackSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly resolver: Resolver;
  readonly ownAddresses: OwnAddresses;
  readonly maxTracked: number;
  /** Keeps the matches of counted ids. */
  readonly matchMemory?: MatchMemory | undefined;
  /** Earlier bans of an id in this jail. */
  readonly earlierBans: (id: string) => BanHistory | undefined;
  /** Told of each failure that counts. */
  readonly onFound?: ((failure: Failure) => void) | undefined;
  /** Told of each failure that does not count. */
  readonly onIgnored?: ((id: string) => void) | undefined;
  /** Told of an id whose count has reached maxretry; it is not counted any more. */
  readonly onReached: (count: FailureCount) => void;
}

/** Judges and counts the failures of one jail, and writes fail2ban's log lines about them. */
export class FailureIntake {
  readonly counter: FailureCounter;
  readonly #parts: IntakeParts;
  readonly #time = new TimeText();
  #ignoreList: IgnoreList;
  #settings: TrackSettings;
  #nextCleanupSec = Number.NEGATIVE_INFINITY;
  #forgottenWarnedAtSec = Number.NEGATIVE_INFINITY;
  #cancelCleanup: (() => void) | undefined;

  constructor(parts: IntakeParts) {
    this.#parts = parts;
    this.#settings = parts.settings;
    this.#ignoreList = this.#makeIgnoreList();
    const { maxTracked, matchMemory } = parts;
    this.counter = new FailureCounter({ ...parts.settings, maxTracked }, matchMemory?.counted);
  }

  get ignoreList(): IgnoreList {
    return this.#ignoreList;
  }

  /** Takes over new settings; what was counted stays. */
  configure(settings: TrackSettings): void {
    const old = this.#settings;
    this.#settings = settings;
    this.counter.configure({ ...settings, maxTracked: this.#parts.maxTracked });
    const sameList =
      old.ignoreSelf === settings.ignoreSelf &&
      old.ignoreIp.length === settings.ignoreIp.length &&
      old.ignoreIp.every((entry, index) => entry === settings.ignoreIp[index]);
    if (!sameList) this.#ignoreList = this.#makeIgnoreList();
  }

  /** Whether a failure counts (`no`: it is not ignored). An id that is more than an address is judged by both. */
  judge(failure: Failure): Ignored | 'no' | 'unready' {
    const { id, fields } = failure;
    if (id.length > maxIdLength) return 'too long';
    const verdict = this.#ignoreList.check(id);
    if (verdict !== 'no') return verdict;
    const address = fields.ip ?? fields.ip4 ?? fields.ip6;
    return address === undefined || address === id ? 'no' : this.#ignoreList.check(address);
  }

  /** The id that a failure counts against: the network of its address where the jail bans by network. */
  countedId(source: Source): string {
    return countedId(source, this.#settings, (network) => this.mayBan(network));
  }

  /** Whether a network may be banned that no log line names as it is. */
  mayBan(network: string): boolean {
    return this.#ignoreList.check(network) === 'no';
  }

  /** Counts a failure. Its time is never in the future. */
  accept(failure: Failure, nowSec: number): void {
    const timeSec = Math.min(failure.timeSec, nowSec);
    this.#log('INFO', `Found ${escapeControl(failure.id)} - ${this.#time.of(timeSec)}`);
    this.#parts.onFound?.(failure);
    const { lines: matches, fields, attempts } = failure;
    const id = this.countedId(failure);
    this.counter.add({ id, timeSec, matches, fields, weight: attempts, failures: attempts });
    // Taken out before the weight is added: what has reached maxretry without it is banned as it is.
    const reached = this.counter.takeIfReached(id);
    if (this.#settings.increment !== undefined) this.#addWeight(id, timeSec, attempts);
    const count = reached ?? this.counter.takeIfReached(id);
    if (count !== undefined) this.#parts.onReached(count);
  }

  /** Says in the log that a failure does not count. */
  refuse(id: string, why: Ignored): void {
    if (why !== 'too long') this.#parts.onIgnored?.(id);
    if (why === 'cached') return;
    const shown = why === 'too long' ? `${id.slice(0, 64)}…` : id;
    const reason = why in reasons ? reasons[why as keyof typeof reasons] : ` by ${why}`;
    this.#log('INFO', escapeControl(`Ignore ${shown}${reason}`));
  }

  /** Counts by hand: as many failures as there are matches, at least one, whoever is ignored. */
  attempt(id: string, matches: readonly string[]): void {
    const timeSec = this.#parts.clock.nowSec();
    this.#log('INFO', `Attempt ${escapeControl(id)} - ${this.#time.of(timeSec)}`);
    const weight = Math.max(matches.length, 1);
    this.#count({
      id: this.countedId({ id, fields: {} }),
      timeSec,
      matches,
      fields: {},
      weight,
      failures: 1,
    });
  }

  /** To be called after a batch: sweeps out what has expired, and goes on doing so while anything is counted. */
  tidy(nowSec: number): void {
    if (nowSec >= this.#nextCleanupSec || nowSec < this.#nextCleanupSec - cleanupSec) {
      this.#nextCleanupSec = nowSec + cleanupSec;
      this.counter.cleanup(nowSec);
    }
    this.#reportForgotten(nowSec);
    if (this.#cancelCleanup !== undefined || this.counter.size === 0) return;
    this.#cancelCleanup = this.#parts.clock.after(2 * cleanupSec, () => {
      this.#cancelCleanup = undefined;
      this.tidy(this.#parts.clock.nowSec());
    });
  }

  stop(): void {
    this.#cancelCleanup?.();
    this.#cancelCleanup = undefined;
  }

  /** A failure of an id that was banned before counts as several. */
  #addWeight(id: string, timeSec: number, failures: number): void {
    const earlier = this.#parts.earlierBans(id);
    if (earlier === undefined || timeSec <= earlier.timeSec) return;
    const { maxRetry, jail } = this.#settings;
    const { weight, shown } = failureWeight(earlier.banCount, maxRetry);
    if (weight <= 1) return;
    const what = `Found ${escapeControl(id)}, bad - ${this.#time.of(timeSec)}, ${earlier.banCount} # -> ${shown}`;
    const bans = weight >= maxRetry ? ', Ban' : '';
    this.#parts.logger.log('INFO', 'fail2ban.observer', `[${jail}] ${what}${bans}`);
    if (this.counter.get(id) === undefined) return;
    this.counter.add({ id, timeSec, matches: [], fields: {}, weight: weight - 1, failures });
  }

  #count(failure: NewFailure): void {
    if (this.counter.add(failure) < this.#settings.maxRetry) return;
    const count = this.counter.takeIfReached(failure.id);
    if (count !== undefined) this.#parts.onReached(count);
  }

  #reportForgotten(nowSec: number): void {
    if (this.counter.forgotten === 0 || Math.abs(nowSec - this.#forgottenWarnedAtSec) < 60) return;
    this.#forgottenWarnedAtSec = nowSec;
    const forgotten = this.counter.takeForgotten();
    this.#log('WARNING', `Over ${this.#parts.maxTracked} ids are counted; forgot the ${forgotten} oldest`);
  }

  #makeIgnoreList(): IgnoreList {
    const { clock, resolver, ownAddresses } = this.#parts;
    const { ignoreIp, ignoreSelf } = this.#settings;
    const warn = (message: string): void => this.#log('WARNING', message);
    return new IgnoreList(ignoreIp, ignoreSelf, { clock, resolver, own: ownAddresses, warn });
  }

  #log(level: LogLevel, message: string): void {
    this.#parts.logger.log(level, 'fail2ban.filter', `[${this.#settings.jail}] ${message}`);
  }
}
