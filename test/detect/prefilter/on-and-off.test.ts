import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import type { FilterSettings } from '../../../src/detect/index.ts';
import { DetectLoop } from '../../support/detect-loop.ts';

const nowSec = Date.parse('2026-11-22T15:30:00Z') / 1000;
let folder: string;
let files = 0;
let zone: string | undefined;

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-onoff-'));
  zone = process.env.TZ;
  process.env.TZ = 'UTC';
});
after(() => {
  rmSync(folder, { recursive: true, force: true });
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const rules = [
  '^ \\S+ sshd: Failed for <HOST>$',
  'Failed \\w+ from <HOST>',
  '(?i)denied: <HOST>',
  '^<HOST> - \\[\\] "(?:GET|POST) /(?:admin|login)',
  '\\[\\] \\[error\\] <HOST>',
  '^ x <HOST>$',
  'größe <HOST>',
  '(?i)blocked <HOST>',
  '^ <F-MLFID>\\w+</F-MLFID> <F-NOFAIL>hello</F-NOFAIL> <HOST>$',
  '^ <F-MLFID>\\w+</F-MLFID> goodbye$',
  '^\\s*<HOST>\\s*$',
];
const prefixes = [undefined, '^ \\S+ sshd: <F-CONTENT>.+</F-CONTENT>$', '<F-CONTENT>.*denied.*</F-CONTENT>'];
const patterns = [undefined, '{^LN-BEG}', '^[^\\[]*\\[({DATE})\n{^LN-BEG}', '{NONE}', '{UNB}%H:%M:%S'];

const filter = fc.record({
  failRegex: fc.uniqueArray(fc.constantFrom(...rules), { minLength: 1, maxLength: 4 }),
  ignoreRegex: fc.constantFrom([], ['192\\.0\\.2\\.7'], ['Failed']),
  prefRegex: fc.constantFrom(...prefixes),
  datePattern: fc.constantFrom(...patterns),
  maxLines: fc.constantFrom(1, 1, 1, 1, 3),
});

const date = fc.constantFrom(
  'Nov 22 15:29:50',
  'Nov 22 15:29:10',
  'Nov 22 11:00:00',
  '2026-11-22 15:29:40',
  '22/Nov/2026:15:29:30 +0000',
  '1795361350',
  '15:29:20',
  'Xyz 99 99:99:99',
);
const address = fc.constantFrom('192.0.2.1', '192.0.2.7', '2001:db8::1', 'peer.example', '999.1.1.1');
const message = fc
  .tuple(
    fc.constantFrom(
      ' srv sshd: Failed for @',
      ' srv sshd: Failed root from @',
      ' Denied: @',
      ' srv sshd: access denıed: @ denied',
      '@ - [#] "GET /admin HTTP/1.1"',
      '[#] [error] @',
      ' x @',
      ' größe @',
      ' BLOCKED @ ',
      ' bloc\u212aed @',
      ' one hello @',
      ' one goodbye',
      ' @ ',
      'Fai#led root from @',
      ' nothing at all',
      '',
      ' \xff\ufffd odd\r',
    ),
    address,
  )
  .map(([text, peer]) => text.replace('@', peer));
const line = fc
  .tuple(message, date, fc.constantFrom('front', 'front', 'within', 'none'))
  .map(([text, when, place]) => {
    if (text.includes('#')) return place === 'none' ? text.replace('#', '') : text.replace('#', when);
    if (place === 'within') return `${text.slice(0, 4)}${when}${text.slice(4)}`;
    return place === 'none' ? text : when + text;
  });

test('the same failures come out, whether lines are told apart by their bytes first or not', () => {
  let total = 0;
  fc.assert(
    fc.property(
      fc.array(filter, { minLength: 1, maxLength: 3 }),
      fc.array(fc.array(line, { minLength: 1, maxLength: 16 }), { minLength: 1, maxLength: 3 }),
      (filters, parts) => {
        const on = failuresOf(filters, parts, true);
        assert.deepEqual(on, failuresOf(filters, parts, false));
        total += on.length;
      },
    ),
    { numRuns: 120 },
  );
  assert.ok(total > 50, 'there were failures');
});

type Drawn = Omit<FilterSettings, 'jail' | 'useDns' | 'findTimeSec' | 'prefRegex' | 'datePattern'> & {
  readonly prefRegex: string | undefined;
  readonly datePattern: string | undefined;
};

function failuresOf(
  filters: readonly Drawn[],
  parts: readonly string[][],
  withPrefilter: boolean,
): unknown[] {
  files += 1;
  const log = join(folder, `${files}.log`);
  appendFileSync(log, '');
  const loop = new DetectLoop(nowSec, { withPrefilter });
  for (const [index, { prefRegex, datePattern, ...rest }] of filters.entries()) {
    const settings: FilterSettings = {
      jail: `j${index}`,
      useDns: 'warn',
      findTimeSec: 600,
      ...rest,
      ...(prefRegex === undefined ? {} : { prefRegex }),
      ...(datePattern === undefined ? {} : { datePattern }),
    };
    loop.add(settings, [{ pattern: log, tail: false }], 'utf-8');
  }
  const failures = parts.flatMap((lines) => {
    appendFileSync(log, lines.map((text) => `${text}\n`).join(''));
    return loop.pass(2);
  });
  loop.stop();
  rmSync(log);
  return failures.sort((a, b) => (a.jail < b.jail ? -1 : a.jail > b.jail ? 1 : 0));
}
