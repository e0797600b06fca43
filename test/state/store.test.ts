import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { test } from 'node:test';
import { ban, banned, changes, count, StoreBench, startSec, tenMinutes } from '../support/storing.ts';
import { failure } from '../support/tracking.ts';

test('bans, counts, undecided failures and positions come back as they were', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  const parked = { seq: 7, failure: failure('evil.example.org', startSec - 1, { unresolved: true }) };
  const file = { kind: 'file', path: '/var/log/auth.log', offset: 4711, firstLineHash: 'abc' } as const;
  const journal = { kind: 'journal', cursor: 's=1;i=2', timeSec: startSec - 0.5 } as const;
  const written = store.commit({
    positions: [
      { jail: 'sshd', position: file },
      { jail: 'sshd', position: journal },
    ],
    changes: [
      { ...banned(ban('198.51.100.1', { banCount: 3 })), counts: [count('198.51.100.2')], parked: [parked] },
    ],
  });
  assert.equal(written, true);
  store.close();
  store.open();
  assert.deepEqual(store.load('sshd', tenMinutes), {
    bans: [ban('198.51.100.1', { banCount: 3 })],
    counts: [count('198.51.100.2')],
    parked: [parked],
  });
  assert.deepEqual(store.positions('sshd'), [file, journal]);
});

test('the file and what lies beside it belong to their owner alone, before anything is in it', (t) => {
  const bench = new StoreBench(t);
  bench.opened().commit({ changes: [banned(ban('a'))] });
  for (const suffix of ['', '-wal', '-shm']) {
    assert.equal(statSync(bench.file + suffix).mode & 0o777, 0o600, suffix);
  }
});

test('the log says what fail2ban says', (t) => {
  const bench = new StoreBench(t);
  bench.opened().close();
  assert.deepEqual(bench.logger.lines, [
    "WARNING fail2ban.database New database created. Version '4'",
    `INFO fail2ban.database Connected to fail2ban persistent database '${bench.file}'`,
    'INFO fail2ban.database Connection to database closed.',
  ]);
});

test('a jail gets its own bans only', (t) => {
  const store = new StoreBench(t).opened();
  store.commit({ changes: [banned(ban('a')), banned(ban('b', { jail: 'web' }))] });
  assert.deepEqual(
    store.load('web', tenMinutes).bans.map(({ id }) => id),
    ['b'],
  );
});

test('today’s ban time is applied to stored bans', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  store.commit({
    changes: [
      banned(
        ban('forever', { banTimeSec: -1 }),
        ban('long', { banTimeSec: 5000 }),
        ban('old', { timeSec: startSec - 700, banTimeSec: 5000 }),
        ban('over', { timeSec: startSec - 400, banTimeSec: 300 }),
        ban('short', { banTimeSec: 60 }),
        ban('unknown', { banTimeSec: -2 }),
      ),
    ],
  });
  const load = (banTimeSec: number, maxTimeSec?: number): string[] => {
    const increment = maxTimeSec === undefined ? {} : { increment: { maxTimeSec } };
    const { bans } = store.load('sshd', { ...tenMinutes, banTimeSec, ...increment });
    return bans.map(({ id, banTimeSec: lengthSec }) => `${id} ${lengthSec}`);
  };
  assert.deepEqual(load(600), ['forever 600', 'long 600', 'short 60', 'unknown 600']);
  assert.deepEqual(load(-1), ['forever -1', 'long 5000', 'old 5000', 'short 60', 'unknown -1']);
  // With increments the maximum bounds them, not the ban time.
  assert.deepEqual(load(100, -1), ['forever -1', 'long 5000', 'old 5000', 'short 60', 'unknown 100']);
  assert.deepEqual(load(100, 800), ['forever 800', 'long 800', 'old 800', 'short 60', 'unknown 100']);
});

