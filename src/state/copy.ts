import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { meaningOf } from './open-database.ts';
import { inspectSchema, schemaVersion } from './schema.ts';
import { createFile } from './set-aside.ts';

/** What a database holds. */
export interface DatabaseFacts {
  /** Version of fail2ban's schema. */
  readonly version: number;
  /** Bans that are in force at the time that was asked for, whatever the ban time of their jail is now. */
  readonly inForce: number;
  /** Bans of the past, within `dbpurgeage`. */
  readonly past: number;
  /** Logs whose position is known. */
  readonly positions: number;
}

/**
 * Copies a database, which may be in use, into a new file for its owner alone, and tells what it holds. Throws
 * `STATE_SCHEMA_NEWER`, `STATE_FOREIGN`, `STATE_DAMAGED`, `STATE_LOCKED` or `STATE_UNUSABLE`.
 */
export function copyDatabase(file: string, copy: string, nowSec: number): DatabaseFacts {
  try {
    const db = new DatabaseSync(locationOf(file), { readOnly: true, timeout: 3000 });
    try {
      const state = inspectSchema(db, file);
      createFile(copy);
      db.prepare('VACUUM INTO ?').run(copy);
      return { ...countsOf(db, nowSec), version: typeof state === 'number' ? state : schemaVersion };
    } finally {
      db.close();
    }
  } catch (error) {
    throw meaningOf(error, file);
  }
}

/**
 * A database with a write-ahead log that nobody has open is read as it lies: SQLite would leave files beside it, even
 * when it only reads.
 */
export function locationOf(file: string): string | URL {
  if (existsSync(`${file}-wal`) || !hasWriteAheadLog(file)) return file;
  const asItLies = pathToFileURL(file);
  asItLies.searchParams.set('immutable', '1');
  return asItLies;
}

/** Bytes 18 and 19 of the header are 2 then (https://www.sqlite.org/fileformat.html). */
function hasWriteAheadLog(file: string): boolean {
  const descriptor = openSync(file, 'r');
  try {
    const header = Buffer.alloc(20);
    readSync(descriptor, header, 0, header.length, 0);
    return header[18] === 2 && header[19] === 2;
  } finally {
    closeSync(descriptor);
  }
}

export function countsOf(db: DatabaseSync, nowSec: number): Omit<DatabaseFacts, 'version'> {
  const tables = new Set(
    db
      .prepare('SELECT name FROM sqlite_master')
      .all()
      .map(({ name }) => name),
  );
  const count = (table: string, condition = '1', ...values: number[]): number =>
    tables.has(table)
      ? Number(db.prepare(`SELECT count(*) AS n FROM ${table} WHERE ${condition}`).get(...values)?.n ?? 0)
      : 0;
  return {
    inForce: count('bips', 'timeofban + bantime > ? OR bantime <= -1', nowSec),
    past: count('bans'),
    positions: count('logs'),
  };
}
