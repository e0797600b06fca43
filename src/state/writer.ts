import type { DatabaseSync, SQLInputValue } from 'node:sqlite';
import type { Position } from '../source/index.ts';
import type { Ban, BanRecord, FailureCount } from '../track/index.ts';
import type { JailNotes, PendingBatch } from './pending-batch.ts';
import { troubleOf } from './sqlite-errors.ts';
import { encodeCount, encodeFailure, encodeTicket } from './ticket-data.ts';

/** Under this name fail2ban keeps the time of the last journal entry among the log files. */
export const journalPath = 'systemd-journal';

const statements = {
  addJail: 'INSERT OR IGNORE INTO jails (name, enabled) VALUES (?, 1)',
  enableJail: 'UPDATE jails SET enabled = ? WHERE name = ? AND enabled != ?',
  // A batch that is written twice (after the file was replaced) leaves one row. The plus keeps SQLite from looking
  // through all bans of that second instead of those of the address.
  addBan: `INSERT INTO bans (jail, ip, timeofban, bantime, bancount, data) SELECT ?1, ?2, ?3, ?4, ?5, ?6
    WHERE NOT EXISTS (SELECT 1 FROM bans WHERE jail = ?1 AND ip = ?2 AND +timeofban = ?3)`,
  setBip:
    'INSERT OR REPLACE INTO bips (jail, ip, timeofban, bantime, bancount, data) VALUES (?, ?, ?, ?, ?, ?)',
  forgetBans: 'DELETE FROM bans WHERE jail = ? AND ip = ?',
  forgetBips: 'DELETE FROM bips WHERE jail = ? AND ip = ?',
  forgetAllBans: 'DELETE FROM bans WHERE jail = ?',
  forgetAllBips: 'DELETE FROM bips WHERE jail = ?',
  setLog: 'INSERT OR REPLACE INTO logs (jail, path, firstlinemd5, lastfilepos) VALUES (?, ?, ?, ?)',
  setCursor: 'INSERT OR REPLACE INTO warder_journal (jail, cursor, time) VALUES (?, ?, ?)',
  setCount: `INSERT OR REPLACE INTO warder_failures (jail, id, firsttime, lasttime, retry, failures, data)
    VALUES (?, ?, ?, ?, ?, ?, ?)`,
  dropCount: 'DELETE FROM warder_failures WHERE jail = ? AND id = ?',
  park: 'INSERT OR REPLACE INTO warder_parked (jail, seq, data) VALUES (?, ?, ?)',
  settle: 'DELETE FROM warder_parked WHERE jail = ? AND seq = ?',
} as const;

type Statement = keyof typeof statements;
type Operation = readonly [Statement, ...SQLInputValue[]];

/** Writes a batch in one transaction. */
export class BatchWriter {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<Statement, ReturnType<DatabaseSync['prepare']>>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /**
   * Writes all or nothing; throws SQLite's error. `maxMatches`: matches kept per ban. Should the database refuse some
   * value, the rest is written without it: one bad row must not hold up all others for ever. Returns the errors of such
   * rows.
   */
  write(batch: PendingBatch, maxMatches: number): Error[] {
    try {
      this.#inTransaction(() => {
        for (const operation of operationsOf(batch, maxMatches)) this.#run(operation);
      });
      return [];
    } catch (error) {
      if (troubleOf(error) !== 'rejected') throw error;
    }
    const errors: Error[] = [];
    this.#inTransaction(() => {
      for (const operation of operationsOf(batch, maxMatches)) {
        const error = this.#try(operation);
        if (error !== undefined) errors.push(error);
      }
    });
    return errors;
  }

  /** Marks every jail as not enabled; those that start mark themselves. Throws SQLite's error. */
  disableAllJails(): void {
    this.#db.exec('UPDATE jails SET enabled = 0 WHERE enabled != 0');
  }

  #inTransaction(work: () => void): void {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      work();
      this.#db.exec('COMMIT');
    } catch (error) {
      // Some errors end the transaction by themselves.
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  #run([name, ...values]: Operation): void {
    let statement = this.#prepared.get(name);
    if (statement === undefined) {
      statement = this.#db.prepare(statements[name]);
      this.#prepared.set(name, statement);
    }
    statement.run(...values);
  }

  #try(operation: Operation): Error | undefined {
    this.#db.exec('SAVEPOINT one');
    try {
      this.#run(operation);
      return undefined;
    } catch (error) {
      if (troubleOf(error) !== 'rejected') throw error;
      this.#db.exec('ROLLBACK TO one');
      return error instanceof Error ? error : new Error(String(error));
    } finally {
      if (this.#db.isTransaction) this.#db.exec('RELEASE one');
    }
  }
}

/** The jails first, since everything else refers to them. */
function* operationsOf(batch: PendingBatch, maxMatches: number): Generator<Operation> {
  for (const [jail, { enabled }] of batch.jails) {
    yield ['addJail', jail];
    if (enabled !== undefined) yield ['enableJail', Number(enabled), jail, Number(enabled)];
  }
  for (const { jail, record } of batch.records) yield* banOperations(jail, record, maxMatches);
  for (const [jail, notes] of batch.jails) yield* noteOperations(jail, notes);
}

function* banOperations(jail: string, record: BanRecord, maxMatches: number): Generator<Operation> {
  if (record.kind === 'ban') {
    const row = banRow(record.ban, maxMatches);
    yield ['addBan', ...row];
    yield ['setBip', ...row];
  } else if (record.kind === 'forget') {
    yield ['forgetBips', jail, record.id];
    yield ['forgetBans', jail, record.id];
  } else {
    yield ['forgetAllBips', jail];
    yield ['forgetAllBans', jail];
  }
}

function* noteOperations(jail: string, { positions, counts, parked }: JailNotes): Generator<Operation> {
  for (const position of positions.values()) yield* positionOperations(jail, position);
  for (const [id, count] of counts) {
    yield count === null ? ['dropCount', jail, id] : ['setCount', ...countRow(jail, count)];
  }
  for (const [seq, failure] of parked) {
    yield failure === null ? ['settle', jail, seq] : ['park', jail, seq, encodeFailure(failure)];
  }
}

function* positionOperations(jail: string, position: Position): Generator<Operation> {
  if (position.kind === 'file') {
    yield ['setLog', jail, position.path, position.firstLineHash, position.offset];
    return;
  }
  yield ['setLog', jail, journalPath, isoTime(position.timeSec), position.timeSec];
  yield ['setCursor', jail, position.cursor, position.timeSec];
}

function banRow(ban: Ban, maxMatches: number): readonly [string, string, number, number, number, Uint8Array] {
  const { jail, id, timeSec, banTimeSec, banCount } = ban;
  return [jail, id, Math.round(timeSec), banTimeSec, banCount, encodeTicket(ban, maxMatches)];
}

function countRow(jail: string, count: FailureCount): readonly SQLInputValue[] {
  const { id, firstSec, timeSec, retry, failures } = count;
  return [jail, id, firstSec, timeSec, retry, failures, encodeCount(count)];
}

/** fail2ban keeps the time as text, too, where a file has its checksum; nobody reads it. */
function isoTime(timeSec: number): string {
  const date = new Date(timeSec * 1000);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString();
}