test('an unban by hand takes ban and history with it; expiry takes nothing', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  store.commit({ changes: [banned(ban('a'), ban('b'), ban('c'))] });
  store.commit({ changes: [changes({ records: [{ kind: 'forget', id: 'a' }] })] });
  assert.equal(store.bansOf('a').get('sshd'), undefined);
  assert.deepEqual(
    bench.rows('SELECT ip FROM bans').map(({ ip }) => ip),
    ['b', 'c'],
  );
  store.commit({ changes: [changes({ records: [{ kind: 'forget-all' }] })] });
  assert.deepEqual(bench.rows('SELECT ip FROM bips UNION ALL SELECT ip FROM bans'), []);
});

test('all bans of a jail are forgotten, and none of others', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  const left = (): string[] =>
    bench
      .rows('SELECT jail, ip FROM bips UNION ALL SELECT jail, ip FROM bans')
      .map(({ jail, ip }) => `${jail} ${ip}`)
      .sort();
  const forgetAll = (jail: string): void => {
    store.commit({ changes: [changes({ jail, records: [{ kind: 'forget-all' }] })] });
  };
  for (const jail of ['app', 'sshd', 'web']) {
    store.commit({ changes: [banned(ban('a', { jail }), ban('b', { jail }))] });
  }
  // The first, the last and the only one by name.
  forgetAll('app');
  assert.deepEqual(left(), ['sshd a', 'sshd a', 'sshd b', 'sshd b', 'web a', 'web a', 'web b', 'web b']);
  forgetAll('web');
  assert.deepEqual(left(), ['sshd a', 'sshd a', 'sshd b', 'sshd b']);
  forgetAll('other');
  assert.equal(left().length, 4);
  forgetAll('sshd');
  assert.deepEqual(left(), []);
});

test('ban and unban within one batch keep their order', (t) => {
  const store = new StoreBench(t).opened();
  const records = [
    { kind: 'ban', ban: ban('a') },
    { kind: 'forget', id: 'a' },
    { kind: 'forget', id: 'b' },
    { kind: 'ban', ban: ban('b') },
  ] as const;
  store.commit({ changes: [changes({ records })] });
  assert.deepEqual(
    store.load('sshd', tenMinutes).bans.map(({ id }) => id),
    ['b'],
  );
});

test('counts that are over, and failures that were decided, are gone', (t) => {
  const store = new StoreBench(t).opened();
  const parked = [1, 2].map((seq) => ({ seq, failure: failure(`name${seq}`, startSec) }));
  const old = count('old', { timeSec: startSec - 600 });
  store.commit({ changes: [changes({ counts: [count('a'), count('b'), old], parked })] });
  store.commit({ changes: [changes({ dropped: ['a'], settled: [1] })] });
  const memory = store.load('sshd', tenMinutes);
  assert.deepEqual(memory.counts, [count('b')]);
  assert.deepEqual(
    memory.parked.map(({ seq }) => seq),
    [2],
  );
});

test('dbmaxmatches bounds the stored matches, and the jail’s maxmatches the loaded ones', (t) => {
  const bench = new StoreBench(t, { maxMatches: 3 });
  const store = bench.opened();
  const matches = ['1', '2', '3', '4', '5'];
  store.commit({ changes: [banned(ban('a', { matches }))] });
  assert.deepEqual(store.load('sshd', tenMinutes).bans[0]?.matches, ['3', '4', '5']);
  assert.deepEqual(store.load('sshd', { ...tenMinutes, maxMatches: 1 }).bans[0]?.matches, ['5']);
  assert.deepEqual(store.load('sshd', { ...tenMinutes, maxMatches: 0 }).bans[0]?.matches, []);
  store.maxMatches = 0;
  store.commit({ changes: [banned(ban('b', { matches }))] });
  assert.deepEqual(store.load('sshd', tenMinutes).bans[1]?.matches, []);
});

test('the earlier bans of an id are known by jail, also what cannot be written yet', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  store.commit({
    changes: [
      banned(ban('a', { banCount: 2, timeSec: startSec - 50 })),
      banned(ban('a', { jail: 'web', banCount: 3, banTimeSec: 100 })),
    ],
  });
  const sshd = { banCount: 2, timeSec: startSec - 50, banTimeSec: 600 };
  assert.deepEqual(
    [...store.bansOf('a')],
    [
      ['sshd', sshd],
      ['web', { banCount: 3, timeSec: startSec, banTimeSec: 100 }],
    ],
  );
  assert.deepEqual([...store.bansOf('b')], []);
});

