import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { StoreBench, startSec, tenMinutes } from '../support/storing.ts';

/** What the releases of the time created, as far as versions differ. */
const logsBy = {
  1: 'UNIQUE (jail, path)',
  2: 'UNIQUE (jail, path), UNIQUE (jail, path, firstlinemd5)',
  3: 'UNIQUE (jail, path), UNIQUE (jail, path, firstlinemd5)',
};
const lengths = 'bantime INTEGER NOT NULL, bancount INTEGER NOT NULL DEFAULT 1,';

type Version = keyof typeof logsBy;

function create(bench: StoreBench, version: Version, more = ''): void {
  const db = new DatabaseSync(bench.file);
  db.exec(`CREATE TABLE fail2banDb (version INTEGER); INSERT INTO fail2banDb VALUES (${version});
    CREATE TABLE jails (name TEXT NOT NULL UNIQUE, enabled INTEGER NOT NULL DEFAULT 1);
    CREATE INDEX jails_name ON jails (name);
    CREATE TABLE logs (jail TEXT NOT NULL, path TEXT, firstlinemd5 TEXT, lastfilepos INTEGER DEFAULT 0,
      FOREIGN KEY (jail) REFERENCES jails (name) ON DELETE CASCADE, ${logsBy[version]});
    CREATE INDEX logs_path ON logs (path); CREATE INDEX logs_jail_path ON logs (jail, path);
    CREATE TABLE bans (jail TEXT NOT NULL, ip TEXT, timeofban INTEGER NOT NULL, ${version < 3 ? '' : lengths}
      data JSON, FOREIGN KEY (jail) REFERENCES jails (name));
    CREATE INDEX bans_jail_timeofban_ip ON bans (jail, timeofban);
    CREATE INDEX bans_jail_ip ON bans (jail, ip); CREATE INDEX bans_ip ON bans (ip);
    INSERT INTO jails VALUES ('sshd', 1), ('idle', 0);
    INSERT INTO logs VALUES ('sshd', '/var/log/auth.log', 'abc', 4711), ('idle', '/var/log/other', NULL, 1);`);
  const insert = db.prepare(
    `INSERT INTO bans (jail, ip, timeofban, data${version < 3 ? '' : ', bantime'})
      VALUES (?, ?, ?, ?${version < 3 ? '' : ', 3600'})`,
  );
  const data = '{"matches": ["Nov 14 a line", ["", "Nov 14", " in parts"]], "failures": 4}';
  insert.run('sshd', '192.0.2.1', startSec - 100, data);
  insert.run('sshd', '192.0.2.1', startSec - 9000, '{"matches": [], "failures": 3}');
  insert.run('sshd', '2001:db8::1', startSec - 200, data);
  insert.run('sshd', null, startSec - 200, data);
  insert.run('sshd', '192.0.2.9', startSec - 100_000, 'no JSON');
  db.exec(more);
  db.close();
}

const besides = (bench: StoreBench): string[] => readdirSync(dirname(bench.file)).sort();

for (const version of [1, 2, 3] as const) {
  test(`a database of version ${version} is migrated with its bans, positions and jails`, (t) => {
    const bench = new StoreBench(t);
    create(bench, version);
    const store = bench.opened();
    const { bans } = store.load('sshd', tenMinutes);
    assert.deepEqual(
      bans.map(({ id, timeSec, banTimeSec, banCount, failures }) => [
        id,
        timeSec,
        banTimeSec,
        banCount,
        failures,
      ]),
      [
        ['192.0.2.1', startSec - 100, 600, 1, 4],
        ['2001:db8::1', startSec - 200, 600, 1, 4],
      ],
    );
    assert.deepEqual(bans[0]?.matches, ['Nov 14 a line', 'Nov 14 in parts']);
    assert.deepEqual(store.positions('sshd'), [
      { kind: 'file', path: '/var/log/auth.log', offset: 4711, firstLineHash: 'abc' },
    ]);
    assert.deepEqual(
      [...store.jails()],
      [
        ['idle', false],
        ['sshd', false],
      ],
    );
    assert.equal(store.enableJail('sshd'), true, 'it was running when the file was left');
    store.close();
    assert.equal(bench.rows('SELECT * FROM bans').length, 5);
    assert.deepEqual(
      bench.rows('SELECT version FROM fail2banDb').map(({ version: now }) => now),
      [4],
    );
    assert.deepEqual(besides(bench), ['fail2ban.sqlite3'], 'no copy is left');
    assert.deepEqual(bench.logged('WARNING'), [
      `WARNING fail2ban.database Database updated from '${version}' to '4'`,
    ]);
    store.open();
    assert.equal(bench.logged('WARNING').length, 1, 'once');
  });
}

