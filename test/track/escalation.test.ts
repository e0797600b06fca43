import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrackerBench } from '../support/tracking.ts';

const settings = { maxRetry: 1, escalateAfter: 3, findTimeSec: 600, banTimeSec: 3600 };

function attack(bench: TrackerBench, ...addresses: readonly string[]): string[] {
  for (const address of addresses) bench.fail(address);
  return bench.takeDecisions();
}

test('a network is banned once enough of its addresses were; their own bans stay', () => {
  const bench = new TrackerBench(settings);
  assert.deepEqual(attack(bench, '203.0.113.1', '203.0.113.2', '203.0.112.3'), [
    'ban 203.0.113.1 failure',
    'ban 203.0.113.2 failure',
    'ban 203.0.112.3 failure',
  ]);
  bench.takeLog();
  assert.deepEqual(attack(bench, '203.0.113.3'), ['ban 203.0.113.3 failure', 'ban 203.0.113.0/24 failure']);
  assert.deepEqual(bench.takeLog().slice(1), [
    'NOTICE fail2ban.actions [sshd] Ban 203.0.113.3',
    'INFO fail2ban.observer [sshd] Net 203.0.113.0/24 is bad: 3 addresses banned',
    'NOTICE fail2ban.actions [sshd] Ban 203.0.113.0/24',
  ]);
  assert.equal(bench.tracker.bans().at(-1)?.failures, 3);
  bench.clock.advance(3600);
  assert.equal(bench.tracker.status().currentlyBanned, 0, 'all of them end when it is time');
});

test('IPv6 escalates to /64, and to the prefix that the jail names', () => {
  const bench = new TrackerBench(settings);
  const decisions = attack(bench, '2001:db8::1', '2001:db8::2', '2001:db8::3');
  assert.equal(decisions.at(-1), 'ban 2001:db8::/64 failure');
  const wider = new TrackerBench({ ...settings, banPrefix6: 48 });
  const others = attack(wider, '2001:db8:0:1::1', '2001:db8:0:2::1', '2001:db8:0:3::1');
  assert.deepEqual(others.slice(2), ['ban 2001:db8:0:3::1 failure', 'ban 2001:db8::/48 failure']);
});

test('a prefix of a single address keeps that family from escalating', () => {
  const bench = new TrackerBench({ ...settings, banPrefix4: 32 });
  assert.equal(attack(bench, '203.0.113.1', '203.0.113.2', '203.0.113.3', '203.0.113.4').length, 4);
});

test('the same address again, bans by hand and bans longer ago than findtime do not add up', () => {
  const bench = new TrackerBench({ ...settings, banTimeSec: 10 });
  attack(bench, '203.0.113.1');
  bench.clock.advance(20);
  attack(bench, '203.0.113.1');
  bench.tracker.ban(['203.0.113.8', '203.0.113.9']);
  bench.clock.advance(590);
  attack(bench, '203.0.113.2');
  bench.clock.advance(20);
  assert.deepEqual(attack(bench, '203.0.113.3').at(-1), 'ban 203.0.113.3 failure');
  assert.deepEqual(attack(bench, '203.0.113.4').at(-1), 'ban 203.0.113.0/24 failure');
});

test('a network that holds an own address, a gateway or an ignored one is never banned, and the log says so', () => {
  for (const [net, ignoreIp] of [
    ['192.0.2', []],
    ['192.0.3', []],
    ['203.0.113', ['203.0.113.99']],
  ] as const) {
    const bench = new TrackerBench({ ...settings, ignoreIp });
    const decisions = attack(bench, `${net}.7`, `${net}.8`, `${net}.9`, `${net}.10`);
    assert.deepEqual(
      decisions.filter((decision) => decision.includes('/')),
      [],
    );
    const expected = `INFO fail2ban.observer [sshd] Net ${net}.0/24 is bad: 3 addresses banned, but holds an address of this host, its gateway or one of ignoreip`;
    assert.equal(bench.takeLog().filter((line) => line === expected).length, 1);
  }
});

test('bans that come back at a start count on', async () => {
  const bench = new TrackerBench(settings);
  attack(bench, '203.0.113.1', '203.0.113.2');
  const again = new TrackerBench(settings);
  await again.tracker.restore({ bans: bench.tracker.bans(), counts: [], parked: [] });
  again.takeDecisions();
  assert.equal(attack(again, '203.0.113.3').at(-1), 'ban 203.0.113.0/24 failure');
});

test('who was unbanned does not count any more', async () => {
  const bench = new TrackerBench(settings);
  attack(bench, '203.0.113.1', '203.0.113.2');
  await bench.tracker.unban(['203.0.113.1']);
  assert.equal(attack(bench, '203.0.113.3').at(-1), 'ban 203.0.113.3 failure');
  bench.tracker.unbanAll();
  assert.deepEqual(attack(bench, '203.0.113.4', '203.0.113.5').length, 4);
});
