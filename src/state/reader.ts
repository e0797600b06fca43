import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Position } from '../source/index.ts';
import type { Ban, BanHistory, FailureCount, ParkedFailure } from '../track/index.ts';
import { byHandMark, decodeCount, decodeFailure, decodeTicket } from './ticket-data.ts';
import type { KeptBan, LoadOptions, MergedBan, PastBan } from './types.ts';
import { journalPath } from './writer.ts';

/** Bans merged or listed at most; the newest count. */
const maxRows = 10_000;

/**
 * Reads what the database holds. Each method throws SQLite's error. Numbers are read as floating point: a damaged or
 * foreign row may hold an integer beyond 2^53, at which node:sqlite throws.
 */
export class StoreReader {
  readonly #db: DatabaseSync;
  #bansOf: ReturnType<DatabaseSync['prepare']> | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * The bans of a jail that are still in force, by id, with today's ban time applied as fail2ban does: without
   * increments what is older than today's ban time is over and longer bans are shortened to it; with increments only
   * the maximum counts.
   */
  currentBans(jail: string, nowSec: number, options: LoadOptions): Ban[] {
    const { banTimeSec, increment, maxMatches } = options;
    const capSec = increment === undefined ? banTimeSec : increment.maxTimeSec;
    const notBeforeSec =
      increment !== undefined || banTimeSec === -1 ? Number.MIN_SAFE_INTEGER : nowSec - banTimeSec;
    const rows = this.#all(
      `SELECT ip, timeofban + 0.0 AS start, bantime + 0.0 AS length, bancount + 0.0 AS count, data FROM bips
        WHERE jail = ? AND (timeofban + bantime > ? OR bantime <= -1) AND timeofban > ? AND ip != '' ORDER BY ip`,
      jail,
      nowSec,
      notBeforeSec,
    );
    return rows.flatMap(({ ip, start, length, count, data }) => {
      const timeSec = Number(start);
      const bounded = boundLength(Number(length), banTimeSec, capSec);
      if (bounded !== -1 && timeSec + bounded <= nowSec) return [];
      const { matches, failures, fields } = decodeTicket(data);
      const kept = maxMatches > 0 ? matches.slice(-maxMatches) : [];
      const banCount = Number(count);
      return [
        { jail, id: String(ip), timeSec, banTimeSec: bounded, banCount, failures, matches: kept, fields },
      ];
    });
  }

  /** The pending counts of a jail whose last failure is not older than `notBeforeSec`. */
  counts(jail: string, notBeforeSec: number): FailureCount[] {
    const rows = this.#all(
      'SELECT id, firsttime, lasttime, retry, failures, data FROM warder_failures WHERE jail = ? AND lasttime > ?',
      jail,
      notBeforeSec,
    );
    return rows.map(({ id, firsttime, lasttime, retry, failures, data }) => ({
      id: String(id),
      firstSec: Number(firsttime),
      timeSec: Number(lasttime),
      retry: Number(retry),
      failures: Number(failures),
      ...decodeCount(data),
    }));
  }

  /** Failures of a jail that were not decided, in their order. */
  parked(jail: string): ParkedFailure[] {
    const rows = this.#all(
      'SELECT seq + 0.0 AS seq, data FROM warder_parked WHERE jail = ? ORDER BY seq',
      jail,
    );
    return rows.flatMap(({ seq, data }) => {
      const failure = decodeFailure(jail, data);
      return failure === undefined ? [] : [{ seq: Number(seq), failure }];
    });
  }

  /** Where reading the logs of a jail goes on. */
  positions(jail: string): Position[] {
    const rows = this.#all(
      `SELECT path, firstlinemd5 AS md5, lastfilepos + 0.0 AS pos, cursor, time FROM logs
        LEFT JOIN warder_journal ON path = '${journalPath}' AND warder_journal.jail = logs.jail
        WHERE logs.jail = ? AND path IS NOT NULL`,
      jail,
    );
    return rows.map(({ path, md5, pos, cursor, time }) => {
      const offset = Number(pos);
      if (path !== journalPath)
        return { kind: 'file', path: String(path), offset, firstLineHash: String(md5 ?? '') };
      // fail2ban may have read on since we wrote the cursor; then only its time is good.
      const current = typeof cursor === 'string' && Math.abs(Number(time) - offset) < 0.001;
      return { kind: 'journal', cursor: current ? cursor : '', timeSec: offset };
    });
  }

  /** The last ban of an id in each jail, with how many there were. Asked for each failure where bans get longer. */
  bansOf(id: string): Map<string, BanHistory> {
    this.#bansOf ??= this.#db.prepare(
      `SELECT jail, bancount + 0.0 AS count, timeofban + 0.0 AS start, bantime + 0.0 AS length
        FROM bips WHERE ip = ?`,
    );
    return new Map(
      this.#bansOf.all(id).map(({ jail, count, start, length }) => {
        const history = { banCount: Number(count), timeSec: Number(start), banTimeSec: Number(length) };
        return [String(jail), history];
      }),
    );
  }

  /** The bans of an id within `dbpurgeage` merged into one: of one jail, or of all. */
  merged(id: string, jail: string | undefined, maxMatches: number): MergedBan | undefined {
    const rows = this.#all(
      `SELECT timeofban + 0.0 AS start, data FROM bans WHERE ip = ?1 AND (?2 IS NULL OR jail = ?2)
        ORDER BY timeofban DESC LIMIT ${maxRows}`,
      id,
      jail ?? null,
    );
    if (rows.length === 0) return undefined;
    const tickets = rows.map(({ data }) => decodeTicket(data));
    const matches: string[] = [];
    for (const ticket of tickets) {
      const room = maxMatches - matches.length;
      if (room > 0) matches.unshift(...ticket.matches.slice(-room));
    }
    const failures = tickets.reduce((sum, ticket) => sum + ticket.failures, 0);
    return { timeSec: Number(rows.at(-1)!.start), failures, matches };
  }

  /** The newest bans of all jails since a time, oldest first. */
  bansSince(timeSec: number): PastBan[] {
    const rows = this.#all(
      `SELECT jail, ip, timeofban + 0.0 AS start, instr(CAST(data AS TEXT), '${byHandMark}') > 0 AS byhand
        FROM bans WHERE timeofban >= ? AND ip != ''
        ORDER BY timeofban DESC, rowid DESC LIMIT ${maxRows}`,
      timeSec,
    );
    return rows.reverse().map(({ jail, ip, start, byhand }) => ({
      jail: String(jail),
      id: String(ip),
      timeSec: Number(start),
      byHand: Number(byhand) === 1,
    }));
  }

  /** Who was banned when: of the newest `most` bans those since a time, in no order. */
  banTimes(timeSec: number, most: number): Pick<PastBan, 'jail' | 'id' | 'timeSec'>[] {
    const rows = this.#all(
      `SELECT jail, ip, start FROM
        (SELECT jail, ip, timeofban + 0.0 AS start FROM bans ORDER BY rowid DESC LIMIT ?) WHERE start >= ? AND ip != ''`,
      most,
      timeSec,
    );
    return rows.map(({ jail, ip, start }) => ({
      jail: String(jail),
      id: String(ip),
      timeSec: Number(start),
    }));
  }

  /** The newest bans of an id, the newest first. */
  keptBans(id: string, most: number): KeptBan[] {
    const rows = this.#all(
      `SELECT jail, timeofban + 0.0 AS start, bantime + 0.0 AS length, bancount + 0.0 AS count, data FROM bans
        WHERE ip = ? ORDER BY timeofban DESC, rowid DESC LIMIT ?`,
      id,
      most,
    );
    return rows.map(({ jail, start, length, count, data }) => {
      const { failures, matches } = decodeTicket(data);
      const timing = { timeSec: Number(start), banTimeSec: Number(length), banCount: Number(count) };
      return { jail: String(jail), ...timing, failures, matches };
    });
  }

  /** Names of the jails, and whether they are enabled. */
  jails(): Map<string, boolean> {
    const rows = this.#all('SELECT name, enabled + 0.0 AS enabled FROM jails ORDER BY name');
    return new Map(rows.map(({ name, enabled }) => [String(name), Number(enabled) !== 0]));
  }

  #all(sql: string, ...values: SQLInputValue[]): Record<string, unknown>[] {
    return this.#db.prepare(sql).all(...values);
  }
}

/** -2 stands for a length that an old release did not store. `capSec` -1: no cap. */
function boundLength(storedSec: number, banTimeSec: number, capSec: number): number {
  if (storedSec === -2) return banTimeSec;
  if (capSec >= 0 && (storedSec === -1 || storedSec > capSec)) return capSec;
  return storedSec;
}
