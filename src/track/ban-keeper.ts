import {
  type Clock,
  describeError,
  escapeControl,
  type Logger,
  type LogLevel,
  type Numeric,
} from '../base/index.ts';
import { BanBook, endOf } from './ban-book.ts';
import type { Increase } from './increase.ts';
import type { Ledger } from './ledger.ts';
import type { MatchMemory } from './line-ring.ts';
import { spanText } from './span-text.ts';
import { endText, timeText } from './time-text.ts';
import type { Ban, BanOrigin, Decision, UnbanReason } from './types.ts';

/** A timer never waits longer, so that a clock that was set is noticed soon. */
const longestWaitSec = 60;

/** Between two checks of the actions of a jail that hits from banned sources ask for. */
const recheckSec = 3;

export interface BanKeeperParts {
  readonly jail: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly ledger: Ledger;
  readonly onDecisions: (decisions: readonly Decision[]) => void;
  /** Bans in force at the same time. */
  readonly maxBans: number;
  /** Keeps the matches of bans. */
  readonly matchMemory?: MatchMemory | undefined;
}

/** Puts bans into force and ends them: keeps book and ledger, writes fail2ban's log lines, gathers decisions. */
export class BanKeeper {
  readonly book: BanBook;
  readonly #parts: BanKeeperParts;
  #decisions: Decision[] = [];
  #cancelTimer: (() => void) | undefined;
  #timerSec = Number.POSITIVE_INFINITY;
  #recheckedAtSec = Number.NEGATIVE_INFINITY;
  #fullWarnedAtSec = Number.NEGATIVE_INFINITY;

  constructor(parts: BanKeeperParts) {
    this.book = new BanBook(parts.matchMemory?.banned);
    this.#parts = parts;
  }