test('the bans of an id are merged into one, the newest matches last', (t) => {
  const store = new StoreBench(t, { maxMatches: 3 }).opened();
  store.commit({
    changes: [
      banned(
        ban('a', { timeSec: startSec - 20, matches: ['1', '2'], failures: 2 }),
        ban('a', { timeSec: startSec - 10, matches: ['3', '4'], failures: 5 }),
      ),
      banned(ban('a', { jail: 'web', timeSec: startSec - 5, matches: ['5'], failures: 1 })),
    ],
  });
  const merged = { timeSec: startSec - 20, failures: 7, matches: ['2', '3', '4'] };
  assert.deepEqual(store.merged('a', 'sshd'), merged);
  assert.deepEqual(store.merged('a'), { timeSec: startSec - 20, failures: 8, matches: ['3', '4', '5'] });
  assert.equal(store.merged('b'), undefined);
});

test('bans since a time are listed over all jails, oldest first', (t) => {
  const store = new StoreBench(t).opened();
  store.commit({
    changes: [
      banned(ban('b', { timeSec: startSec - 5 }), ban('a', { timeSec: startSec - 9 })),
      banned(ban('c', { jail: 'web', timeSec: startSec - 7 })),
    ],
  });
  assert.deepEqual(store.bansSince(startSec - 8), [
    { jail: 'web', id: 'c', timeSec: startSec - 7, byHand: false },
    { jail: 'sshd', id: 'b', timeSec: startSec - 5, byHand: false },
  ]);
});

test('a ban by hand is known as one, whatever a log line pretends', (t) => {
  const store = new StoreBench(t).opened();
  const forged = { matches: ['x "warder_by_hand":true x'], fields: { user: '"warder_by_hand":true' } };
  store.commit({ changes: [banned(ban('a', { byHand: true }), ban('b', forged))] });
  const found = store.bansSince(startSec - 100).map(({ id, byHand }) => [id, byHand]);
  assert.deepEqual(found.sort(), [
    ['a', true],
    ['b', false],
  ]);
});

test('opening marks all jails as not enabled, and starting jails mark themselves', (t) => {
  const store = new StoreBench(t).opened();
  store.enableJail('sshd');
  store.enableJail('web');
  store.disableJail('web');
  assert.deepEqual(
    [...store.jails()],
    [
      ['sshd', true],
      ['web', false],
    ],
  );
  store.close();
  store.open();
  assert.deepEqual(
    [...store.jails()],
    [
      ['sshd', false],
      ['web', false],
    ],
  );
});

test('a position is kept per jail and path, the newest', (t) => {
  const store = new StoreBench(t).opened();
  const position = (offset: number) =>
    ({ kind: 'file', path: '/var/log/a', offset, firstLineHash: '' }) as const;
  store.commit({ positions: [1, 2].map((offset) => ({ jail: 'sshd', position: position(offset) })) });
  store.commit({ positions: [{ jail: 'web', position: position(9) }] });
  assert.deepEqual(store.positions('sshd'), [position(2)]);
  assert.deepEqual(store.positions('web'), [position(9)]);
});

test('a journal position that fail2ban moved on has its time and no cursor', (t) => {
  const bench = new StoreBench(t);
  const store = bench.opened();
  const position = { kind: 'journal', cursor: 's=1', timeSec: startSec } as const;
  store.commit({ positions: [{ jail: 'sshd', position }] });
  bench.rows(`UPDATE logs SET lastfilepos = ${startSec + 60.5}`);
  assert.deepEqual(store.positions('sshd'), [{ kind: 'journal', cursor: '', timeSec: startSec + 60.5 }]);
});

test('a database in memory works like any other', (t) => {
  const store = new StoreBench(t, { file: ':memory:' }).opened();
  store.commit({ changes: [banned(ban('a'))] });
  assert.equal(store.load('sshd', tenMinutes).bans.length, 1);
  assert.equal(store.health().file, ':memory:');
});
