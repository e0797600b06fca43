import type { DatabaseSync } from 'node:sqlite';
import { WarderError } from '../base/index.ts';

/** The version of fail2ban's schema that releases 0.11 to 1.1 use, and we. */
export const schemaVersion = 4;

/** Columns that we rely on, by table. */
const expectedColumns: Readonly<Record<string, readonly string[]>> = {
  fail2banDb: ['version'],
  jails: ['name', 'enabled'],
  logs: ['jail', 'path', 'firstlinemd5', 'lastfilepos'],
  bans: ['jail', 'ip', 'timeofban', 'bantime', 'bancount', 'data'],
  bips: ['ip', 'jail', 'timeofban', 'bantime', 'bancount', 'data'],
};

/** What every earlier version has; the rest is brought along by the migration. */
const earlierColumns: Readonly<Record<string, readonly string[]>> = {
  ...expectedColumns,
  bans: ['jail', 'ip', 'timeofban', 'data'],
};

/**
 * fail2ban's tables, so that it can open the file again, and beside them ours, which it does not look at. Ours go with
 * their jail, since fail2ban deletes jails that it no longer needs. What is there already stays as it is.
 */
export const definitions = `
CREATE TABLE IF NOT EXISTS fail2banDb (version INTEGER);
CREATE TABLE IF NOT EXISTS jails (
  name TEXT NOT NULL UNIQUE,
  enabled INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS jails_name ON jails (name);
CREATE TABLE IF NOT EXISTS logs (
  jail TEXT NOT NULL REFERENCES jails (name) ON DELETE CASCADE,
  path TEXT,
  firstlinemd5 TEXT,
  lastfilepos INTEGER DEFAULT 0,
  UNIQUE (jail, path),
  UNIQUE (jail, path, firstlinemd5)
);
CREATE INDEX IF NOT EXISTS logs_path ON logs (path);
CREATE INDEX IF NOT EXISTS logs_jail_path ON logs (jail, path);
CREATE TABLE IF NOT EXISTS bans (
  jail TEXT NOT NULL REFERENCES jails (name),
  ip TEXT,
  timeofban INTEGER NOT NULL,
  bantime INTEGER NOT NULL,
  bancount INTEGER NOT NULL DEFAULT 1,
  data JSON
);
CREATE INDEX IF NOT EXISTS bans_jail_timeofban_ip ON bans (jail, timeofban);
CREATE INDEX IF NOT EXISTS bans_jail_ip ON bans (jail, ip);
CREATE INDEX IF NOT EXISTS bans_ip ON bans (ip);
CREATE TABLE IF NOT EXISTS bips (
  ip TEXT NOT NULL,
  jail TEXT NOT NULL REFERENCES jails (name),
  timeofban INTEGER NOT NULL,
  bantime INTEGER NOT NULL,
  bancount INTEGER NOT NULL DEFAULT 1,
  data JSON,
  PRIMARY KEY (ip, jail)
);
CREATE INDEX IF NOT EXISTS bips_timeofban ON bips (timeofban);
CREATE INDEX IF NOT EXISTS bips_ip ON bips (ip);
CREATE TABLE IF NOT EXISTS warder_journal (
  jail TEXT PRIMARY KEY REFERENCES jails (name) ON DELETE CASCADE,
  cursor TEXT NOT NULL,
  time REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS warder_failures (
  jail TEXT NOT NULL REFERENCES jails (name) ON DELETE CASCADE,
  id TEXT NOT NULL,
  firsttime REAL NOT NULL,
  lasttime REAL NOT NULL,
  retry REAL NOT NULL,
  failures REAL NOT NULL,
  data BLOB,
  PRIMARY KEY (jail, id)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS warder_parked (
  jail TEXT NOT NULL REFERENCES jails (name) ON DELETE CASCADE,
  seq INTEGER NOT NULL,
  data BLOB NOT NULL,
  PRIMARY KEY (jail, seq)
) WITHOUT ROWID;
INSERT INTO fail2banDb (version) SELECT ${schemaVersion} WHERE NOT EXISTS (SELECT 1 FROM fail2banDb);
`;

/** What a file holds before we touch it; a number is an earlier version of fail2ban's schema. */
export type SchemaState = 'empty' | 'current' | number;

/**
 * Looks at the tables of an open file without changing it. Throws `STATE_SCHEMA_NEWER` or `STATE_FOREIGN` for a sound
 * file that is not ours to use, and `STATE_DAMAGED` for one that calls itself fail2ban's but is not.
 */
export function inspectSchema(db: DatabaseSync, file: string): SchemaState {
  const rows = db
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all();
  const tables = rows.map(({ name }) => String(name));
  if (tables.length === 0) return 'empty';
  const foreign = tables.filter((name) => !(name in expectedColumns) && !name.startsWith('warder_'));
  if (!tables.includes('fail2banDb') && foreign.length > 0) {
    throw new WarderError('STATE_FOREIGN', `this is the database of another program (table ${foreign[0]})`, {
      file,
      hint: 'set another dbfile',
    });
  }
  const version = tables.includes('fail2banDb') ? versionOf(db, file) : schemaVersion;
  const expected = version < schemaVersion ? earlierColumns : expectedColumns;
  for (const table of tables) checkColumns(db, table, expected[table] ?? [], file);
  return version === schemaVersion ? 'current' : version;
}

/** Creates what is missing of tables, indices and version, in one transaction. */
export function createSchema(db: DatabaseSync): void {
  db.exec(`BEGIN IMMEDIATE; ${definitions} COMMIT;`);
}

function versionOf(db: DatabaseSync, file: string): number {
  const version = db.prepare('SELECT version FROM fail2banDb LIMIT 1').get()?.version;
  // Without a row its creation was cut short; what is missing is created now.
  if (version === undefined) return schemaVersion;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    throw damaged(file, `its version is ${String(version)}`);
  if (version <= schemaVersion) return version;
  const found = `the database has version ${version}, this program knows version ${schemaVersion}`;
  throw new WarderError('STATE_SCHEMA_NEWER', found, {
    file,
    hint: 'use a newer release, or another dbfile',
  });
}

function checkColumns(db: DatabaseSync, table: string, expected: readonly string[], file: string): void {
  const columns = new Set(
    db
      .prepare('SELECT name FROM pragma_table_info(?)')
      .all(table)
      .map(({ name }) => name),
  );
  const missing = expected.find((column) => !columns.has(column));
  if (missing !== undefined) throw damaged(file, `table ${table} has no column ${missing}`);
}

function damaged(file: string, what: string): WarderError {
  return new WarderError('STATE_DAMAGED', `this is no sound fail2ban database: ${what}`, { file });
}
