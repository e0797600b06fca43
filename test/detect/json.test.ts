import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Logger, ManualClock, silentLogger, WarderError } from '../../src/base/index.ts';
import { createDetector, type Failure, type LogMemory } from '../../src/detect/index.ts';
import { jsonLine, parseLogFormat } from '../../src/detect/json/index.ts';

const nowSec = Date.parse('2026-11-22T15:00:00Z') / 1000;
const pulse = { begin: () => undefined, end: () => undefined };

const shape = 'json[time=ts, address="peer.ip|ip", matches="event user=who.name"]';

function seen(line: unknown, format = shape, isTimed = false): string | undefined {
  return jsonLine(typeof line === 'string' ? line : JSON.stringify(line), parseLogFormat(format)!, isTimed);
}

function detector(logFormat: string, failRegex: string[], more: object = {}, logger: Logger = silentLogger) {
  const settings = {
    jail: 'j',
    failRegex,
    ignoreRegex: [],
    useDns: 'no',
    maxLines: 1,
    findTimeSec: 600,
    logFormat,
    ...more,
  } as const;
  const made = createDetector(settings, { clock: new ManualClock(nowSec), pulse, logger });
  const log: LogMemory = {
    inOperation: true,
    lastDateSec: undefined,
    lastDateText: undefined,
    lastSeenAtSec: undefined,
  };
  return (line: unknown): readonly Failure[] =>
    made.feed(typeof line === 'string' ? line : JSON.stringify(line), undefined, log);
}

test('a JSON line becomes its time, its address and the fields that the rules see', () => {
  const line = {
    ts: '2026-11-22T14:59:58Z',
    peer: { ip: '192.0.2.1' },
    event: 'login',
    who: { name: 'a"b' },
  };
  assert.equal(seen(line), '2026-11-22T14:59:58Z 192.0.2.1 event="login" user="a\\"b"');
});

test('the time is left out where the source tells it, and so is what stands before the object', () => {
  assert.equal(seen('host app[1]: {"ip":"192.0.2.1","event":1}', shape, true), '192.0.2.1 event=1 user=null');
});

test('numbers are seconds, milliseconds, microseconds or nanoseconds since the epoch', () => {
  for (const ts of [1795359600.5, 1795359600500, 1795359600500000, 1795359600500000000]) {
    assert.match(seen({ ts, ip: '192.0.2.1' })!, /^1795359600\.50000\d 192\.0\.2\.1 /);
  }
});

test('addresses may have a port, brackets or a zone; anything else is none', () => {
  const address = (ip: unknown): string => seen({ ts: 1795359600, ip })!.split(' ')[1]!;
  for (const text of ['192.0.2.1', '192.0.2.1:4711', '::ffff:192.0.2.1', '[::ffff:192.0.2.1]:80']) {
    assert.equal(address(text), '192.0.2.1', text);
  }
  for (const text of ['2001:db8::1', '[2001:DB8::1]:443', '2001:db8::1%eth0'])
    assert.equal(address(text), '2001:db8::1');
  for (const text of [
    '0/0',
    '192.0.2.0/24',
    'example.org',
    '192.0.2.1 x',
    '1.2.3',
    '',
    7,
    null,
    ['192.0.2.1'],
  ]) {
    assert.equal(address(text), '-', String(text));
  }
});

test('a path finds names with dots, list items, and the first of several alternatives', () => {
  const format = 'json[matches="source.ip h=headers.X-Y.0 x=a|b.c"]';
  const line = { 'source.ip': '1', headers: { 'X-Y': ['2', '3'] }, a: null, b: { c: 4 } };
  assert.equal(seen(line, format), 'source.ip="1" h="2" x=4');
  assert.equal(seen({ source: { ip: 5 } }, format), 'source.ip=5 h=null x=null');
});

test('what every object inherits is no field', () => {
  assert.equal(
    seen({}, 'json[matches="constructor __proto__ toString.name"]'),
    'constructor=null __proto__=null toString.name=null',
  );
});

test('no value of a field can pass for another field or another address', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ maxLength: 40 }), (user, event) => {
      const line = JSON.stringify({ ts: 1795359600, ip: '192.0.2.1', event, who: { name: user } });
      const text = seen(line)!;
      const rest = text.slice('1795359600.000000 192.0.2.1 event='.length);
      assert.ok(text.startsWith('1795359600.000000 192.0.2.1 event="'));
      const match = /^("(?:[^"\\]|\\.)*") user=("(?:[^"\\]|\\.)*")$/.exec(rest);
      assert.deepEqual([JSON.parse(match![1]!), JSON.parse(match![2]!)], [event, user]);
    }),
  );
});

test('a failure has the address of its field, whatever the others hold', () => {
  const feed = detector(shape, ['^event="login" user="<F-USER>(?:[^"\\\\]|\\\\.)*</F-USER>"$']);
  const [failure] = feed({ ts: nowSec - 5, ip: '192.0.2.1', event: 'login', who: { name: '198.51.100.1' } });
  assert.deepEqual(
    [failure?.id, failure?.timeSec, failure?.fields.user],
    ['192.0.2.1', nowSec - 5, '198.51.100.1'],
  );
  assert.deepEqual(failure?.lines, [`${nowSec - 5}.000000 192.0.2.1 event="login" user="198.51.100.1"`]);
  assert.deepEqual(feed({ ts: nowSec, event: 'login', who: { name: 'x' } }), []);
});

test('without a field for the address a rule captures who is counted', () => {
  const feed = detector('json[matches="user"]', ['^user="<F-ID>\\w+</F-ID>"']);
  assert.deepEqual(
    feed({ user: 'bob' }).map(({ id, timeSec }) => [id, timeSec]),
    [['bob', nowSec]],
  );
});

test('lines that are no JSON are passed over, with a warning once a day', () => {
  const warnings: string[] = [];
  const logger: Logger = { log: (level, _logger, message) => warnings.push(`${level} ${message}`) };
  const feed = detector(shape, ['^event="login"'], {}, logger);
  for (const line of ['', 'plain 192.0.2.1 event="login"', '{"event":', '{"event":"login"} trailing'])
    assert.deepEqual(feed(line), []);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /^WARNING \[j\] logformat says json, but a log line holds no JSON object/);
});

test('a format that cannot work is refused with what to write instead', () => {
  const code = (logFormat: string, more: object = {}): string => {
    try {
      detector(logFormat, ['^a=1'], more);
      return 'accepted';
    } catch (error) {
      assert.ok(error instanceof WarderError && error.hint !== undefined, String(error));
      return error.code;
    }
  };
  for (const text of [
    'xml',
    'json',
    'json[matches=""]',
    'json[matches=a, tme=b]',
    'json[matches=a, address=a..b]',
    'json[matches="a b=|"]',
    'json[matches="a',
    'text[matches=a]',
  ]) {
    assert.equal(code(text), 'DETECT_LOG_FORMAT', text);
  }
  assert.equal(
    code('json[address=ip, matches=a]', { prefRegex: '^<F-CONTENT>.*</F-CONTENT>' }),
    'DETECT_LOG_FORMAT',
  );
  assert.equal(code('json[address=ip, matches=a]'), 'accepted');
});
