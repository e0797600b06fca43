import { closeSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, describeError, type Logger, WarderError } from '../base/index.ts';
import { definitions, schemaVersion } from './schema.ts';
import { createFile, freeName } from './set-aside.ts';

export interface MigrationParts {
  /** Path, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How many rows there are of what must not be lost. */
interface RowCounts {
  readonly jails: number;
  readonly logs: number;
  readonly bans: number;
  readonly bips: number;
}

/** Releases before 0.10 did not store how long a ban is; fail2ban writes this, and takes the jail's ban time for it. */
const unknownBanTime = -2;

/**
 * Brings an open database from an earlier version of fail2ban's schema (1 to 3, of releases before 0.11) to ours.
 *
 * A copy is made first, beside the file and for its owner alone. All changes are one transaction, which is undone unless
 * the new tables are sound and have every row. The copy is deleted when the file itself, read anew, shows that.
 * Otherwise it stays, and the error names it. Throws `STATE_MIGRATION`, or SQLite's error (no space, locked): the file is
 * as it was then. Steps: as fail2ban's own update.
 */
export function migrate(db: DatabaseSync, version: number, parts: MigrationParts): void {
  const { file, logger } = parts;
  const log = (level: 'INFO' | 'WARNING', text: string): void => logger.log(level, 'fail2ban.database', text);
  const backup = file === ':memory:' ? undefined : backUp(db, version, parts);
  log('INFO', `Upgrade database: '${file}' from version '${version}'`);
  const expected = undoing(backup, () => inOneTransaction(db, version, file));
  if (backup !== undefined) {
    proveOnDisk(file, expected, backup);
    rmSync(backup, { force: true });
  }
  log('WARNING', `Database updated from '${version}' to '${schemaVersion}'`);
}

/** What fails within the transaction has changed nothing, so the copy is of no use. */
function undoing<T>(backup: string | undefined, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (backup !== undefined) rmSync(backup, { force: true });
    throw error;
  }
}

/** A complete copy on the disk; half of one is worse than none. */
function backUp(db: DatabaseSync, version: number, { file, clock }: MigrationParts): string {
  const backup = freeName(`${file}.v${version}`, clock.nowSec());
  createFile(backup);
  try {
    db.prepare('VACUUM INTO ?').run(backup);
    const descriptor = openSync(backup, 'r+');
    fsyncSync(descriptor);
    closeSync(descriptor);
    return backup;
  } catch (error) {
    rmSync(backup, { force: true });
    throw error;
  }
}

function inOneTransaction(db: DatabaseSync, version: number, file: string): RowCounts {
  // Tables are dropped and made again, whose rows others refer to.
  db.exec('PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE');
  try {
    const before = countsBefore(db);
    const hadBips = tableNames(db).includes('bips');
    if (version < 2) rebuildLogs(db);
    if (version < 3) rebuildBans(db);
    db.exec(definitions);
    if (!hadBips) fillBips(db);
    db.exec(`UPDATE fail2banDb SET version = ${schemaVersion}`);
    const fault = faultOf(db, before);
    if (fault !== undefined) throw failed(version, fault, file);
    db.exec('COMMIT');
    return before;
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** The first schema lets a path stand there once for each first line. The newest row, which stands last, counts. */
function rebuildLogs(db: DatabaseSync): void {
  if (!tableNames(db).includes('logs')) return;
  db.exec(`ALTER TABLE logs RENAME TO warder_old_logs; DROP INDEX IF EXISTS logs_path;
    DROP INDEX IF EXISTS logs_jail_path; ${definitions}
    INSERT OR REPLACE INTO logs (jail, path, firstlinemd5, lastfilepos)
      SELECT jail, path, firstlinemd5, lastfilepos FROM warder_old_logs ORDER BY rowid;
    DROP TABLE warder_old_logs`);
}

/** Bans get a length and a count. */
function rebuildBans(db: DatabaseSync): void {
  if (!tableNames(db).includes('bans')) return;
  db.exec(`ALTER TABLE bans RENAME TO warder_old_bans; DROP INDEX IF EXISTS bans_jail_timeofban_ip;
    DROP INDEX IF EXISTS bans_jail_ip; DROP INDEX IF EXISTS bans_ip; ${definitions}
    INSERT INTO bans (jail, ip, timeofban, bantime, bancount, data)
      SELECT jail, ip, timeofban, ${unknownBanTime}, 1, data FROM warder_old_bans ORDER BY rowid;
    DROP TABLE warder_old_bans`);
}

/** The newest ban of each address in each jail is the one that may be in force. */
function fillBips(db: DatabaseSync): void {
  db.exec(`INSERT OR REPLACE INTO bips (ip, jail, timeofban, bantime, bancount, data)
    SELECT ip, jail, timeofban, bantime, bancount, data FROM bans WHERE ip IS NOT NULL ORDER BY timeofban, rowid`);
}

/** What the new tables must hold, counted in the old ones. */
function countsBefore(db: DatabaseSync): RowCounts {
  const tables = tableNames(db);
  const count = (table: string, what: string): number =>
    tables.includes(table) ? numberOf(db, `SELECT count(*) AS n FROM ${what}`) : 0;
  return {
    jails: count('jails', 'jails'),
    logs: count('logs', '(SELECT DISTINCT jail, path FROM logs)'),
    bans: count('bans', 'bans'),
    bips: tables.includes('bips')
      ? count('bips', 'bips')
      : count('bans', '(SELECT DISTINCT jail, ip FROM bans WHERE ip IS NOT NULL)'),
  };
}

/** On a connection of its own, which sees what is in the file. */
function proveOnDisk(file: string, expected: RowCounts, backup: string): void {
  let fault: string | undefined;
  try {
    const db = new DatabaseSync(file, { readOnly: true });
    try {
      fault = faultOf(db, expected);
    } finally {
      db.close();
    }
  } catch (error) {
    fault = describeError(error);
  }
  if (fault === undefined) return;
  throw new WarderError('STATE_MIGRATION', `the migrated database is not sound: ${fault}`, {
    file,
    hint: `the database as it was before is ${backup}; check the disk, and put that in its place`,
  });
}

/** What is wrong with a migrated database, if anything is. */
function faultOf(db: DatabaseSync, expected: RowCounts): string | undefined {
  for (const [table, rows] of Object.entries(expected)) {
    const found = numberOf(db, `SELECT count(*) AS n FROM ${table}`);
    if (found !== rows) return `table ${table} has ${found} rows in place of ${rows}`;
  }
  const verdict = String(db.prepare('PRAGMA integrity_check(1)').get()?.integrity_check ?? 'no answer');
  return verdict === 'ok' ? undefined : verdict;
}

function failed(version: number, fault: string, file: string): WarderError {
  return new WarderError(
    'STATE_MIGRATION',
    `cannot bring the database from version ${version} to version ${schemaVersion}: ${fault}`,
    { file, hint: 'it is as it was; set another dbfile, or start fail2ban 1.0 on it once' },
  );
}

function tableNames(db: DatabaseSync): string[] {
  return db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
    .all()
    .map(({ name }) => String(name));
}

function numberOf(db: DatabaseSync, sql: string): number {
  return Number(db.prepare(sql).get()?.n ?? 0);
}
