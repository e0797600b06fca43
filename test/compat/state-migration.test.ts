import assert from 'node:assert/strict';
import { chmodSync, copyFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { fail2banLibrary, requireFail2ban } from '../support/fail2ban.ts';
import { runPython } from '../support/python.ts';
import { StoreBench, startSec, temporaryFolder } from '../support/storing.ts';

const migrateTheirs = `
from fail2ban.server.database import Fail2BanDb
db = Fail2BanDb(given)
db.close()
result = 0
`;

/** Early releases of 0.10 had version 3: lengths of bans, and no table of those in force. */
function addVersion3(file: string): void {
  const db = new DatabaseSync(file);
  db.exec(`ALTER TABLE bans ADD COLUMN bantime INTEGER NOT NULL DEFAULT 600;
    ALTER TABLE bans ADD COLUMN bancount INTEGER NOT NULL DEFAULT 1;
    UPDATE bans SET bantime = 1200, bancount = 2 WHERE rowid % 2; UPDATE fail2banDb SET version = 3;`);
  db.close();
}

/** More bans than the samples have: several of one address, in several jails. */
function addBans(file: string): void {
  const db = new DatabaseSync(file);
  db.exec("INSERT OR IGNORE INTO jails VALUES ('first', 1), ('second', 0)");
  const insert = db.prepare('INSERT INTO bans (jail, ip, timeofban, data) VALUES (?, ?, ?, ?)');
  for (let n = 0; n < 300; n += 1) {
    const ip = n % 7 === 0 ? `2001:db8::${n % 11}` : `192.0.2.${n % 40}`;
    insert.run(
      n % 3 === 0 ? 'first' : 'second',
      ip,
      startSec - ((n * 7919) % 5000),
      `{"failures": ${n % 9}}`,
    );
  }
  db.close();
}

for (const version of [1, 2, 3]) {
  test(`a database of version ${version} is migrated to the same rows as by fail2ban`, (t) => {
    if (!requireFail2ban(t)) return;
    const ours = new StoreBench(t);
    const sample = `${fail2banLibrary}/tests/files/database_v${Math.min(version, 2)}.db`;
    copyFileSync(sample, ours.file);
    chmodSync(ours.file, 0o600);
    addBans(ours.file);
    if (version === 3) addVersion3(ours.file);
    const theirs = `${temporaryFolder(t)}/theirs.sqlite3`;
    copyFileSync(ours.file, theirs);
    runPython(migrateTheirs, theirs);
    ours.opened().close();
    for (const [table, order] of [
      ['fail2banDb', 'version'],
      ['logs', 'jail, path'],
      ['bans', 'jail, ip, timeofban, data'],
      ['bips', 'ip, jail'],
    ] as const) {
      const select = `SELECT * FROM ${table} ORDER BY ${order}`;
      assert.deepEqual(ours.rows(select), rowsOf(theirs, select), table);
    }
    const names = 'SELECT name FROM jails ORDER BY name';
    assert.deepEqual(ours.rows(names), rowsOf(theirs, names));
    assert.ok(ours.rows('SELECT * FROM bips').length > 40);
  });
}

function rowsOf(file: string, select: string): unknown[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return db.prepare(select).all();
  } finally {
    db.close();
  }
}
