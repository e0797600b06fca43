import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** Rows per table that are taken over; a damaged file may lead in circles. */
const maxRows = 500_000;

/** How long another process may keep us from reading. */
const readTimeoutMs = 1000;

/** What earlier versions of the schema lack; -2 stands for a length that was not stored. */
const columnsOfLater: Readonly<Record<string, string>> = { bantime: '-2', bancount: '1' };

/** What is worth saving, in an order that respects the references; the last ones are ours. */
const tables = {
  jails: ['name', 'enabled'],
  logs: ['jail', 'path', 'firstlinemd5', 'lastfilepos'],
  bips: ['ip', 'jail', 'timeofban', 'bantime', 'bancount', 'data'],
  bans: ['jail', 'ip', 'timeofban', 'bantime', 'bancount', 'data'],
  warder_journal: ['jail', 'cursor', 'time'],
  warder_failures: ['jail', 'id', 'firsttime', 'lasttime', 'retry', 'failures', 'data'],
  warder_parked: ['jail', 'seq', 'data'],
} as const;

/**
 * Copies what can still be read of a damaged database, or of one that cannot be written, into a new one, row by row up to
 * the damage. Returns how many rows came over; nothing about the old file makes it throw.
 */
export function salvage(damagedFile: string, db: DatabaseSync): number {
  const old = openToRead(damagedFile);
  if (old === undefined) return 0;
  try {
    db.exec('BEGIN IMMEDIATE');
    const copied = Object.entries(tables).map(([table, columns]) => copyTable(old, db, table, columns));
    addBips(old, db);
    db.exec('COMMIT');
    return copied.reduce((sum, rows) => sum + rows, 0);
  } catch {
    if (db.isTransaction) db.exec('ROLLBACK');
    return 0;
  } finally {
    old.close();
  }
}

/**
 * A database with a write-ahead log needs files beside it even to be read; where they cannot be made (a full or read-only
 * disk) it is read as it lies, without what the log has.
 */
function openToRead(file: string): DatabaseSync | undefined {
  const asItLies = pathToFileURL(file);
  asItLies.searchParams.set('immutable', '1');
  for (const location of [file, asItLies]) {
    let db: DatabaseSync | undefined;
    try {
      db = new DatabaseSync(location, { readOnly: true, timeout: readTimeoutMs });
      db.prepare('SELECT count(*) FROM sqlite_master').get();
      return db;
    } catch {
      db?.close();
    }
  }
  return undefined;
}

function copyTable(old: DatabaseSync, db: DatabaseSync, table: string, columns: readonly string[]): number {
  const names = columns.join(', ');
  const insert = db.prepare(
    `INSERT OR IGNORE INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  let rows = 0;
  try {
    const known = new Set(columnsOf(old, table));
    const values = columns.map((name) =>
      known.has(name) ? name : `${columnsOfLater[name] ?? 'NULL'} AS ${name}`,
    );
    for (const row of old.prepare(`SELECT ${values.join(', ')} FROM ${table} LIMIT ${maxRows}`).iterate()) {
      rows += insertRow(
        insert,
        columns.map((name) => row[name] as SQLInputValue),
      );
    }
  } catch {
    // Here the damage begins.
  }
  return rows;
}

function columnsOf(db: DatabaseSync, table: string): string[] {
  return db
    .prepare('SELECT name FROM pragma_table_info(?)')
    .all(table)
    .map(({ name }) => String(name));
}

/** Before version 4 there is no table of what is in force; the newest ban of each address says it. */
function addBips(old: DatabaseSync, db: DatabaseSync): void {
  if (columnsOf(old, 'bips').length > 0) return;
  db.exec(`INSERT OR REPLACE INTO bips (ip, jail, timeofban, bantime, bancount, data)
    SELECT ip, jail, timeofban, bantime, bancount, data FROM bans WHERE ip IS NOT NULL ORDER BY timeofban, rowid`);
}

/** A row that breaks a rule of the table is itself part of the damage. */
function insertRow(
  insert: { run(...values: SQLInputValue[]): { changes: number | bigint } },
  values: SQLInputValue[],
): number {
  try {
    return Number(insert.run(...values).changes);
  } catch {
    return 0;
  }
}
