import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ban } from '../../src/track/index.ts';
import { failure, lookupOf, TrackerBench } from '../support/tracking.ts';

function stored(id: string, timeSec: number, banTimeSec = 300): Ban {
  return { jail: 'sshd', id, timeSec, banTimeSec, banCount: 4, failures: 3, matches: ['x'], fields: {} };
}

test('restored bans come back with Restore Ban and their own end, and are not stored again', async () => {
  const bench = new TrackerBench();
  const bans = [stored('198.51.100.1', bench.nowSec - 100), stored('198.51.100.2', bench.nowSec - 400)];
  await bench.tracker.restore({ bans, counts: [], parked: [] });
  assert.deepEqual(bench.takeLog(), [
    'NOTICE fail2ban.actions [sshd] Restore Ban 198.51.100.1',
    'INFO fail2ban.actions [sshd] Ignore 198.51.100.2, expired bantime',
  ]);
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.1 restore']);
  assert.equal(bench.tracker.hasChanges, false);
  assert.equal(bench.tracker.bans()[0]?.banCount, 4);
  bench.clock.advance(200);
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.1 expired']);
});

test('bans of ids that are ignored today stay away; networks banned by hand come back however wide', async () => {
  const bench = new TrackerBench(
    { ignoreIp: ['203.0.113.0/24', 'admin.example.org'] },
    { lookup: lookupOf({ 'admin.example.org': ['198.51.100.9'] }) },
  );
  const ids = ['203.0.113.5', '198.51.100.9', '192.0.2.100', '192.0.2.0/24', '64.0.0.0/3'];
  const bans = ids.map((id) => stored(id, bench.nowSec));
  await bench.tracker.restore({ bans, counts: [], parked: [] });
  assert.deepEqual(bench.takeDecisions(), ['ban 192.0.2.0/24 restore', 'ban 64.0.0.0/3 restore']);
  assert.deepEqual(bench.takeLog().slice(0, 3), [
    'INFO fail2ban.filter [sshd] Ignore 203.0.113.5 by ip',
    'INFO fail2ban.filter [sshd] Ignore 198.51.100.9 by dns',
    'INFO fail2ban.filter [sshd] Ignore 192.0.2.100 by ignoreself rule',
  ]);
});

test('restored counts go on where they were', async () => {
  const before = new TrackerBench();
  before.fail('198.51.100.1', 2);
  const { counts } = before.tracker.takeChanges();
  const after = new TrackerBench();
  await after.tracker.restore({ bans: [], counts, parked: [] });
  after.fail('198.51.100.1');
  assert.deepEqual(after.takeDecisions(), ['ban 198.51.100.1 failure']);
  assert.deepEqual(after.tracker.takeChanges().dropped, ['198.51.100.1']);
});

test('changes hold each ban once and in order, with the counts that changed', () => {
  const bench = new TrackerBench();
  bench.fail('198.51.100.1', 3);
  bench.fail('198.51.100.2', 2);
  const changes = bench.tracker.takeChanges();
  assert.deepEqual(
    changes.records.map((record) => (record.kind === 'ban' ? record.ban.id : record.kind)),
    ['198.51.100.1'],
  );
  assert.deepEqual(
    changes.counts.map(({ id, retry }) => [id, retry]),
    [['198.51.100.2', 2]],
  );
  assert.equal(bench.tracker.hasChanges, false);
});

test('a kill between two batches loses no count and counts nothing twice', async () => {
  const times = Array.from({ length: 30 }, (_, n) => n);
  const whole = new TrackerBench({ maxRetry: 8 });
  for (const n of times) whole.tracker.observe([failure(`198.51.100.${n % 3}`, whole.nowSec)]);

  let counts = new TrackerBench().tracker.takeChanges().counts;
  const decided: string[] = [];
  for (const n of times) {
    // A new process for every batch, with what the last one had committed.
    const bench = new TrackerBench({ maxRetry: 8 });
    await bench.tracker.restore({ bans: [], counts, parked: [] });
    bench.tracker.observe([failure(`198.51.100.${n % 3}`, bench.nowSec)]);
    decided.push(...bench.takeDecisions());
    counts = bench.tracker.snapshot().counts;
  }
  assert.deepEqual(decided, whole.takeDecisions());
  assert.deepEqual(counts, whole.tracker.snapshot().counts);
});

test('the snapshot holds every ban and count, for a database that is made anew', () => {
  const bench = new TrackerBench();
  bench.fail('198.51.100.1', 3);
  bench.fail('198.51.100.2');
  bench.tracker.takeChanges();
  const snapshot = bench.tracker.snapshot();
  assert.equal(snapshot.records.length, 1);
  assert.equal(snapshot.counts.length, 1);
});
