import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WarderError } from '../../src/base/index.ts';
import type { FilterSettings } from '../../src/detect/index.ts';
import { testDetector } from '../support/detector.ts';

function refusal(settings: Partial<FilterSettings>): WarderError {
  try {
    testDetector({ jail: 'web', ...settings });
  } catch (error) {
    if (error instanceof WarderError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
}

test('a rule that is no regex is refused with jail, number, excerpt and reason', () => {
  const error = refusal({ failRegex: ['from <HOST>', 'from (<HOST>'] });
  assert.equal(error.code, 'DETECT_RULE');
  assert.equal(error.jail, 'web');
  assert.match(error.message, /^\[web\] failregex 2 "from \(<HOST>": .*unterminated/s);
});

test('two <HOST> in one rule are refused, with advice', () => {
  const error = refusal({ failRegex: ['from <HOST> to <HOST>'] });
  assert.equal(error.code, 'DETECT_RULE');
  assert.match(error.message, /redefinition/);
  assert.match(error.hint ?? '', /alt_.*tuple_.*only once/);
});

test('a rule that captures nobody is refused, unless the prefregex does', () => {
  const error = refusal({ failRegex: ['denied'] });
  assert.equal(error.code, 'DETECT_RULE');
  assert.match(error.message, /captures nobody/);
  assert.match(error.hint ?? '', /<HOST>/);
  assert.doesNotThrow(() => testDetector({ prefRegex: '^<ADDR> ', failRegex: ['denied'] }));
  assert.doesNotThrow(() => testDetector({ failRegex: ['<F-MLFID>\\d+</F-MLFID> denied'] }));
});

test('errors name prefregex and ignoreregex too', () => {
  assert.match(refusal({ prefRegex: '(', failRegex: [] }).message, /\[web\] prefregex "\("/);
  assert.match(refusal({ ignoreRegex: ['a', '('] }).message, /\[web\] ignoreregex 2 "\("/);
  assert.match(refusal({ failRegex: [' '] }).message, /empty/);
});

test('an excerpt of a rule is short, and safe for a terminal', () => {
  const { message } = refusal({ failRegex: [`\u001b[2J${'x'.repeat(500)}(`] });
  assert.ok(!message.includes('\u001b'));
  assert.ok(message.includes(`x…"`));
});

test('a date pattern or zone that cannot be is refused', () => {
  const error = refusal({ datePattern: '%Y-%m-%d %Q' });
  assert.equal(error.code, 'DETECT_DATE_PATTERN');
  assert.equal(error.index, 9);
  assert.equal(refusal({ datePattern: '%Y\n%Y' }).code, 'DETECT_DATE_PATTERN');
  assert.equal(refusal({ logTimeZone: 'Nowhere' }).code, 'DETECT_TIME_ZONE');
});

test('tags stand for what they say, and other brackets for themselves', () => {
  const ids = (rule: string, line: string) =>
    testDetector({ failRegex: [rule] })
      .feed(line)
      .map(({ id }) => id);
  assert.deepEqual(ids('<IP4> and <IP6>', '192.0.2.1 and 2001:db8::1'), ['192.0.2.1']);
  assert.deepEqual(ids('^<IP6>$', '192.0.2.1'), []);
  assert.deepEqual(ids('^<ADDR>$', 'host.example'), []);
  assert.deepEqual(ids('^<DNS>$', 'host.example'), ['host.example']);
  assert.deepEqual(ids('^<F-IP4/> <tag> <F-x> </F-USER>$', '192.0.2.1 <tag> <F-x> </F-USER>'), ['192.0.2.1']);
  assert.deepEqual(ids('^id <F-ID/>$', 'id any-thing'), ['any-thing']);
});

test('a rule may span lines, and steps over others with <SKIPLINES>', () => {
  const { feed } = testDetector({
    maxLines: 4,
    failRegex: ['^<F-ID>\\w+</F-ID> open$<SKIPLINES>^(?P=fid) denied$'],
  });
  const [failure] = feed('a open', 'other', 'a denied');
  assert.equal(failure?.id, 'a');
  assert.deepEqual(failure?.lines, ['a open', 'a denied']);
  // A line that was part of a failure is used up; one that was stepped over is not.
  assert.deepEqual(feed('a denied'), []);
  // The window has four lines.
  assert.deepEqual(feed('b open', 'x', 'y', 'z', 'b denied'), []);
  assert.equal(feed('c open', 'x', 'y', 'c denied').length, 1);
});

const session = {
  prefRegex: '^<F-MLFID>\\w+</F-MLFID> <F-CONTENT>.+</F-CONTENT>$',
  failRegex: [
    '^fail <F-USER>\\w+</F-USER>$',
    '^<F-NOFAIL>connect</F-NOFAIL> <HOST>$',
    '^<F-NOFAIL>try</F-NOFAIL> <F-USER>\\w+</F-USER> <HOST>$',
    '^<F-MLFFORGET><F-MLFGAINED>welcome</F-MLFGAINED></F-MLFFORGET> <F-USER>\\w+</F-USER> <HOST>$',
    '^<F-NOFAIL><F-MLFFORGET>bye</F-MLFFORGET></F-NOFAIL> <HOST>$',
  ],
};

test('lines that are no failure give address and user to later lines of their session', () => {
  const { feed } = testDetector(session);
  assert.deepEqual(feed('s1 connect 192.0.2.1', 's2 connect 192.0.2.2'), []);
  const [failure] = feed('s1 fail bob');
  assert.equal(failure?.id, '192.0.2.1');
  assert.equal(failure?.fields.user, 'bob');
  assert.deepEqual(failure?.lines, ['s1 connect 192.0.2.1', 's1 fail bob']);
  // What was told is not told again.
  assert.deepEqual(feed('s1 fail bob')[0]?.lines, ['s1 fail bob']);
});

test('a failure without an address waits for it', () => {
  const { feed } = testDetector(session);
  assert.deepEqual(feed('s1 fail bob'), []);
  const [failure] = feed('s1 bye 192.0.2.1');
  assert.equal(failure?.id, '192.0.2.1');
  assert.deepEqual(failure?.lines, ['s1 fail bob', 's1 bye 192.0.2.1']);
  assert.deepEqual(feed('s1 bye 192.0.2.1'), []);
});

test('a success clears what was held against a session, but not the trial of another user', () => {
  const { feed } = testDetector(session);
  assert.deepEqual(feed('s1 try bob 192.0.2.1', 's1 welcome bob 192.0.2.1', 's1 bye 192.0.2.1'), []);
  const [failure] = feed('s2 try root 192.0.2.1', 's2 welcome bob 192.0.2.1');
  assert.equal(failure?.lines.length, 2);
  assert.equal(failure?.fields.users, "{'root', 'bob'}");
});

test('the newest address of a session counts, also of the other family', () => {
  const { feed } = testDetector(session);
  feed('s1 connect 192.0.2.1', 's1 connect 2001:db8::1');
  assert.equal(feed('s1 fail bob')[0]?.id, '2001:db8::1');
});

test('a session is remembered for five minutes from its first line', () => {
  const { feed, clock } = testDetector(session);
  feed('s1 connect 192.0.2.1');
  clock.advance(299);
  assert.equal(feed('s1 fail bob').length, 1);
  clock.advance(2);
  assert.equal(feed('s1 fail bob').length, 0);
});

test('a hundred sessions are remembered, the eldest forgotten first', () => {
  const { feed } = testDetector(session);
  for (let n = 0; n <= 100; n += 1) feed(`s${n} connect 192.0.2.${n}`);
  assert.equal(feed('s1 fail bob')[0]?.id, '192.0.2.1');
  assert.deepEqual(feed('s0 fail bob'), []);
});

test('a session keeps its newest hundred lines, and as many names', () => {
  const { feed } = testDetector(session);
  for (let n = 0; n < 300; n += 1) feed(`s1 fail user${n}`);
  const [failure] = feed('s1 bye 192.0.2.1');
  assert.equal(failure?.lines.length, 100);
  assert.equal(failure?.lines[0], 's1 fail user201');
  assert.equal(failure?.fields.users?.split(',').length, 100);
});
