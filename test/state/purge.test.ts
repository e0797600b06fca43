import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { ban, banned, changes, count, StoreBench, startSec, tenMinutes } from '../support/storing.ts';

const day = 86_400;
const old = startSec - day - 1;

/** Runs a purge to its end, moving the clock along for its pauses. */
async function purge(bench: StoreBench): Promise<void> {
  let done = false;
  void bench.store.purge().then(() => {
    done = true;
  });
  while (!done) {
    bench.clock.advance(0.01);
    await new Promise(setImmediate);
  }
}

test('bans older than dbpurgeage go; known ids stay until three times their ban time is over', async (t) => {
  const bench = new StoreBench(t);
  bench.opened().commit({
    changes: [
      banned(
        ban('young'),
        ban('over', { timeSec: old - 2000 }),
        ban('twice', { timeSec: old - 2 * day, banTimeSec: day }),
        ban('thrice', { timeSec: old - 3 * day, banTimeSec: day }),
        ban('forever', { timeSec: old, banTimeSec: -1 }),
      ),
    ],
  });
  await purge(bench);
  const ids = (table: string): unknown[] =>
    bench.rows(`SELECT ip FROM ${table} ORDER BY ip`).map(({ ip }) => ip);
  assert.deepEqual(ids('bans'), ['young']);
  assert.deepEqual(ids('bips'), ['forever', 'twice', 'young']);
});

test('jails that are not enabled and have no bans go, with all that is stored of them', async (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  const position = { kind: 'file', path: '/var/log/a', offset: 9, firstLineHash: '' } as const;
  for (const jail of ['gone', 'kept', 'running']) {
    store.commit({
      positions: [{ jail, position }],
      changes: [changes({ jail, counts: [count('a', { timeSec: old })] })],
    });
    if (jail !== 'running') store.disableJail(jail);
  }
  store.commit({ changes: [banned(ban('a', { jail: 'kept' }))] });
  await purge(bench);
  assert.deepEqual([...store.jails().keys()], ['kept', 'running']);
  assert.deepEqual(
    bench.rows('SELECT jail FROM logs ORDER BY jail').map(({ jail }) => jail),
    ['kept', 'running'],
  );
  assert.deepEqual(
    bench.rows('SELECT jail FROM warder_failures').map(({ jail }) => jail),
    ['running'],
  );
});

test('it happens by itself, ten minutes after the start and then every hour', async (t) => {
  const bench = new StoreBench(t, { purgeAgeSec: 1000 });
  bench
    .opened()
    .commit({ changes: [banned(ban('a', { timeSec: startSec - 500 }), ban('b', { timeSec: old }))] });
  const left = async (afterSec: number): Promise<number> => {
    bench.clock.advance(afterSec);
    await purge(bench);
    return bench.rows('SELECT * FROM bans').length;
  };
  // A purge that is asked for does the same, so look first.
  bench.clock.advance(599);
  assert.equal(bench.rows('SELECT * FROM bans').length, 2);
  bench.clock.advance(1);
  for (let n = 0; n < 30; n++) {
    await new Promise(setImmediate);
    bench.clock.advance(0.01);
  }
  assert.equal(bench.rows('SELECT * FROM bans').length, 0);
  assert.equal(await left(1), 0);
});

test('space is given back to the disk', async (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  const matches = ['x'.repeat(1000)];
  store.commit({
    changes: [
      banned(...Array.from({ length: 3000 }, (_, n) => ban(`id${n}`, { timeSec: old - 1e6, matches }))),
    ],
  });
  const size = (): number => {
    store.close();
    const { size: bytes } = statSync(bench.file);
    store.open();
    return bytes;
  };
  assert.ok(size() > 6_000_000);
  await purge(bench);
  assert.ok(size() < 500_000);
});

test('a database that fail2ban made is rebuilt once so that it can give back space', async (t) => {
  const bench = new StoreBench(t);
  bench.opened().close();
  const db = new DatabaseSync(bench.file);
  db.exec('PRAGMA journal_mode = DELETE; PRAGMA auto_vacuum = NONE; VACUUM; CREATE TABLE warder_fill (x)');
  db.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    INSERT INTO warder_fill SELECT randomblob(1000) FROM n; DELETE FROM warder_fill`);
  db.close();
  bench.opened();
  await purge(bench);
  bench.store.close();
  assert.ok(statSync(bench.file).size < 200_000);
  assert.equal(bench.rows('PRAGMA auto_vacuum')[0]?.auto_vacuum, 2);
});

test('too big a file loses its oldest history before dbpurgeage, never a ban in force', async (t) => {
  const bench = new StoreBench(t, { limits: { maxFileBytes: 1_000_000 } });
  const matches = ['x'.repeat(1000)];
  const ended = Array.from({ length: 2500 }, (_, n) => ban(`id${n}`, { timeSec: startSec - 700, matches }));
  bench
    .opened()
    .commit({ changes: [banned(ban('forever', { banTimeSec: -1, timeSec: startSec - 800 }), ...ended)] });
  await purge(bench);
  assert.match(bench.logged('WARNING').at(-1)!, /too big: purged \d+ rows before dbpurgeage/);
  const { bans } = bench.store.load('sshd', { ...tenMinutes, banTimeSec: -1 });
  assert.deepEqual(
    bans.map(({ id }) => id),
    ['forever'],
  );
});
