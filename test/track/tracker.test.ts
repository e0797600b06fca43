import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatLogTime } from '../../src/base/index.ts';
import { failure, TrackerBench } from '../support/tracking.ts';

const attacker = '198.51.100.7';
const shown = (timeSec: number): string => formatLogTime(timeSec).slice(0, 19);

test('maxretry failures ban, with the log lines of fail2ban in its order', () => {
  const bench = new TrackerBench();
  const found = `INFO fail2ban.filter [sshd] Found ${attacker} - ${shown(bench.nowSec)}`;
  bench.fail(attacker, 3);
  assert.deepEqual(bench.takeLog(), [found, found, found, `NOTICE fail2ban.actions [sshd] Ban ${attacker}`]);
  const [decision] = bench.decisions;
  assert.equal(decision?.kind, 'ban');
  assert.equal(decision.ban.failures, 3);
  assert.equal(decision.ban.matches.length, 3);
  assert.equal(decision.ban.banTimeSec, 300);
  assert.deepEqual(bench.tracker.status(), {
    currentlyFailed: 0,
    totalFailed: 3,
    currentlyBanned: 1,
    totalBanned: 1,
  });
});

test('a ban ends by itself after bantime', () => {
  const bench = new TrackerBench();
  bench.fail(attacker, 3);
  bench.takeDecisions();
  bench.clock.advance(299);
  assert.deepEqual(bench.takeDecisions(), []);
  bench.takeLog();
  bench.clock.advance(1);
  assert.deepEqual(bench.takeDecisions(), [`unban ${attacker} expired`]);
  assert.deepEqual(bench.takeLog(), [`NOTICE fail2ban.actions [sshd] Unban ${attacker}`]);
});

test('bans end on time although the timer sleeps a minute at most, and in order', () => {
  const bench = new TrackerBench({ banTimeSec: 86_400 });
  bench.tracker.ban(['198.51.100.1']);
  bench.clock.advance(100);
  bench.tracker.ban(['198.51.100.2']);
  bench.takeDecisions();
  bench.clock.advance(86_300);
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.1 expired']);
  bench.clock.advance(100);
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.2 expired']);
});

test('a negative bantime bans for ever', () => {
  const bench = new TrackerBench({ banTimeSec: -1 });
  bench.fail(attacker, 3);
  bench.clock.advance(10 * 365 * 86_400);
  assert.deepEqual(bench.takeDecisions(), [`ban ${attacker} failure`]);
});

test('a failure from the future counts as now, and an old attack whose ban would be over is only noted', () => {
  const bench = new TrackerBench();
  bench.tracker.observe([failure(attacker, bench.nowSec + 1000)]);
  assert.equal(bench.tracker.countOf(attacker)?.timeSec, bench.nowSec);
  bench.takeLog();
  const old = [1, 2, 3].map(() => failure('198.51.100.8', bench.nowSec - 400));
  bench.tracker.observe(old);
  assert.deepEqual(bench.takeDecisions(), []);
  assert.equal(bench.takeLog().at(-1), 'INFO fail2ban.actions [sshd] Ignore 198.51.100.8, expired bantime');
});

test('a banned source that goes on is said to be banned: DEBUG below 3 s, NOTICE below 60 s, WARNING after', () => {
  const bench = new TrackerBench({ maxRetry: 1, banTimeSec: 3600 });
  bench.fail(attacker);
  const levels = [2, 10, 100].map((afterSec) => {
    bench.clock.set(1_700_000_000 + afterSec);
    bench.takeLog();
    bench.fail(attacker);
    return bench.takeLog().at(-1);
  });
  const said = `fail2ban.actions [sshd] ${attacker} already banned`;
  assert.deepEqual(levels, [`DEBUG ${said}`, `NOTICE ${said}`, `WARNING ${said}`]);
});

