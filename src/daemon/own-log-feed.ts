import { type Clock, formatLogLine } from '../base/index.ts';
import type { Failure } from '../detect/index.ts';
import type { Decision } from '../track/index.ts';
import type { JailSettings } from './jail-settings.ts';
import { type LoggedBan, OwnLogMemory, sameBanSec } from './own-log.ts';

/** Where fail2ban's log is unless somebody moves it; the shipped recidive jail reads it. */
export const usualLogFile = '/var/log/fail2ban.log';

export interface OwnLogFeedParts {
  readonly clock: Clock;
  readonly pid: number;
  /** The file that we log to, or undefined while it is none. */
  readonly logFile: () => string | undefined;
  /** Gives a line to a jail's detector as if it had been read. */
  readonly injectLine: (jail: string, text: string, timeSec: number) => void;
  /** Bans in the database since a time, of all jails. */
  readonly pastBans: (sinceSec: number) => Iterable<LoggedBan & { readonly byHand: boolean }>;
}

/** What the feed asks of a jail that reads our own log. */
export interface OwnLogJail {
  lastFailureSec(id: string): number | undefined;
}

/**
 * Feeds jails that read our own log (recidive) from inside, so that they work whatever the log target is and through
 * every rotation. Each ban becomes the very line that the log gets, so the jail's filter decides as ever; the same ban
 * read from the file is recognised and not counted again.
 */
export class OwnLogFeed {
  readonly #parts: OwnLogFeedParts;
  readonly #jails = new Map<string, OwnLogMemory>();

  constructor(parts: OwnLogFeedParts) {
    this.#parts = parts;
  }

  /** Whether a jail with these settings reads our own log. */
  readsOwnLog(settings: JailSettings): boolean {
    const own = [usualLogFile, this.#parts.logFile()];
    return settings.name === 'recidive' || settings.logPaths.some((path) => own.includes(path.pattern));
  }

  /** Takes a jail on before it starts to read: from now on `admits` and `onDecisions` know it. */
  add(name: string): void {
    this.#jails.set(name, new OwnLogMemory());
  }

  /**
   * Brings a started jail up to date with the database: bans that it counted before it stopped are noted, so that their lines
   * do not count again; those that it did not (its first start, or a crash between the two) are fed to it. Bans by hand are noted only.
   */
  catchUp(name: string, findTimeSec: number, jail: OwnLogJail): void {
    const memory = this.#jails.get(name);
    if (memory === undefined) return;
    const sinceSec = this.#parts.clock.nowSec() - findTimeSec;
    const past = [...this.#parts.pastBans(sinceSec)].sort((a, b) => a.timeSec - b.timeSec);
    const ownBans = new Map(past.filter((ban) => ban.jail === name).map((ban) => [ban.id, ban.timeSec]));
    for (const ban of past) {
      if (ban.jail === name) continue;
      const countedSec = Math.max(jail.lastFailureSec(ban.id) ?? 0, ownBans.get(ban.id) ?? 0);
      if (ban.byHand || ban.timeSec <= countedSec) memory.note(ban, sameBanSec);
      else {
        memory.expectRounded(ban);
        this.#inject(name, ban);
      }
    }
  }

  /** Forgets a jail that was stopped. */
  remove(name: string): void {
    this.#jails.delete(name);
  }

  /** Tells of decisions of any jail. Only bans that follow from failures count; those by hand and restored ones do not. */
  onDecisions(jail: string, decisions: readonly Decision[]): void {
    if (this.#jails.size === 0) return;
    for (const decision of decisions) {
      if (decision.kind !== 'ban') continue;
      const ban = { jail, id: decision.ban.id, timeSec: this.#parts.clock.nowSec() };
      for (const [reader, memory] of this.#jails) {
        if (reader === jail) continue;
        if (decision.origin === 'failure') this.#inject(reader, ban);
        else memory.note(ban);
      }
    }
  }

  /** Failures of a jail without those that are already counted. */
  admitted(jail: string, failures: readonly Failure[]): readonly Failure[] {
    const memory = this.#jails.get(jail);
    return memory === undefined ? failures : failures.filter((failure) => memory.admits(failure));
  }

  #inject(reader: string, ban: LoggedBan): void {
    const record = {
      timeSec: ban.timeSec,
      logger: 'fail2ban.actions',
      level: 'NOTICE',
      message: `[${ban.jail}] Ban ${ban.id}`,
    } as const;
    this.#parts.injectLine(reader, formatLogLine(record, this.#parts.pid), ban.timeSec);
  }
}
