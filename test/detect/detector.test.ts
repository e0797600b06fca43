import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { CompiledRegex } from '../../src/pyregex/index.ts';
import { newLog, testDetector, testNowSec } from '../support/detector.ts';

before(() => {
  process.env.TZ = 'Europe/Berlin';
});

/** The machine's clock in these tests: 22 November 2026, 16:28:49. */
const at = (text: string): number => Date.parse(`${text}+01:00`) / 1000;

test('the date is cut out of the line before any regex sees it, and is back in the lines of the failure', () => {
  const { feed } = testDetector({ failRegex: ['^ srv fail from <HOST>$'] });
  const [failure] = feed('2026-11-22 16:28:40 srv fail from 192.0.2.1');
  assert.equal(failure?.timeSec, at('2026-11-22T16:28:40'));
  assert.deepEqual(failure?.lines, ['2026-11-22 16:28:40 srv fail from 192.0.2.1']);
});

test('a line without a date takes the last date of its log, if that is at most a minute old', () => {
  const { feed, clock } = testDetector();
  // This line matches nothing, but its date counts.
  feed('16:28:40 nothing');
  assert.equal(feed('fail from 192.0.2.1')[0]?.timeSec, at('2026-11-22T16:28:40'));
  assert.deepEqual(feed('fail from 192.0.2.1')[0]?.lines, ['16:28:40fail from 192.0.2.1']);
  clock.advance(50.5);
  assert.equal(feed('fail from 192.0.2.1')[0]?.timeSec, at('2026-11-22T16:28:40'));
  clock.advance(1);
  assert.equal(feed('fail from 192.0.2.1')[0]?.timeSec, clock.nowSec());
});

test('each log has a last date of its own', () => {
  const { detector, log } = testDetector();
  detector.feed('16:28:40 nothing', undefined, log);
  assert.equal(detector.feed('fail from 192.0.2.1', undefined, newLog())[0]?.timeSec, testNowSec);
});

test('without any date a match counts as now in operation, and not at all before', () => {
  const { detector } = testDetector();
  assert.equal(detector.feed('fail from 192.0.2.1', undefined, newLog())[0]?.timeSec, testNowSec);
  assert.deepEqual(detector.feed('fail from 192.0.2.1', undefined, newLog(false)), []);
});

test('in operation a date more than a minute from now counts as now, with one warning a day', () => {
  const { feed, logger, clock } = testDetector();
  assert.equal(feed('2026-11-22 16:27:49 fail from 192.0.2.1')[0]?.timeSec, at('2026-11-22T16:27:49'));
  assert.equal(feed('2026-11-22 16:27:48 fail from 192.0.2.1')[0]?.timeSec, testNowSec);
  assert.equal(feed('2026-11-22 17:28:49 fail from 192.0.2.1')[0]?.timeSec, testNowSec);
  const warnings = (): number => logger.lines.filter((line) => line.includes('before now')).length;
  assert.equal(warnings(), 1);
  clock.advance(86_401);
  feed('2026-11-22 16:27:48 fail from 192.0.2.1');
  assert.equal(warnings(), 2);
});

test('only the first catch-up drops lines older than findtime', () => {
  const { detector, logger } = testDetector();
  const old = '2026-11-22 16:18:48 fail from 192.0.2.1';
  assert.deepEqual(detector.feed(old, undefined, newLog(false)), []);
  assert.ok(logger.lines.some((line) => line.includes('older than 600 s')));
  assert.equal(detector.feed('2026-11-22 16:18:49 fail from 192.0.2.1', undefined, newLog(false)).length, 1);
  assert.equal(detector.feed(old, undefined, newLog(true)).length, 1);
});

test('a failure is never in the future', () => {
  const { detector, feed } = testDetector();
  assert.equal(feed('2026-11-22 16:29:30 fail from 192.0.2.1')[0]?.timeSec, testNowSec);
  const early = detector.feed('2026-12-24 16:29:30 fail from 192.0.2.1', undefined, newLog(false));
  assert.equal(early[0]?.timeSec, testNowSec);
});

test('a date without a year is of last year only if it lies more than a day ahead', () => {
  const { detector } = testDetector({ findTimeSec: 400 * 86_400 });
  const timeOf = (date: string): number | undefined => detector.dateOf?.(`${date} x`);
  assert.equal(timeOf('Nov 23 16:28:49'), at('2026-11-23T16:28:49'));
  assert.equal(timeOf('Nov 23 16:28:50'), at('2025-11-23T16:28:50'));
  assert.equal(timeOf('Jan  1 00:00:00'), at('2026-01-01T00:00:00'));
});

test('a time without a day is of yesterday if it lies ahead', () => {
  const { detector } = testDetector();
  assert.equal(detector.dateOf?.('16:28:49 x'), at('2026-11-22T16:28:49'));
  assert.equal(detector.dateOf?.('16:28:50 x'), at('2026-11-21T16:28:50'));
});