test('hits past 3 s ask for a check of the actions, at most every 3 s for the whole jail', () => {
  const bench = new TrackerBench({ maxRetry: 1 });
  bench.tracker.observe([failure('a', bench.nowSec), failure('b', bench.nowSec)]);
  bench.takeDecisions();
  const after = (waitSec: number, id: string): string[] => {
    bench.clock.advance(waitSec);
    bench.fail(id);
    return bench.takeDecisions();
  };
  assert.deepEqual(after(3, 'a'), ['prolong a repeat']);
  assert.deepEqual(after(1, 'a'), ['prolong a repeat', 'recheck a']);
  assert.deepEqual(after(2, 'b'), ['prolong b repeat']);
  assert.deepEqual(after(2, 'b'), ['prolong b repeat', 'recheck b']);
});

test('a banned source that reaches maxretry again stays banned from the new failure on', () => {
  const bench = new TrackerBench();
  bench.fail(attacker, 3);
  bench.clock.advance(200);
  bench.fail(attacker, 3);
  bench.takeDecisions();
  bench.clock.advance(299);
  assert.deepEqual(bench.takeDecisions(), []);
  bench.clock.advance(1);
  assert.deepEqual(bench.takeDecisions(), [`unban ${attacker} expired`]);
});

test('ignored sources are named with the reason, and not counted', () => {
  const bench = new TrackerBench({ ignoreIp: ['203.0.113.0/24'] });
  bench.fail('203.0.113.5', 5);
  bench.fail('192.0.2.100');
  bench.tracker.observe([
    failure('10.0.0.0/7', bench.nowSec),
    failure('192.0.2.0/24', bench.nowSec),
    failure('x'.repeat(2000), bench.nowSec),
  ]);
  assert.deepEqual(bench.takeDecisions(), []);
  assert.equal(bench.tracker.status().currentlyFailed, 0);
  const log = [...new Set(bench.takeLog())];
  assert.deepEqual(log.slice(0, 4), [
    'INFO fail2ban.filter [sshd] Ignore 203.0.113.5 by ip',
    'INFO fail2ban.filter [sshd] Ignore 192.0.2.100 by ignoreself rule',
    'INFO fail2ban.filter [sshd] Ignore 10.0.0.0/7, it is wider than a log line may ban (IPv4 /8, IPv6 /16)',
    'INFO fail2ban.filter [sshd] Ignore 192.0.2.0/24, it covers an address of this host, its gateway or one of ignoreip',
  ]);
  assert.match(log[4]!, /^INFO fail2ban.filter \[sshd\] Ignore x{64}…, it is too long for an id$/);
});

test('an id that is more than an address is ignored if its address is', () => {
  const bench = new TrackerBench({ ignoreIp: ['203.0.113.5'], maxRetry: 1 });
  bench.tracker.observe([failure('root@203.0.113.5', bench.nowSec, { fields: { ip: '203.0.113.5' } })]);
  bench.tracker.observe([failure('root@203.0.113.6', bench.nowSec, { fields: { ip4: '203.0.113.6' } })]);
  assert.deepEqual(bench.takeDecisions(), ['ban root@203.0.113.6 failure']);
});

test('who stands in a file of the ignore list is spared, and the log names the file', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-friends-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'friends');
  writeFileSync(path, `${attacker} # a friend`);
  const bench = new TrackerBench({ maxRetry: 1, ignoreIp: [`file:${path}`] });
  bench.fail(attacker);
  assert.deepEqual(bench.takeDecisions(), []);
  assert.deepEqual(bench.takeLog(), [`INFO fail2ban.filter [sshd] Ignore ${attacker} by file:${path}`]);
});

test('a ban that the database kept does not come back for who stands in a file of the ignore list', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-friends-'));
  context.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'friends');
  writeFileSync(path, attacker);
  const bench = new TrackerBench({ ignoreIp: [`file:${path}`] });
  const kept = { jail: 'sshd', banTimeSec: 300, banCount: 1, failures: 3, matches: [], fields: {} };
  const bans = [attacker, '203.0.113.9'].map((id) => ({ ...kept, id, timeSec: bench.nowSec }));
  await bench.tracker.restore({ bans, counts: [], parked: [] });
  assert.deepEqual(bench.takeDecisions(), ['ban 203.0.113.9 restore']);
});