  /**
   * Puts a ban into force, unless it is over already or the id is banned. Returns whether it is a new one. With an
   * `increase` it begins with the length that it has, and is prolonged at once.
   */
  ban(ban: Ban, origin: BanOrigin, followsJail: boolean, increase?: Increase): boolean {
    const nowSec = this.#parts.clock.nowSec();
    if (endOf(ban) >= nowSec && !this.#makeRoom(ban)) return false;
    const result = this.book.add(ban, nowSec, followsJail);
    if (result.kind === 'expired') this.#log('INFO', `Ignore ${escapeControl(ban.id)}, expired bantime`);
    if (result.kind === 'known') this.#meetAgain(ban, result.ban, result.prolonged, nowSec);
    if (result.kind !== 'added') return false;
    this.#log('NOTICE', `${origin === 'restore' ? 'Restore Ban' : 'Ban'} ${escapeControl(ban.id)}`);
    this.#decisions.push({ kind: 'ban', ban, origin });
    if (increase !== undefined) this.#increase(ban, increase, nowSec);
    else if (origin !== 'restore') this.#parts.ledger.ban(ban);
    return true;
  }

  /** Ends a ban. Returns false if the id is not banned. */
  unban(id: string, reason: UnbanReason): boolean {
    const ban = this.book.remove(id);
    if (ban === undefined) return false;
    this.#ended(ban, reason);
    return true;
  }

  /** Ends every ban, in the order of the book. Returns how many. */
  unbanAll(reason: UnbanReason): number {
    const ids = this.book.ids();
    for (const id of ids) this.unban(id, reason);
    return ids.length;
  }

  /** Ends the bans whose time has come. */
  expire(): void {
    for (const ban of this.book.takeExpired(this.#parts.clock.nowSec())) this.#ended(ban, 'expired');
  }

  /** The jail's ban time has changed. */
  setBanTime(banTimeSec: number): void {
    for (const ban of this.book.setBanTime(banTimeSec)) {
      this.#decisions.push({ kind: 'prolong', ban, cause: 'settings' });
    }
  }

  /** Hands over what was decided, in order, and waits for the next expiry. */
  flush(): void {
    this.#arm();
    if (this.#decisions.length === 0) return;
    const decisions = this.#decisions;
    this.#decisions = [];
    this.#parts.onDecisions(decisions);
  }

  /** No more expiries. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  /**
   * Prolongs a ban that has just begun, and notes it as it is then. As in fail2ban, one that the increment makes so
   * short that it is over already is not noted, nor one no newer than the last that the database knows (its lines
   * were read twice).
   */
  #increase(base: Ban, { earlier, lengthOf }: Increase, nowSec: number): void {
    const { ledger } = this.#parts;
    const length = this.#lengthOf(base, lengthOf);
    const isNew = base.timeSec > earlier.timeSec;
    if (isNew) {
      const spans = `${spanText({ value: base.banTimeSec, isFloat: false })} to ${spanText(length)}`;
      const last = `${earlier.banCount} # last ${timeText(earlier.timeSec)} - incr ${spans}`;
      this.#observe('INFO', `IP ${escapeControl(base.id)} is bad: ${last}`);
    }
    const banTimeSec = length.value < 0 ? -1 : length.value;
    const ban = this.book.setLength(base.id, banTimeSec) ?? base;
    if (endOf(ban) < nowSec) return;
    if (banTimeSec !== base.banTimeSec) {
      const until =
        banTimeSec < 0 ? 'permanent -> infinite' : `${spanText(length)} -> ${endText(endOf(ban))}`;
      this.#observe('NOTICE', `Increase Ban ${escapeControl(ban.id)} (${ban.banCount} # ${until})`);
      this.#decisions.push({ kind: 'prolong', ban });
    }
    if (isNew) ledger.ban(ban);
  }

  #lengthOf(base: Ban, lengthOf: () => Numeric): Numeric {
    try {
      return lengthOf();
    } catch (error) {
      const reason = escapeControl(describeError(error));
      this.#observe('ERROR', `Ban ${escapeControl(base.id)} keeps the ban time: ${reason}`);
      return { value: base.banTimeSec, isFloat: false };
    }
  }

  #ended(ban: Ban, reason: UnbanReason): void {
    this.#log('NOTICE', `Unban ${escapeControl(ban.id)}`);
    this.#decisions.push({ kind: 'unban', ban, reason });
  }

  /** A banned source goes on. The later the louder, and the likelier that its rule is missing. */
  #meetAgain(again: Ban, known: Ban, prolonged: boolean, nowSec: number): void {
    const afterSec = again.timeSec - known.timeSec;
    const level: LogLevel = afterSec < 3 ? 'DEBUG' : afterSec < 60 ? 'NOTICE' : 'WARNING';
    this.#log(level, `${escapeControl(known.id)} already banned`);
    if (prolonged) this.#decisions.push({ kind: 'prolong', ban: known, cause: 'repeat' });
    const sinceCheckSec = Math.abs(nowSec - this.#recheckedAtSec);
    if (afterSec <= 3 || sinceCheckSec <= recheckSec) return;
    this.#recheckedAtSec = nowSec;
    this.#decisions.push({ kind: 'recheck', ban: known });
  }

  /** At the bound, the ban that would end first makes room for a new one; permanent bans stay. */
  #makeRoom(ban: Ban): boolean {
    if (this.book.size < this.#parts.maxBans || this.book.get(ban.id) !== undefined) return true;
    const first = this.book.takeFirstToEnd();
    const nowSec = this.#parts.clock.nowSec();
    if (Math.abs(nowSec - this.#fullWarnedAtSec) >= 60) {
      this.#fullWarnedAtSec = nowSec;
      const what = first === undefined ? 'new bans are refused' : 'the bans that would end first end now';
      this.#log('WARNING', `${this.#parts.maxBans} bans in force are the limit: ${what}`);
    }
    if (first !== undefined) this.#ended(first, 'expired');
    return first !== undefined;
  }

  #arm(): void {
    const endSec = this.book.nextEndSec();
    if (this.#cancelTimer !== undefined && endSec >= this.#timerSec) return;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    if (endSec === Number.POSITIVE_INFINITY) return;
    const nowSec = this.#parts.clock.nowSec();
    const waitSec = Math.min(Math.max(endSec - nowSec, 0), longestWaitSec);
    this.#timerSec = nowSec + waitSec;
    this.#cancelTimer = this.#parts.clock.after(waitSec, () => {
      this.#cancelTimer = undefined;
      this.expire();
      this.flush();
    });
  }

  #observe(level: LogLevel, message: string): void {
    this.#parts.logger.log(level, 'fail2ban.observer', `[${this.#parts.jail}] ${message}`);
  }

  #log(level: LogLevel, message: string): void {
    this.#parts.logger.log(level, 'fail2ban.actions', `[${this.#parts.jail}] ${message}`);
  }
}
