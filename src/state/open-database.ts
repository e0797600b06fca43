import { rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { type Clock, describeError, escapeControl, type Logger, WarderError } from '../base/index.ts';
import { migrate } from './migrate.ts';
import { salvage } from './salvage.ts';
import { createSchema, inspectSchema } from './schema.ts';
import { createFile, setAside } from './set-aside.ts';
import { troubleOf } from './sqlite-errors.ts';

export interface OpenParts {
  /** Path, or `:memory:`. */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long opening waits for another process that holds the file. */
  readonly openTimeoutMs: number;
  /** A database in memory begins with what can be read of this file. */
  readonly seedFile?: string | undefined;
}

/** How long a statement waits later on: the main thread waits with it, and what fails is tried again anyway. */
const busyTimeoutMs = 100;

/** A file up to this size is checked from end to end when it is opened. */
const quickCheckBytes = 64 * 1024 * 1024;

/**
 * Opens the database, creating it where there is none. A damaged file is set aside under a new name, what can be read of
 * it goes into a new one, and the log says so. One of an earlier schema is migrated. Throws `STATE_LOCKED`, `STATE_UNUSABLE`,
 * `STATE_SCHEMA_NEWER`, `STATE_MIGRATION` or `STATE_FOREIGN`; the file is untouched then.
 */
export function openDatabase(parts: OpenParts): DatabaseSync {
  const { file, logger } = parts;
  const created = file !== ':memory:' && createFile(file);
  try {
    const db = connect(parts);
    if (created || file === ':memory:') {
      logger.log('WARNING', 'fail2ban.database', "New database created. Version '4'");
    }
    logger.log('INFO', 'fail2ban.database', `Connected to fail2ban persistent database '${file}'`);
    return db;
  } catch (error) {
    if (!isDamaged(error)) throw meaningOf(error, file);
    return replaceDamaged(parts, describeError(error));
  }
}

/** Sets the file aside and opens a new one with what could be saved. The old one must be closed. */
export function replaceDamaged(parts: OpenParts, reason: string): DatabaseSync {
  const { file, clock, logger } = parts;
  const log = (text: string): void => logger.log('ERROR', 'fail2ban.database', text);
  log(`Database '${file}' is damaged: ${escapeControl(reason)}`);
  try {
    const aside = setAside(file, clock.nowSec());
    createFile(file);
    const db = connect(parts);
    const rows = salvage(aside, db);
    log(`Set the damaged database aside as '${aside}'; made a new one and saved ${rows} rows`);
    return db;
  } catch (error) {
    throw meaningOf(error, file);
  }
}

/**
 * Writes a copy of an open database to its path, where its file is gone. Does nothing more than that if it cannot: the
 * file is opened anew then.
 */
export function copyBack(db: DatabaseSync, file: string): void {
  createFile(file);
  try {
    db.prepare('VACUUM INTO ?').run(file);
  } catch (error) {
    // Half a copy would be taken for a damaged file.
    rmSync(file, { force: true });
    throw meaningOf(error, file);
  }
}

function connect(parts: OpenParts): DatabaseSync {
  const { file, openTimeoutMs } = parts;
  const db = new DatabaseSync(file, { timeout: openTimeoutMs });
  try {
    db.exec('PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY');
    // Look before any change, so that a file that is not ours stays as it is.
    const state = inspectSchema(db, file);
    if (state === 'empty') db.exec('PRAGMA auto_vacuum = INCREMENTAL');
    checkSoundness(db, file);
    if (typeof state === 'number') migrate(db, state, parts);
    configure(db);
    createSchema(db);
    if (state === 'empty' && parts.seedFile !== undefined) salvage(parts.seedFile, db);
    db.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/**
 * Write-ahead log, synced at checkpoints only. A killed process loses nothing: what was committed is in the kernel's
 * hands. A power failure may lose the newest transactions, but as positions, counts and bans share them, they go back
 * to one moment together, and the lines since then are read and counted again. In return a commit costs no disk flush
 * on the thread that bans. Where the file system cannot do it (some network ones), SQLite keeps its rollback journal.
 */
function configure(db: DatabaseSync): void {
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 4194304');
  db.exec('PRAGMA foreign_keys = ON');
}

function checkSoundness(db: DatabaseSync, file: string): void {
  const pages = Number(db.prepare('PRAGMA page_count').get()?.page_count ?? 0);
  const pageBytes = Number(db.prepare('PRAGMA page_size').get()?.page_size ?? 0);
  if (pages * pageBytes > quickCheckBytes) return;
  const verdict = String(db.prepare('PRAGMA quick_check(1)').get()?.quick_check ?? 'ok');
  if (verdict !== 'ok') throw new WarderError('STATE_DAMAGED', verdict, { file });
}

function isDamaged(error: unknown): boolean {
  return error instanceof WarderError ? error.code === 'STATE_DAMAGED' : troubleOf(error) === 'damaged';
}

/** The error for people. */
export function meaningOf(error: unknown, file: string): WarderError {
  if (error instanceof WarderError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (troubleOf(error) === 'busy') {
    return new WarderError('STATE_LOCKED', 'another process holds the database', {
      file,
      hint: 'end the other server or tool that uses it',
      cause: error,
    });
  }
  return new WarderError('STATE_UNUSABLE', `cannot use the database: ${reason}`, {
    file,
    hint: 'check its owner, its permissions and the space on the disk, or set another dbfile',
    cause: error,
  });
}
