import fc from 'fast-check';
import type { FilterSettings } from '../../src/detect/index.ts';

/** Of those that both read. */
export type Encoding = 'utf-8' | 'latin-1' | 'ascii' | 'utf-16le' | 'utf-16be' | 'utf-32le' | 'utf-32be';

/** A line, dated so many seconds from the moment of writing (none: no date), and what ends it. */
export interface WrittenLine {
  readonly offsetSec: number | undefined;
  readonly format: 'iso' | 'syslog' | 'epoch';
  readonly text: string;
  /** Bytes that are wrong in the encoding, for those that have such. */
  readonly damaged: boolean;
  readonly lineEnd: '\n' | '\r\n';
}

export type Step =
  | { readonly kind: 'write'; readonly lines: readonly WrittenLine[]; readonly cutBytes: number }
  | { readonly kind: 'rotate' | 'truncate'; readonly line: WrittenLine }
  | { readonly kind: 'pass'; readonly sec: number };

export interface Scenario {
  readonly encoding: Encoding;
  readonly settings: FilterSettings;
  /** There before the start, by their age. */
  readonly old: readonly WrittenLine[];
  readonly steps: readonly Step[];
}

const address = fc.constantFrom('192.0.2.1', '192.0.2.2', '[2001:db8::1]', '2001:db8::2', '::ffff:192.0.2.3');
const name = fc.constantFrom('root', 'bob', 'jürgen', 'a b', '', 'nul\0', '\u0a0a\u0d0d', '€');
const event = fc.constantFrom('fail', 'fail', 'fail', 'fail', 'fail', 'help', 'good', 'bye', 'noip', 'text');
const text = fc
  .tuple(fc.constantFrom('s1', 's2', 's3'), event, name, address)
  .map(([session, what, user, from]) => `${session} ${what} user=${user} from ${from} end`);
const lineEnd = fc.constantFrom<'\n' | '\r\n'>('\n', '\n', '\r\n');
const lineAt = (offsetSec: fc.Arbitrary<number | undefined>): fc.Arbitrary<WrittenLine> =>
  fc.record({
    offsetSec,
    format: fc.constantFrom('iso' as const, 'iso' as const, 'syslog' as const, 'epoch' as const),
    text,
    damaged: fc.boolean(),
    lineEnd,
  });

/** Now, or a little odd, or far off: a time that jumps, a wrong zone, no date at all. */
const fresh = lineAt(
  fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: -5, max: 2 }) },
    { weight: 2, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(-3600, 3600, -61, 61, -700, 90_000) },
  ),
);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        lines: fc.array(fresh, { minLength: 1, maxLength: 6 }),
        cutBytes: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 })),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constantFrom('rotate' as const, 'truncate' as const), line: fresh }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('pass' as const), sec: fc.integer({ min: 2, max: 400 }) }),
    },
  ),
  { minLength: 2, maxLength: 12, size: 'max' },
);

export const scenario: fc.Arbitrary<Scenario> = fc.record({
  encoding: fc.constantFrom<Encoding>(
    'utf-8',
    'utf-8',
    'latin-1',
    'ascii',
    'utf-16le',
    'utf-16be',
    'utf-32le',
    'utf-32be',
  ),
  settings: fc
    .record({
      sessions: fc.boolean(),
      window: fc.constantFrom(1, 1, 2, 4),
      zone: fc.constantFrom(undefined, 'UTC+0200'),
    })
    .map(({ sessions, window, zone: logTimeZone }) => ({
      ...settingsOf(window > 1 ? spanning : sessions ? inSessions : plain),
      ...(sessions && window === 1 ? { prefRegex: sessionPrefix } : {}),
      maxLines: window,
      ...(logTimeZone === undefined ? {} : { logTimeZone }),
    })),
  old: fc
    .tuple(
      fc.array(fc.integer({ min: 0, max: 2000 }), { maxLength: 12 }),
      fc.array(lineAt(fc.constant(0)), { minLength: 1, maxLength: 13 }),
    )
    // Of a log that was there before the dates ascend, as the search for its start relies on.
    .map(([ages, lines]) => {
      const ascending = [...ages].sort((a, b) => b - a);
      return lines.map((line, index) => ({ ...line, offsetSec: -(ascending[index] ?? 0) }));
    }),
  steps,
});

export function settingsOf(failRegex: readonly string[]): FilterSettings {
  return { jail: 'jail', failRegex, ignoreRegex: [], useDns: 'no', maxLines: 1, findTimeSec: 600 };
}

export const plain = ['^ ?\\w+ fail user=<F-USER>.*</F-USER> from <HOST> end \\d+'];
const inSessions = [
  '^fail user=<F-USER>.*</F-USER> from <ADDR>',
  '^<F-NOFAIL>help</F-NOFAIL> user=<F-USER>.*?</F-USER> from <ADDR>',
  '^<F-MLFFORGET><F-MLFGAINED>good</F-MLFGAINED></F-MLFFORGET> user=<F-USER>.*?</F-USER> from',
  '^<F-NOFAIL><F-MLFFORGET>bye</F-MLFFORGET></F-NOFAIL> ',
  '^noip user=<F-USER>.*?</F-USER> from',
];
export const sessionPrefix = '^ ?<F-MLFID>\\w+</F-MLFID> <F-CONTENT>.+</F-CONTENT>$';
/** Failures whose address only an earlier line of the session has. */
export const remembering = [
  '^<F-NOFAIL>help</F-NOFAIL> user=<F-USER>.*?</F-USER> from <ADDR>',
  '^fail user=<F-USER>.*?</F-USER> from',
  '^noip user=<F-ALT_USER>.*?</F-ALT_USER> from',
];
const spanning = ['^ ?(\\w+) help.*$<SKIPLINES>^ ?\\1 fail user=.* from <HOST> end \\d+$', ...plain];

/** The date at the start of a line that is written now, with the blank behind it. */
export function dateOf({ offsetSec, format }: WrittenLine, nowSec: number): string {
  if (offsetSec === undefined) return '';
  const timeSec = Math.trunc(nowSec) + offsetSec;
  if (format === 'epoch') return `${timeSec} `;
  // Winter: Berlin is an hour ahead.
  const local = new Date((timeSec + 3600) * 1000);
  const iso = local.toISOString().slice(0, 19);
  if (format === 'iso') return `${iso.replace('T', ' ')} `;
  const month = local.toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  return `${month} ${String(local.getUTCDate()).padStart(2)} ${iso.slice(11)} `;
}

/** The bytes of a text; of what an encoding does not have, something else. */
export function encode(body: string, encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from(body);
  if (encoding === 'latin-1' || encoding === 'ascii')
    return Buffer.from(body.replace(/[^\0-\xff]/g, '?'), 'latin1');
  const unit = encoding.startsWith('utf-16') ? 2 : 4;
  const bytes = Buffer.alloc(body.length * unit);
  for (let index = 0; index < body.length; index += 1) {
    if (encoding.endsWith('le')) bytes.writeUIntLE(body.charCodeAt(index), index * unit, unit);
    else bytes.writeUIntBE(body.charCodeAt(index), index * unit, unit);
  }
  return bytes;
}

/** Bytes that mean nothing: cut sequences, lone surrogates. */
export function damageIn(encoding: Encoding): Buffer {
  if (encoding === 'utf-8') return Buffer.from([0x20, 0xff, 0xe2, 0x82, 0x41, 0xf0, 0x9f, 0x20]);
  if (encoding === 'latin-1' || encoding === 'ascii') return Buffer.from([0x20, 0x80, 0xff]);
  return encode('\ud800', encoding);
}