test('a copy of the old file lies beside it, for its owner alone, while it is migrated', (t) => {
  const bench = new StoreBench(t);
  // A trigger that fails stands for anything that goes wrong in the midst of it.
  create(bench, 2);
  const seen: string[] = [];
  const log = bench.logger.log.bind(bench.logger);
  bench.logger.log = (level, name, text) => {
    if (text.startsWith('Upgrade database')) {
      for (const file of besides(bench).filter((one) => one.includes('.v2-'))) {
        const path = `${dirname(bench.file)}/${file}`;
        const copy = new DatabaseSync(path, { readOnly: true });
        const bans = copy.prepare('SELECT count(*) AS n FROM bans').get();
        copy.close();
        seen.push(`${file} ${(statSync(path).mode & 0o777).toString(8)} ${bans?.n}`);
      }
    }
    log(level, name, text);
  };
  bench.opened();
  assert.deepEqual(seen, ['fail2ban.sqlite3.v2-2023-11-14-221320 600 5']);
});

test('a migration that fails leaves the file as it was, and no copy', (t) => {
  const bench = new StoreBench(t);
  create(bench, 2, `CREATE VIEW bips AS SELECT * FROM bans`);
  const before = bench.rows('SELECT * FROM bans');
  assert.throws(() => bench.store.open(), { code: /STATE_(UNUSABLE|MIGRATION)/ });
  assert.deepEqual(bench.rows('SELECT * FROM bans'), before);
  assert.equal(bench.rows('SELECT version FROM fail2banDb')[0]?.version, 2);
  assert.deepEqual(besides(bench), ['fail2ban.sqlite3']);
});

test('an old database that another process holds is refused and left alone', (t) => {
  const bench = new StoreBench(t, { limits: { openTimeoutMs: 50 } });
  create(bench, 1);
  const before = readFileSync(bench.file);
  const other = new DatabaseSync(bench.file);
  other.exec('BEGIN IMMEDIATE');
  assert.throws(() => bench.store.open(), { code: 'STATE_LOCKED' });
  other.close();
  assert.deepEqual(readFileSync(bench.file), before);
  assert.deepEqual(besides(bench), ['fail2ban.sqlite3']);
});

test('of a damaged database of an earlier version what can be read is saved, with its bans', (t) => {
  const bench = new StoreBench(t);
  const fill = Array.from(
    { length: 3000 },
    (_, n) =>
      `INSERT INTO bans (jail, ip, timeofban, data) VALUES ('sshd', '203.0.${n >> 8}.${n & 255}', ${startSec}, '${'x'.repeat(200)}');`,
  ).join('');
  create(bench, 2, `BEGIN; ${fill} COMMIT`);
  const bytes = readFileSync(bench.file);
  bytes.fill(0x5a, Math.floor(bytes.length * 0.6), Math.floor(bytes.length * 0.6) + 20_000);
  writeFileSync(bench.file, bytes);
  const { bans } = bench.opened().load('sshd', tenMinutes);
  assert.ok(bans.length > 500, `${bans.length}`);
  assert.match(bench.logged('ERROR')[0]!, /is damaged/);
});
