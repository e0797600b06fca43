import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatLogTime } from '../../src/base/index.ts';
import { lookupOf, TrackerBench } from '../support/tracking.ts';

test('banip bans addresses, networks and raw ids at once, ignored or not, and returns how many are new', () => {
  const bench = new TrackerBench({ ignoreIp: ['198.51.100.0/24'] });
  const ids = ['198.51.100.1', '2001:DB8::1', '203.0.113.9/24', 'root', '198.51.100.1'];
  assert.equal(bench.tracker.ban(ids), 4);
  assert.deepEqual(bench.takeDecisions(), [
    'ban 198.51.100.1 manual',
    'ban 2001:db8::1 manual',
    'ban 203.0.113.0/24 manual',
    'ban root manual',
  ]);
  assert.equal(bench.takeLog().at(-1), 'DEBUG fail2ban.actions [sshd] 198.51.100.1 already banned');
  assert.equal(bench.tracker.inForce.has('203.0.113.7'), false);
  assert.equal(bench.tracker.inForce.holderOf('203.0.113.7')?.id, '203.0.113.0/24');
});

test('attempt counts one failure for each match and bans at maxretry', () => {
  const bench = new TrackerBench({ ignoreIp: ['198.51.100.1'] });
  bench.tracker.attempt('198.51.100.1', ['one', 'two']);
  assert.equal(bench.tracker.countOf('198.51.100.1')?.retry, 2);
  const at = formatLogTime(bench.nowSec).slice(0, 19);
  assert.deepEqual(bench.takeLog(), [`INFO fail2ban.filter [sshd] Attempt 198.51.100.1 - ${at}`]);
  bench.tracker.attempt('198.51.100.1', []);
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.1 failure']);
});

test('unbanip ends the ban and forgets its history, even of an id that is not banned', async () => {
  const bench = new TrackerBench();
  bench.tracker.ban(['198.51.100.1']);
  bench.tracker.takeChanges();
  bench.takeDecisions();
  assert.deepEqual(await bench.tracker.unban(['198.51.100.1', '198.51.100.2']), {
    ended: 1,
    absent: ['198.51.100.2'],
  });
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.1 manual']);
  assert.deepEqual(bench.tracker.takeChanges().records, [
    { kind: 'forget', id: '198.51.100.1' },
    { kind: 'forget', id: '198.51.100.2' },
  ]);
  assert.equal(bench.takeLog().at(-1), 'DEBUG fail2ban.actions 198.51.100.2 is not banned');
});

test('unbanip of a network ends what is banned within it, not what is wider', async () => {
  const bench = new TrackerBench();
  bench.tracker.ban(['198.51.100.1', '198.51.0.0/16', '198.51.100.128/25', '198.51.101.1', 'root']);
  bench.takeDecisions();
  assert.deepEqual(await bench.tracker.unban(['198.51.100.0/24']), { ended: 2, absent: [] });
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.1 manual', 'unban 198.51.100.128/25 manual']);
  assert.deepEqual(await bench.tracker.unban(['198.51.0.0/16']), { ended: 1, absent: [] });
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.0.0/16 manual']);
});

test('unbanip of a name ends the bans of its addresses, and does not hold up the others', async () => {
  const bench = new TrackerBench(
    {},
    { lookup: lookupOf({ 'host.example.org': ['198.51.100.1', '2001:db8::1', '198.51.100.3'] }) },
  );
  bench.tracker.ban(['198.51.100.1', '2001:db8::1', '198.51.100.2']);
  bench.takeDecisions();
  const result = bench.tracker.unban(['host.example.org', '198.51.100.2', 'other.example.org']);
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.2 manual']);
  assert.deepEqual(await result, { ended: 3, absent: ['other.example.org'] });
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.1 manual', 'unban 2001:db8::1 manual']);
});

test('a banned id that looks like a name is unbanned as it is', async () => {
  const bench = new TrackerBench();
  bench.tracker.ban(['root']);
  assert.deepEqual(await bench.tracker.unban(['root']), { ended: 1, absent: [] });
});

test('unban --all ends every ban and forgets the history of the jail', () => {
  const bench = new TrackerBench();
  bench.tracker.ban(['198.51.100.1', '198.51.100.2']);
  bench.takeDecisions();
  assert.equal(bench.tracker.unbanAll(), 2);
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.1 manual', 'unban 198.51.100.2 manual']);
  assert.deepEqual(bench.tracker.takeChanges().records, [{ kind: 'forget-all' }]);
});
