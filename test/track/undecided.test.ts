import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Lookup } from '../../src/track/index.ts';
import { failure, lookupOf, TrackerBench } from '../support/tracking.ts';

const names = lookupOf({
  'evil.example.org': ['198.51.100.1', '2001:db8::1'],
  'own.example.org': ['192.0.2.100'],
});

test('a host name counts for each of its addresses once they are known', async () => {
  const bench = new TrackerBench({ maxRetry: 1 }, { lookup: names });
  bench.tracker.observe([failure('evil.example.org', bench.nowSec, { unresolved: true })]);
  assert.deepEqual(bench.takeDecisions(), []);
  await bench.tracker.whenDecided();
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.1 failure', 'ban 2001:db8::1 failure']);
  assert.equal(
    bench.takeLog()[0],
    "WARNING fail2ban.ipdns Determined IP using DNS Lookup: evil.example.org = {'198.51.100.1', '2001:db8::1'}",
  );
});

test('usedns = yes resolves in silence, and no or raw never resolves', async () => {
  for (const useDns of ['yes', 'no', 'raw'] as const) {
    const bench = new TrackerBench({ maxRetry: 1, useDns }, { lookup: names });
    bench.tracker.observe([failure('evil.example.org', bench.nowSec, { unresolved: true })]);
    await bench.tracker.whenDecided();
    assert.equal(bench.takeDecisions().length, useDns === 'yes' ? 2 : 0);
    assert.ok(bench.takeLog().every((line) => !line.startsWith('WARNING')));
  }
});

test('a name that points at this host bans nobody', async () => {
  const bench = new TrackerBench({ maxRetry: 1 }, { lookup: names });
  bench.tracker.observe([failure('own.example.org', bench.nowSec, { unresolved: true })]);
  await bench.tracker.whenDecided();
  assert.deepEqual(bench.takeDecisions(), []);
});

test('a slow name holds up no other failure', async () => {
  let answer: (addresses: string[]) => void = () => undefined;
  const slow: Lookup = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  const bench = new TrackerBench({ maxRetry: 1 }, { lookup: slow });
  bench.tracker.observe([
    failure('slow.example.org', bench.nowSec, { unresolved: true }),
    failure('198.51.100.2', bench.nowSec),
  ]);
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.2 failure']);
  await new Promise(setImmediate);
  answer(['198.51.100.1']);
  await bench.tracker.whenDecided();
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.1 failure']);
});

test('the addresses of a name are told once, and again when they are others', async () => {
  let addresses = ['198.51.100.1'];
  const bench = new TrackerBench({ maxRetry: 9 }, { lookup: async () => addresses });
  const see = async (): Promise<number> => {
    bench.tracker.observe([failure('evil.example.org', bench.nowSec, { unresolved: true })]);
    await bench.tracker.whenDecided();
    return bench.takeLog().filter((line) => line.includes('Determined IP')).length;
  };
  assert.deepEqual([await see(), await see()], [1, 0]);
  bench.clock.advance(301);
  assert.equal(await see(), 0, 'the same after it was looked up anew');
  addresses = ['198.51.100.2'];
  bench.clock.advance(301);
  assert.equal(await see(), 1);
});

/** A name server that can be switched off. */
function mutableServer(found: readonly string[]) {
  const server = { alive: false, asked: 0 };
  const lookup: Lookup = async () => {
    server.asked++;
    if (!server.alive) throw Object.assign(new Error('away'), { code: 'EAI_AGAIN' });
    return found;
  };
  return { server, lookup };
}

/** Moves time ahead in steps, so that what waits for it can go on in between. */
async function advance(bench: TrackerBench, sec: number): Promise<void> {
  for (let step = 0; step < sec; step += 20) {
    bench.clock.advance(20);
    await new Promise(setImmediate);
  }
}

test('while no name server answers a failure waits, and counts when one does', async () => {
  const { server, lookup } = mutableServer(['198.51.100.1']);
  const bench = new TrackerBench({ maxRetry: 1, banTimeSec: 3600 }, { lookup });
  bench.tracker.observe([failure('evil.example.org', bench.nowSec, { unresolved: true })]);
  await advance(bench, 200);
  assert.deepEqual(bench.takeDecisions(), []);
  assert.equal(bench.tracker.snapshot().parked.length, 1);
  assert.ok(server.asked > 2 && server.asked < 8, `asked ${server.asked} times`);
  const complaints = bench.takeLog().filter((line) => line.includes('Unable to find'));
  assert.equal(complaints.length, 1, 'that nobody answers is said once for the name');
  server.alive = true;
  await advance(bench, 200);
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.1 failure']);
  assert.equal(bench.tracker.snapshot().parked.length, 0);
});

test('a failure waits for a name server no longer than it could count', async () => {
  const { server, lookup } = mutableServer(['198.51.100.1']);
  const bench = new TrackerBench({ maxRetry: 1, findTimeSec: 300 }, { lookup });
  bench.tracker.observe([failure('evil.example.org', bench.nowSec, { unresolved: true })]);
  await advance(bench, 600);
  server.alive = true;
  await advance(bench, 600);
  assert.deepEqual(bench.takeDecisions(), []);
  assert.equal(bench.tracker.snapshot().parked.length, 0);
  assert.ok(bench.takeLog().includes('INFO fail2ban.filter [sshd] No address in time for evil.example.org'));
});

