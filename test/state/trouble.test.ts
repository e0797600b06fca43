import assert from 'node:assert/strict';
import { readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import type { TrackChanges } from '../../src/track/index.ts';
import { ban, banned, changes, count, StoreBench, tenMinutes } from '../support/storing.ts';

/** Another process that holds the file. */
function lock(t: TestContext, bench: StoreBench): DatabaseSync {
  const other = new DatabaseSync(bench.file);
  other.exec('BEGIN IMMEDIATE');
  t.after(() => {
    if (other.isOpen) other.close();
  });
  return other;
}

const idsIn = (bench: StoreBench): unknown[] =>
  bench.rows('SELECT ip FROM bips ORDER BY ip').map(({ ip }) => ip);

test('while another process holds the file changes wait, and are written in one piece afterwards', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  const other = lock(t, bench);
  assert.equal(store.commit({ changes: [{ ...banned(ban('a'), ban('b')), counts: [count('c')] }] }), false);
  const records = [{ kind: 'forget', id: 'a' }] as const;
  assert.equal(
    store.commit({ changes: [changes({ records, dropped: ['c'], counts: [count('d')] })] }),
    false,
  );
  assert.match(store.health().trouble!, /another process holds the database/);
  assert.equal(store.health().waiting, 3);
  other.exec('ROLLBACK');
  bench.clock.advance(1);
  assert.deepEqual(idsIn(bench), ['b']);
  assert.deepEqual(
    store.load('sshd', tenMinutes).counts.map(({ id }) => id),
    ['d'],
  );
  assert.deepEqual(store.health(), { file: bench.file, waiting: 0 });
  assert.equal(bench.logged('ERROR').length, 1);
  assert.match(bench.logged('NOTICE')[0]!, /is written again/);
});

test('tries are spaced out, so that a held file does not stop the daemon again and again', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  lock(t, bench);
  store.commit({ changes: [banned(ban('a'))] });
  const before = performance.now();
  for (let n = 0; n < 1000; n++) store.commit({ changes: [banned(ban(`b${n}`))] });
  assert.ok(performance.now() - before < 100, 'each commit waited for the lock');
});

test('what waits is bounded, and the log says what was lost', (t) => {
  const bench = new StoreBench(t, { limits: { maxWaiting: 10 } });
  const store = bench.opened();
  const other = lock(t, bench);
  for (let n = 10; n < 25; n++) store.commit({ changes: [banned(ban(`id${n}`))] });
  assert.ok(store.health().waiting <= 10);
  assert.match(bench.logged('ERROR').at(-1)!, /bans and unbans were not stored, too many wait/);
  other.exec('ROLLBACK');
  bench.clock.advance(60);
  assert.ok(idsIn(bench).includes('id24'));
});

test('closing tries once more, and says whether something is lost', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  const other = lock(t, bench);
  store.commit({ changes: [banned(ban('a'))] });
  other.exec('ROLLBACK');
  assert.equal(store.close(), true);
  assert.deepEqual(idsIn(bench), ['a']);

  store.open();
  lock(t, bench);
  store.commit({ changes: [banned(ban('b'))] });
  assert.equal(store.close(), false);
});

test('opening a file that is held fails with a clear error', (t) => {
  const bench = new StoreBench(t, { limits: { openTimeoutMs: 50 } });
  bench.opened().close();
  const other = new DatabaseSync(bench.file);
  other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT; BEGIN EXCLUSIVE');
  assert.throws(() => bench.store.open(), { code: 'STATE_LOCKED' });
  other.close();
});

test('a row that the database refuses does not hold up the others', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  const bad = ban('bad', { timeSec: Number.NaN });
  assert.equal(store.commit({ changes: [banned(ban('a'), bad, ban('b'))] }), true);
  assert.deepEqual(idsIn(bench), ['a', 'b']);
  assert.match(bench.logged('ERROR')[0]!, /refused 2 rows/);
});

/** A store that can ask for what the jails know. */
function remembering(t: TestContext): { bench: StoreBench; known: TrackChanges[] } {
  const known: TrackChanges[] = [];
  return { bench: new StoreBench(t, { remember: () => known }), known };
}

const position = { kind: 'file', path: '/var/log/a', offset: 9, firstLineHash: '' } as const;

test('a file deleted under the running daemon is made again with all that it held', (t) => {
  const { bench, known } = remembering(t);
  const store = bench.opened();
  const over = ban('over', { timeSec: 1_699_000_000 });
  store.commit({ changes: [banned(ban('a'), over)], positions: [{ jail: 'sshd', position }] });
  known.push({ ...banned(ban('a'), ban('b')), counts: [count('c')] });
  rmSync(bench.file);
  bench.clock.advance(11);
  assert.equal(store.commit({ changes: [banned(ban('b'))] }), true);
  assert.deepEqual(idsIn(bench), ['a', 'b', 'over']);
  assert.equal(bench.rows('SELECT * FROM bans').length, 3);
  assert.equal(statSync(bench.file).mode & 0o777, 0o600);
  assert.match(bench.logged('WARNING')[1]!, /was deleted; going on with a new one/);
  store.close();
  store.open();
  assert.deepEqual(store.positions('sshd'), [position]);
  assert.deepEqual(
    store.load('sshd', tenMinutes).counts.map(({ id }) => id),
    ['c'],
  );
});

test('a file that was replaced by another is used, and told what is in force', (t) => {
  const { bench, known } = remembering(t);
  const store = bench.opened();
  store.commit({ changes: [banned(ban('a'))], positions: [{ jail: 'sshd', position }] });
  known.push(banned(ban('a')));
  const other = new StoreBench(t);
  other.opened().commit({ changes: [banned(ban('theirs'))] });
  other.store.close();
  renameSync(other.file, bench.file);
  bench.clock.advance(11);
  store.commit({ changes: [banned(ban('b'))] });
  store.close();
  assert.deepEqual(idsIn(bench), ['a', 'b', 'theirs']);
  store.open();
  assert.deepEqual(store.positions('sshd'), [position]);
});

test('a file that gets damaged while in use is set aside, and the new one is told what is in force', (t) => {
  const { bench, known } = remembering(t);
  const store = bench.opened();
  // More than SQLite keeps in memory, so that the damage is met.
  const matches = ['x'.repeat(2000)];
  store.commit({ changes: [banned(...Array.from({ length: 3000 }, (_, n) => ban(`id${n}`, { matches })))] });
  known.push({ ...banned(ban('a')), counts: [count('c')] });
  store.close();
  store.open();
  writeFileSync(bench.file, Buffer.alloc(statSync(bench.file).size, 0x5a), { flag: 'r+' });
  assert.equal(store.load('sshd', tenMinutes).bans.length, 1);
  assert.equal(store.commit({ changes: [banned(ban('b'))] }), true);
  assert.deepEqual(idsIn(bench), ['a', 'b']);
  assert.deepEqual(
    store.load('sshd', tenMinutes).counts.map(({ id }) => id),
    ['c'],
  );
  assert.ok(readdirSync(dirname(bench.file)).some((name) => name.includes('.damaged-')));
});
