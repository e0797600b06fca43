import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

/** Rows per table that are taken over; a damaged file may lead in circles. */
const maxRows = 500_000;

/** What is worth saving, in an order that respects the references. */
const tables = {
  jails: ['name', 'enabled'],
  logs: ['jail', 'path', 'firstlinemd5', 'lastfilepos'],
  bips: ['ip', 'jail', 'timeofban', 'bantime', 'bancount', 'data'],
  bans: ['jail', 'ip', 'timeofban', 'bantime', 'bancount', 'data'],
} as const;

/**
 * Copies what can still be read of a damaged database into a new one, row by row up to the damage. Returns how many
 * rows came over; nothing about the old file makes it throw.
 */
export function salvage(damagedFile: string, db: DatabaseSync): number {
  let old: DatabaseSync;
  try {
    old = new DatabaseSync(damagedFile, { readOnly: true });
  } catch {
    return 0;
  }
  try {
    db.exec('BEGIN IMMEDIATE');
    const copied = Object.entries(tables).map(([table, columns]) => copyTable(old, db, table, columns));
    db.exec('COMMIT');
    return copied.reduce((sum, rows) => sum + rows, 0);
  } catch {
    if (db.isTransaction) db.exec('ROLLBACK');
    return 0;
  } finally {
    old.close();
  }
}

function copyTable(old: DatabaseSync, db: DatabaseSync, table: string, columns: readonly string[]): number {
  const names = columns.join(', ');
  const insert = db.prepare(
    `INSERT OR IGNORE INTO ${table} (${names}) VALUES (${columns.map(() => '?').join(', ')})`,
  );
  let rows = 0;
  try {
    for (const row of old.prepare(`SELECT ${names} FROM ${table} LIMIT ${maxRows}`).iterate()) {
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
