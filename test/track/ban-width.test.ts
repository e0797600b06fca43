import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { contains, parseIp } from '../../src/base/index.ts';
import { BanTimeIncrement } from '../../src/track/index.ts';
import { failure, TrackerBench } from '../support/tracking.ts';

const wide = { banPrefix4: 24, banPrefix6: 64 };

test('without prefixes single addresses are counted, of both families', () => {
  const bench = new TrackerBench();
  for (const last of [1, 2, 3]) {
    bench.fail(`203.0.113.${last}`);
    bench.fail(`2001:db8::${last}`);
  }
  assert.deepEqual(bench.takeDecisions(), []);
  assert.equal(bench.tracker.status().currentlyFailed, 6);
});

test('with prefixes addresses of one network count together, and the network is banned', () => {
  const bench = new TrackerBench(wide);
  for (const last of [7, 8, 9]) bench.fail(`2001:db8:1:2::${last}`);
  for (const last of [7, 8, 9]) bench.fail(`203.0.113.${last}`);
  assert.deepEqual(bench.takeDecisions(), ['ban 2001:db8:1:2::/64 failure', 'ban 203.0.113.0/24 failure']);
  const log = bench.takeLog();
  assert.match(log[0]!, /Found 2001:db8:1:2::7 - /, 'who it was stands in the log');
  assert.equal(log[3], 'NOTICE fail2ban.actions [sshd] Ban 2001:db8:1:2::/64');
  assert.equal(log.at(-1), 'NOTICE fail2ban.actions [sshd] Ban 203.0.113.0/24');
  bench.fail('203.0.113.77', 3);
  assert.deepEqual(bench.takeDecisions(), [], 'the rest of the network is banned already');
});

test('a prefix of one family leaves the other as it is', () => {
  const bench = new TrackerBench({ banPrefix6: 64 });
  bench.fail('203.0.113.7', 3);
  bench.fail('2001:db8::7', 3);
  assert.deepEqual(bench.takeDecisions(), ['ban 203.0.113.7 failure', 'ban 2001:db8::/64 failure']);
});

test('names and other ids count as they stand', () => {
  const bench = new TrackerBench(wide);
  bench.fail('root', 3);
  assert.deepEqual(bench.takeDecisions(), ['ban root failure']);
});

test('ignored addresses within a network do not count towards it', () => {
  const bench = new TrackerBench({ ...wide, ignoreIp: ['198.51.100.7'] });
  bench.fail('198.51.100.7', 3);
  assert.deepEqual(bench.takeDecisions(), []);
  assert.match(bench.takeLog()[0]!, /Ignore 198\.51\.100\.7 by ip/);
});

for (const [what, attackers, settings] of [
  ['an address of this host', ['192.0.2.7', '192.0.2.8'], {}],
  ['a gateway', ['192.0.3.7', '192.0.3.8'], {}],
  ['an ignored address', ['203.0.113.7', '203.0.113.8'], { ignoreIp: ['203.0.113.200'] }],
  ['an address of this host, also without ignoreself', ['192.0.2.7', '192.0.2.8'], { ignoreSelf: false }],
] as const) {
  test(`a network with ${what} in it is not banned as a whole, its attackers are`, () => {
    const bench = new TrackerBench({ ...wide, ...settings });
    for (const attacker of attackers) bench.fail(attacker, 2);
    assert.deepEqual(bench.takeDecisions(), []);
    for (const attacker of attackers) bench.fail(attacker);
    assert.deepEqual(
      bench.takeDecisions(),
      attackers.map((attacker) => `ban ${attacker} failure`),
    );
  });
}

test('a single gateway is no own address: it is counted as by fail2ban', () => {
  const bench = new TrackerBench();
  bench.fail('192.0.3.1', 3);
  assert.deepEqual(bench.takeDecisions(), ['ban 192.0.3.1 failure']);
});

test('a network that a line names is never wider than the prefix, and holds the address that the line names', () => {
  const bench = new TrackerBench(wide);
  const fields = { ip4: '203.0.113.7' };
  bench.tracker.observe([1, 2, 3].map(() => failure('203.0.0.0/16', bench.nowSec, { fields })));
  bench.tracker.observe([1, 2, 3].map(() => failure('2001:db8::/32', bench.nowSec)));
  assert.deepEqual(bench.takeDecisions(), ['ban 203.0.113.0/24 failure', 'ban 2001:db8::/64 failure']);
  const without = new TrackerBench();
  without.tracker.observe([1, 2, 3].map(() => failure('203.0.0.0/16', without.nowSec, { fields })));
  assert.deepEqual(without.takeDecisions(), ['ban 203.0.0.0/16 failure'], 'without a prefix as by fail2ban');
});

test('attempt counts by network too, and so does what is asked about a count', () => {
  const bench = new TrackerBench(wide);
  bench.tracker.attempt('203.0.113.1', ['one']);
  assert.equal(bench.tracker.countOf('203.0.113.250')?.id, '203.0.113.0/24');
  bench.tracker.attempt('203.0.113.2', ['two', 'three']);
  assert.deepEqual(bench.takeDecisions(), ['ban 203.0.113.0/24 failure']);
});

test('what is banned by hand is banned as it is written', () => {
  const bench = new TrackerBench(wide);
  bench.tracker.ban(['203.0.113.7', '203.0.0.0/16']);
  assert.deepEqual(bench.takeDecisions(), ['ban 203.0.113.7 manual', 'ban 203.0.0.0/16 manual']);
});

test('prefixes change at run time: what was counted before stays with its id', () => {
  const bench = new TrackerBench();
  bench.fail('203.0.113.7', 2);
  bench.tracker.update({ ...bench.tracker.settings, ...wide });
  bench.fail('203.0.113.7');
  assert.deepEqual(bench.takeDecisions(), []);
  bench.fail('203.0.113.8', 2);
  assert.deepEqual(bench.takeDecisions(), ['ban 203.0.113.0/24 failure']);
});

test('history belongs to the network: who comes back with another address is banned for longer', () => {
  const asked: string[] = [];
  const bench = new TrackerBench(
    { ...wide, increment: new BanTimeIncrement({}) },
    {
      earlierBans: (id) => {
        asked.push(id);
        return undefined;
      },
    },
  );
  bench.fail('203.0.113.7', 3);
  assert.deepEqual([...new Set(asked)], ['203.0.113.0/24']);
});

test('no line bans anything wider than the prefix, whatever it names', () => {
  const address = fc
    .tuple(fc.constantFrom('203.0.113', '192.0.2', '192.0.3'), fc.integer({ min: 0, max: 255 }))
    .map(([net, last]) => `${net}.${last}`);
  const named = fc
    .tuple(address, fc.integer({ min: 8, max: 32 }))
    .map(([base, length]) => parseIp(`${base}/${length}`)!.text);
  const own = ['192.0.2.100', '192.0.3.1'].map((text) => parseIp(text)!);
  fc.assert(
    fc.property(fc.array(named, { maxLength: 8 }), fc.integer({ min: 8, max: 32 }), (ids, banPrefix4) => {
      const bench = new TrackerBench({ maxRetry: 1, banPrefix4 });
      for (const id of ids) bench.fail(id);
      for (const { ban } of bench.decisions) {
        const network = parseIp(ban.id)!;
        assert.ok(network.prefix >= banPrefix4, ban.id);
        for (const mine of own) assert.ok(network.prefix === 32 || !contains(network, mine), ban.id);
      }
    }),
    { numRuns: 200, seed: 5 },
  );
});