test('dates of the leap day are of this year or the last only where there is one', () => {
  const { detector, clock } = testDetector();
  assert.equal(detector.dateOf?.('Feb 29 10:00:00 x'), undefined);
  clock.set(at('2024-02-29T12:00:00'));
  assert.equal(detector.dateOf?.('Feb 29 10:00:00 x'), at('2024-02-29T10:00:00'));
});

test('a line from the journal brings its time, and is kept with it in ISO 8601', () => {
  const { detector, log } = testDetector({ failRegex: ['^srv fail from <HOST>$'] });
  const [failure] = detector.feed('srv fail from 192.0.2.1', testNowSec - 1.5, log);
  assert.equal(failure?.timeSec, testNowSec - 1.5);
  assert.deepEqual(failure?.lines, ['2026-11-22T16:28:47.500000+01:00 srv fail from 192.0.2.1']);
  assert.deepEqual(detector.feed('srv fail from 192.0.2.1', testNowSec, log)[0]?.lines, [
    '2026-11-22T16:28:49+01:00 srv fail from 192.0.2.1',
  ]);
});

test('looking for the date of a line leaves no trace', () => {
  const { detector, feed, log, logger } = testDetector();
  assert.equal(detector.dateOf?.('22/11/2026 16:28:40 x'), at('2026-11-22T16:28:40'));
  assert.equal(detector.dateOf?.('no date'), undefined);
  assert.deepEqual(log, newLog());
  assert.deepEqual(logger.lines, []);
  assert.equal(feed('fail from 192.0.2.1')[0]?.timeSec, testNowSec);
});

test('a date that cannot be is no date', () => {
  const { feed } = testDetector();
  assert.equal(feed('2026-02-30 10:00:00 fail from 192.0.2.1')[0]?.timeSec, testNowSec);
  assert.equal(feed('ERR Nov 22 10:00:00 fail from 192.0.2.1')[0]?.timeSec, testNowSec);
});

test('a host name is a failure still to be resolved', () => {
  const line = 'fail from host.example';
  const seen = (useDns: 'yes' | 'warn' | 'no' | 'raw') =>
    testDetector({ useDns })
      .feed(line)
      .map(({ id, unresolved }) => [id, unresolved]);
  assert.deepEqual(seen('yes'), [['host.example', true]]);
  assert.deepEqual(seen('warn'), [['host.example', true]]);
  assert.deepEqual(seen('no'), []);
  assert.deepEqual(seen('raw'), [['host.example', false]]);
});

test('addresses come in canonical form', () => {
  const ids = (line: string, rule = 'fail from <HOST>$') =>
    testDetector({ failRegex: [rule] })
      .feed(line)
      .map(({ id }) => id);
  assert.deepEqual(ids('fail from 192.0.2.1'), ['192.0.2.1']);
  assert.deepEqual(ids('fail from ::ffff:192.0.2.1'), ['192.0.2.1']);
  assert.deepEqual(ids('fail from ::ffff:c000:201'), ['192.0.2.1']);
  assert.deepEqual(ids('fail from 2001:DB8:0::0:1'), ['2001:db8::1']);
  assert.deepEqual(ids('fail from [2001:db8::1]'), ['2001:db8::1']);
  assert.deepEqual(ids('fail from fe80::1%eth0.7'), ['fe80::1']);
  assert.deepEqual(ids('fail from [fe80::1%eth0]'), ['fe80::1']);
  assert.deepEqual(ids('fail from 192.0.2.7/24', 'from <SUBNET>$'), ['192.0.2.0/24']);
  assert.deepEqual(ids('fail from [2001:db8::1/64]', 'from <SUBNET>$'), ['2001:db8::/64']);
  assert.deepEqual(ids('fail from 192.0.2.7/24', 'from <ADDR>/<CIDR>$'), ['192.0.2.0/24']);
});

test('a network wider than a line may ask for counts as the one address', () => {
  const ids = (line: string, rule = 'from <SUBNET>$') =>
    testDetector({ failRegex: [rule] })
      .feed(line)
      .map(({ id }) => id);
  assert.deepEqual(ids('from 10.1.2.3/8'), ['10.0.0.0/8']);
  assert.deepEqual(ids('from 10.1.2.3/7'), ['10.1.2.3']);
  assert.deepEqual(ids('from 10.1.2.3/0'), ['10.1.2.3']);
  assert.deepEqual(ids('from 10.1.2.3/99'), ['10.1.2.3']);
  assert.deepEqual(ids('from 2001:db8::1/15'), ['2001:db8::1']);
  assert.deepEqual(ids('from 0.0.0.0/1', 'from <F-ID/>$'), ['0.0.0.0']);
});