test('names that nobody answers for, however many, keep no address from being banned', async () => {
  const bench = new TrackerBench(
    { maxRetry: 1, ignoreCommand: 'check' },
    {
      lookup: () => new Promise(() => undefined),
      limits: { maxUndecided: 3 },
      ignoreCheck: async () => 'no',
    },
  );
  const names = Array.from({ length: 50 }, (_, n) =>
    failure(`n${n}.example.org`, bench.nowSec, { unresolved: true }),
  );
  bench.tracker.observe([...names, failure('198.51.100.2', bench.nowSec)]);
  await new Promise(setImmediate);
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.2 failure']);
});

test('while names of ignoreip are looked up failures wait, and then count in their order', async () => {
  const bench = new TrackerBench(
    { maxRetry: 2, ignoreIp: ['admin.example.org'] },
    { lookup: lookupOf({ 'admin.example.org': ['198.51.100.9'] }) },
  );
  bench.fail('198.51.100.9', 2);
  bench.fail('198.51.100.1', 2);
  assert.deepEqual(bench.takeDecisions(), []);
  await bench.tracker.whenDecided();
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.1 failure']);
  bench.fail('198.51.100.2', 2);
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.2 failure']);
});

test('the ignore command is asked about each failure that the lists let pass; if it fails, the failure counts', async () => {
  const asked: string[] = [];
  const bench = new TrackerBench(
    { maxRetry: 1, ignoreCommand: '/bin/check <ip>', ignoreIp: ['198.51.100.1'] },
    {
      ignoreCheck: async ({ id }) => {
        asked.push(id);
        if (id === '198.51.100.4') throw new Error('exit 127');
        return id === '198.51.100.2' ? 'command' : 'no';
      },
    },
  );
  for (let n = 1; n <= 4; n++) bench.fail(`198.51.100.${n}`);
  await bench.tracker.whenDecided();
  assert.deepEqual(asked, ['198.51.100.2', '198.51.100.3', '198.51.100.4']);
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.3 failure', 'ban 198.51.100.4 failure']);
  const log = bench.takeLog();
  assert.ok(log.includes('INFO fail2ban.filter [sshd] Ignore 198.51.100.1 by ip'));
  assert.ok(log.includes('INFO fail2ban.filter [sshd] Ignore 198.51.100.2 by command'));
  assert.ok(log.includes('WARNING fail2ban.filter [sshd] The ignore command failed: exit 127'));
});

test('who is ignored by the lists never waits for the ignore command', () => {
  const bench = new TrackerBench(
    { ignoreCommand: 'check', ignoreIp: ['198.51.100.1'] },
    { ignoreCheck: () => assert.fail() },
  );
  bench.fail('198.51.100.1');
  assert.deepEqual(bench.takeLog(), ['INFO fail2ban.filter [sshd] Ignore 198.51.100.1 by ip']);
  assert.deepEqual(bench.tracker.takeChanges().parked, []);
});

test('that the ignore command said so before is no news for the log', async () => {
  const bench = new TrackerBench(
    { maxRetry: 1, ignoreCommand: 'check' },
    { ignoreCheck: async () => 'cached' },
  );
  bench.fail('198.51.100.1');
  await bench.tracker.whenDecided();
  assert.deepEqual([bench.takeLog(), bench.takeDecisions()], [[], []]);
});

test('failures that wait are bounded, and the log says so once', () => {
  const bench = new TrackerBench(
    {},
    { lookup: () => new Promise(() => undefined), limits: { maxUndecided: 2 } },
  );
  const unresolved = ['a', 'b', 'c', 'd'].map((id) => failure(id, bench.nowSec, { unresolved: true }));
  bench.tracker.observe(unresolved);
  assert.equal(bench.tracker.snapshot().parked.length, 2);
  assert.deepEqual(bench.takeLog(), [
    'WARNING fail2ban.filter [sshd] 2 failures wait for name lookups or the ignore command; new ones are dropped',
  ]);
});

test('a failure that waits is kept for the database until it is decided, so that a kill loses none', async () => {
  const held = new TrackerBench({ maxRetry: 1 }, { lookup: () => new Promise(() => undefined) });
  held.tracker.observe([failure('evil.example.org', held.nowSec, { unresolved: true })]);
  const { parked } = held.tracker.takeChanges();
  assert.equal(parked.length, 1);

  const next = new TrackerBench({ maxRetry: 1 }, { lookup: names });
  await next.tracker.restore({ bans: [], counts: [], parked });
  await next.tracker.whenDecided();
  assert.deepEqual(next.takeDecisions(), ['ban 198.51.100.1 failure', 'ban 2001:db8::1 failure']);
  assert.deepEqual(next.tracker.takeChanges().settled, [parked[0]!.seq]);
});

test('what was decided before the database saw it leaves no trace there', async () => {
  const bench = new TrackerBench({ maxRetry: 1 }, { lookup: names });
  bench.tracker.observe([failure('evil.example.org', bench.nowSec, { unresolved: true })]);
  await bench.tracker.whenDecided();
  const { parked, settled } = bench.tracker.takeChanges();
  assert.deepEqual([parked, settled], [[], []]);
});
