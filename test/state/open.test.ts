import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { WarderError } from '../../src/base/index.ts';
import { ban, banned, StoreBench, tenMinutes } from '../support/storing.ts';

/** Makes a database of its own at the bench's path. */
function prepare(bench: StoreBench, sql: string): void {
  const db = new DatabaseSync(bench.file);
  db.exec(sql);
  db.close();
}

function refusal(bench: StoreBench): string {
  try {
    bench.store.open();
  } catch (error) {
    assert.ok(error instanceof WarderError);
    assert.equal(error.file, bench.file);
    return error.code;
  }
  return 'opened';
}

const besides = (bench: StoreBench): string[] => readdirSync(dirname(bench.file)).sort();

/** Its tables hold so much that a damage in the middle leaves much to save. */
function fill(bench: StoreBench, bans: number): void {
  const store = bench.opened();
  const ids = Array.from({ length: bans }, (_, n) => `198.51.${n >> 8}.${n & 255}`);
  store.commit({
    changes: [banned(...ids.map((id) => ban(id, { matches: ['x'.repeat(200)] })))],
    positions: [
      { jail: 'sshd', position: { kind: 'file', path: '/var/log/a', offset: 5, firstLineHash: '' } },
    ],
  });
  store.close();
}

test('a file that is no database is set aside under a new name, said in the log, and a new one made', (t) => {
  const bench = new StoreBench(t);
  writeFileSync(bench.file, 'this is no database at all, whatever its name says'.repeat(100));
  bench.opened().commit({ changes: [banned(ban('a'))] });
  const aside = besides(bench).find((name) => name.includes('.damaged-'))!;
  assert.equal(aside, 'fail2ban.sqlite3.damaged-2023-11-14-221320');
  assert.match(readFileSync(join(dirname(bench.file), aside), 'utf8'), /^this is no database/);
  const errors = bench.logged('ERROR');
  assert.match(errors[0]!, /is damaged: file is not a database/);
  assert.ok(errors[1]!.includes(aside));
  assert.equal(bench.store.load('sshd', tenMinutes).bans.length, 1);
  assert.equal(statSync(bench.file).mode & 0o777, 0o600);
});

test('of a damaged database what can be read is saved', (t) => {
  const first = new StoreBench(t);
  fill(first, 2000);
  const bytes = readFileSync(first.file);
  bytes.fill(0x5a, Math.floor(bytes.length * 0.9), Math.floor(bytes.length * 0.9) + 20_000);
  writeFileSync(first.file, bytes);

  const second = new StoreBench(t, { file: first.file });
  second.opened();
  assert.ok(second.logged('ERROR')[0]!.includes('is damaged'), second.logger.lines.join('\n'));
  assert.ok(second.store.load('sshd', tenMinutes).bans.length > 500);
  assert.equal(second.store.positions('sshd').length, 1);
});

test('set aside twice within a second, both files are kept', (t) => {
  const bench = new StoreBench(t);
  for (let n = 0; n < 2; n++) {
    writeFileSync(bench.file, 'no database'.repeat(500));
    bench.opened().close();
  }
  assert.equal(besides(bench).filter((name) => name.includes('.damaged-')).length, 2);
});

test('a database that only calls itself fail2ban’s is set aside', (t) => {
  const bench = new StoreBench(t);
  prepare(
    bench,
    'CREATE TABLE fail2banDb (version); INSERT INTO fail2banDb VALUES (4); CREATE TABLE bips (x)',
  );
  bench.opened();
  assert.match(bench.logged('ERROR')[0]!, /table bips has no column ip/);
});

test('what is missing of a half-made database is made', (t) => {
  const bench = new StoreBench(t);
  prepare(bench, 'CREATE TABLE fail2banDb (version INTEGER)');
  bench.opened().commit({ changes: [banned(ban('a'))] });
  assert.equal(bench.rows('SELECT version FROM fail2banDb')[0]?.version, 4);
  assert.deepEqual(bench.logged('ERROR'), []);
});

test('a newer and a foreign database are refused and stay as they are', (t) => {
  const cases = {
    STATE_SCHEMA_NEWER: 'CREATE TABLE fail2banDb (version INTEGER); INSERT INTO fail2banDb VALUES (5)',
    STATE_FOREIGN: 'CREATE TABLE customers (name TEXT)',
  };
  for (const [code, sql] of Object.entries(cases)) {
    const bench = new StoreBench(t);
    prepare(bench, sql);
    const before = readFileSync(bench.file);
    assert.equal(refusal(bench), code);
    assert.deepEqual(readFileSync(bench.file), before, code);
    assert.deepEqual(besides(bench), ['fail2ban.sqlite3']);
  }
});

test('what is no file, or lies where nothing can be made, is refused', (t) => {
  const folder = new StoreBench(t);
  mkdirSync(folder.file);
  assert.equal(refusal(folder), 'STATE_UNUSABLE');
  const nowhere = new StoreBench(t, { file: '/proc/none/fail2ban.sqlite3' });
  assert.equal(refusal(nowhere), 'STATE_UNUSABLE');
});

test('a missing folder is made, and the mode of an existing file is left alone', (t) => {
  const bench = new StoreBench(t);
  const deep = new StoreBench(t, { file: join(dirname(bench.file), 'a/b/fail2ban.sqlite3') });
  deep.opened();
  fill(bench, 1);
  chmodSync(bench.file, 0o640);
  bench.opened();
  assert.equal(statSync(bench.file).mode & 0o777, 0o640);
});

test('parts of a file that is gone are not taken for parts of the new one', (t) => {
  const bench = new StoreBench(t);
  writeFileSync(`${bench.file}-wal`, 'left over');
  writeFileSync(`${bench.file}-journal`, 'left over');
  bench.opened().commit({ changes: [banned(ban('a'))] });
  assert.equal(bench.store.load('sshd', tenMinutes).bans.length, 1);
  assert.ok(!besides(bench).includes('fail2ban.sqlite3-journal'));
});

test('reading and writing need an open database', (t) => {
  const bench = new StoreBench(t);
  assert.throws(() => bench.store.positions('sshd'), { code: 'STATE_UNREADABLE' });
  assert.equal(bench.store.commit({ changes: [banned(ban('a'))] }), false);
  bench.opened();
  assert.equal(bench.store.commit({}), true);
  assert.equal(bench.store.load('sshd', tenMinutes).bans.length, 1);
});