test('control characters in an id do not reach the log', () => {
  const bench = new TrackerBench({ maxRetry: 1 });
  bench.fail('a\n2026-01-01 fail2ban.actions [1]: NOTICE [sshd] Ban 192.0.2.1');
  assert.ok(bench.takeLog().every((line) => !line.includes('\n')));
});

test('counts expire in silence even if no further failure comes', () => {
  const bench = new TrackerBench();
  bench.fail(attacker);
  bench.tracker.takeChanges();
  bench.clock.advance(700);
  assert.equal(bench.tracker.status().currentlyFailed, 0);
  assert.deepEqual(bench.tracker.takeChanges().dropped, [attacker]);
});

test('beyond the bound of ids the oldest are forgotten, and the log says so', () => {
  const bench = new TrackerBench({}, { limits: { maxTracked: 2 } });
  bench.tracker.observe(['a', 'b', 'c', 'd'].map((id) => failure(id, bench.nowSec)));
  assert.equal(bench.tracker.status().currentlyFailed, 2);
  assert.equal(
    bench.takeLog().at(-1),
    'WARNING fail2ban.filter [sshd] Over 2 ids are counted; forgot the 2 oldest',
  );
});

test('beyond the bound of bans the one that would end first makes room; permanent bans never do', () => {
  const bench = new TrackerBench({}, { limits: { maxBans: 2 } });
  bench.tracker.ban(['a', 'b', 'c']);
  assert.deepEqual(bench.takeDecisions(), [
    'ban a manual',
    'ban b manual',
    'unban a expired',
    'ban c manual',
  ]);
  bench.tracker.update({ ...bench.tracker.settings, banTimeSec: -1 });
  bench.takeDecisions();
  assert.equal(bench.tracker.ban(['d']), 0);
  assert.deepEqual(bench.takeDecisions(), []);
});

test('new settings take effect at once: counts and bans stay, and bans of the jail get its new time', () => {
  const bench = new TrackerBench({ banTimeSec: 1000 });
  bench.tracker.ban(['198.51.100.1']);
  bench.fail(attacker, 2);
  bench.clock.advance(60);
  bench.tracker.update({
    ...bench.tracker.settings,
    maxRetry: 3,
    banTimeSec: 100,
    ignoreIp: ['198.51.100.9'],
  });
  assert.deepEqual(bench.takeDecisions(), ['ban 198.51.100.1 manual', 'prolong 198.51.100.1 settings']);
  bench.fail(attacker);
  bench.fail('198.51.100.9', 9);
  assert.deepEqual(bench.takeDecisions(), [`ban ${attacker} failure`]);
  bench.clock.advance(40);
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.1 expired']);
});

test('stopping ends every ban in the order of the book, and afterwards nothing happens any more', () => {
  const bench = new TrackerBench();
  bench.tracker.ban(['198.51.100.2', '198.51.100.1']);
  bench.takeDecisions();
  bench.takeLog();
  bench.tracker.takeChanges();
  bench.tracker.stop({ unban: true });
  assert.deepEqual(bench.takeDecisions(), ['unban 198.51.100.2 stop', 'unban 198.51.100.1 stop']);
  assert.deepEqual(bench.takeLog(), [
    'NOTICE fail2ban.actions [sshd] Unban 198.51.100.2',
    'NOTICE fail2ban.actions [sshd] Unban 198.51.100.1',
  ]);
  bench.fail(attacker, 9);
  bench.clock.advance(10_000);
  assert.deepEqual(bench.takeDecisions(), []);
  assert.equal(bench.tracker.hasChanges, false);
});

test('stopping for a restart leaves the bans in force', () => {
  const bench = new TrackerBench();
  bench.tracker.ban([attacker]);
  bench.tracker.stop({ unban: false });
  bench.clock.advance(10_000);
  assert.deepEqual(bench.takeDecisions(), [`ban ${attacker} manual`]);
});
