import type { DatabaseSync, SQLInputValue } from 'node:sqlite';

export interface PurgeOptions {
  readonly nowSec: number;
  readonly purgeAgeSec: number;
  readonly maxFileBytes: number;
  /** Told when history has to go although it is younger than `purgeAgeSec`, because the file is too big. */
  readonly onTooBig: (rows: number) => void;
}

/** Rows or pages that one step touches, so that it takes milliseconds. */
const perStep = 1000;

/** A file up to this size is rebuilt once, if it was made by fail2ban and so cannot give back pages. */
const rebuildBytes = 64 * 1024 * 1024;

/** Ids stay known until this multiple of their last ban time has gone by, as in fail2ban. */
const outdatedFactor = 3;

/**
 * Deletes what is outdated, as fail2ban's hourly purge does, and gives the space back to the disk. A sequence of short
 * steps: each `next` does one, so that others can work in between. Throws SQLite's error.
 */
export function* purgeSteps(db: DatabaseSync, options: PurgeOptions): Generator<void> {
  const limitSec = Math.floor(options.nowSec) - options.purgeAgeSec;
  for (const { name } of db.prepare('SELECT name FROM jails').all()) {
    // Jail by jail, since the index begins with the jail.
    yield* deleteRows(db, 'bans', 'jail = ? AND timeofban < ?', [String(name), limitSec]);
  }
  yield* deleteRows(
    db,
    'bips',
    `timeofban < ?1 AND bantime != -1 AND timeofban + bantime * ${outdatedFactor} < ?1`,
    [limitSec],
  );
  db.prepare(
    `DELETE FROM warder_failures WHERE lasttime < ? AND jail IN (SELECT name FROM jails WHERE enabled = 0)`,
  ).run(limitSec);
  yield;
  db.prepare('DELETE FROM warder_parked WHERE jail IN (SELECT name FROM jails WHERE enabled = 0)').run();
  // Positions and our own rows go with their jail.
  db.prepare(
    `DELETE FROM jails WHERE enabled = 0 AND NOT EXISTS (SELECT 1 FROM bans WHERE jail = name)
      AND NOT EXISTS (SELECT 1 FROM bips WHERE jail = name)`,
  ).run();
  yield;
  yield* shrinkHistory(db, options);
  yield* giveBackSpace(db);
}

function* deleteRows(
  db: DatabaseSync,
  table: 'bans' | 'bips',
  condition: string,
  values: SQLInputValue[],
): Generator<void> {
  const statement = db.prepare(
    `DELETE FROM ${table} WHERE rowid IN (SELECT rowid FROM ${table} WHERE ${condition} LIMIT ${perStep})`,
  );
  while (Number(statement.run(...values).changes) > 0) yield;
}

/** Too big a file loses its oldest bans, then ids whose bans are over; bans in force always stay. */
function* shrinkHistory(db: DatabaseSync, { nowSec, maxFileBytes, onTooBig }: PurgeOptions): Generator<void> {
  const oldest = db.prepare(
    `DELETE FROM bans WHERE rowid IN (SELECT rowid FROM bans ORDER BY rowid LIMIT ${perStep})`,
  );
  const ended = db.prepare(
    `DELETE FROM bips WHERE rowid IN (SELECT rowid FROM bips
      WHERE bantime != -1 AND timeofban + bantime < ? ORDER BY timeofban LIMIT ${perStep})`,
  );
  let rows = 0;
  while (usedBytes(db) > maxFileBytes) {
    const deleted = Number(oldest.run().changes) || Number(ended.run(nowSec).changes);
    if (deleted === 0) break;
    rows += deleted;
    yield;
  }
  if (rows > 0) onTooBig(rows);
}

function* giveBackSpace(db: DatabaseSync): Generator<void> {
  if (pragma(db, 'auto_vacuum') === 2) {
    while (pragma(db, 'freelist_count') > 0) {
      const before = pragma(db, 'freelist_count');
      db.exec(`PRAGMA incremental_vacuum(${perStep})`);
      yield;
      if (pragma(db, 'freelist_count') >= before) return;
    }
    return;
  }
  const freePages = pragma(db, 'freelist_count');
  if (usedBytes(db) > rebuildBytes || freePages * 4 < pragma(db, 'page_count')) return;
  db.exec('PRAGMA auto_vacuum = INCREMENTAL; VACUUM');
  yield;
}

function usedBytes(db: DatabaseSync): number {
  return (pragma(db, 'page_count') - pragma(db, 'freelist_count')) * pragma(db, 'page_size');
}

function pragma(
  db: DatabaseSync,
  name: 'auto_vacuum' | 'freelist_count' | 'page_count' | 'page_size',
): number {
  return Number(db.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