test('an id may be anything, and an address beside it is told', () => {
  const [failure] = testDetector({ failRegex: ['user <F-ID>.+?</F-ID> from <HOST>$'] }).feed(
    'user [bob/7] from 192.0.2.1',
  );
  assert.equal(failure?.id, 'bob/7');
  assert.equal(failure?.unresolved, false);
  assert.equal(failure?.fields.ip, '192.0.2.1');
});

test('captured fields and attempts come with the failure', () => {
  const rule =
    'fail <F-USER>\\S+</F-USER>(?: as <F-ALT_USER>\\S+</F-ALT_USER>)? <F-ATTEMPT>\\d+</F-ATTEMPT> from <HOST> port <F-PORT/>';
  const { feed } = testDetector({ failRegex: [rule] });
  const [failure] = feed('fail bob 3 from 192.0.2.1 port 22');
  assert.deepEqual(failure?.fields, { user: 'bob', attempt: '3', ip4: '192.0.2.1', fport: '22' });
  assert.equal(failure?.attempts, 3);
  assert.equal(feed('fail bob 999999 from 192.0.2.1 port 22')[0]?.attempts, 100);
  assert.equal(feed('fail bob 0 from 192.0.2.1 port 22')[0]?.attempts, 1);
});

test('an alternative fills a field that is empty, a tuple joins several', () => {
  const { feed } = testDetector({
    failRegex: [
      'a <F-USER>\\w*</F-USER> <F-ALT_USER_1>\\w+</F-ALT_USER_1> <F-ALT_USER_2>\\w+</F-ALT_USER_2> <ADDR>',
      'b <F-ID>\\w+</F-ID> <F-TUPLE_ID>\\w+</F-TUPLE_ID>',
    ],
  });
  assert.equal(feed('a  x y 192.0.2.1')[0]?.fields.user, 'x');
  assert.equal(feed('a z x y 192.0.2.1')[0]?.fields.user, 'z');
  assert.equal(feed('b one two')[0]?.id, "('one', 'two')");
});

test('ignored lines count for nothing, whether the ignore rules are few or many', () => {
  const failRegex = ['w <HOST>', 'x <HOST>', 'y <HOST>', 'fail from <HOST>'];
  for (const ignoreRegex of [['trusted'], ['none', 'of', 'these', 'trusted']]) {
    const { feed } = testDetector({ failRegex, ignoreRegex });
    assert.deepEqual(feed('trusted fail from 192.0.2.1'), []);
    assert.equal(feed('fail from 192.0.2.1').length, 1);
  }
});

test('the content that prefregex captures is all that the rules see', () => {
  const { feed } = testDetector({
    prefRegex: '^<F-MLFID>\\w+</F-MLFID>: <F-CONTENT>.+</F-CONTENT>$',
    failRegex: ['^fail from <HOST>$'],
  });
  assert.equal(feed('s1: fail from 192.0.2.1')[0]?.fields.mlfid, 's1');
  assert.deepEqual(feed('fail from 192.0.2.1'), []);
});

test('global flags inside a group are accepted', () => {
  const { feed } = testDetector({ failRegex: ['((?i)FAIL) from <HOST>', '(?:(?i)BAD) from <HOST>'] });
  assert.equal(feed('Fail from 192.0.2.1').length, 1);
  assert.equal(feed('bad from 192.0.2.1').length, 1);
  assert.equal(feed('fail FROM 192.0.2.1').length, 0);
});

test('every run of a regex is reported to the watchdog', () => {
  const { feed, pulses } = testDetector({
    prefRegex: '^<F-CONTENT>.+</F-CONTENT>$',
    failRegex: ['x <HOST>', 'fail from <HOST>'],
    ignoreRegex: ['trusted'],
  });
  feed('fail from 192.0.2.1');
  assert.deepEqual(pulses, [-3, 'end', -1, 'end', 0, 'end', 1, 'end', -2, 'end']);
});

test('a line that a rule cannot process is lost, named, and only too many of them pause the jail', () => {
  let broken = true;
  let paused = 0;
  const compile = (): CompiledRegex =>
    ({
      groupNames: new Map([['ip4', 1]]),
      search: () => {
        if (broken) throw new Error('too many steps');
        return null;
      },
    }) as unknown as CompiledRegex;
  const { feed, logger } = testDetector(
    {},
    {
      compile,
      onTooManyErrors: () => {
        paused += 1;
      },
    },
  );
  assert.deepEqual(feed('evil\u001b[2J'), []);
  assert.ok(logger.lines.some((line) => line.includes('"evil\\x1b[2J": too many steps')));
  for (let n = 0; n < 98; n += 1) feed('evil');
  assert.equal(paused, 0);
  broken = false;
  feed('good');
  broken = true;
  for (let n = 0; n < 50; n += 1) feed('evil');
  assert.equal(paused, 0);
  feed('evil');
  assert.equal(paused, 1);
});
