import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type DateReader, makeDateReader } from '../../../src/detect/dates/index.ts';
import { sharedCompiler } from '../../../src/detect/index.ts';

const compile = sharedCompiler();
const ownZone = process.env.TZ;
after(() => {
  if (ownZone === undefined) delete process.env.TZ;
  else process.env.TZ = ownZone;
});

const two = (value: number): string => String(value).padStart(2, '0');
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

interface Civil {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/** How dates are spelled that are read quickly, with what may follow them. */
const spellings: readonly ((civil: Civil) => string)[] = [
  (c) => `${c.year}-${two(c.month)}-${two(c.day)}T${clock(c)}`,
  (c) => `${c.year}-${two(c.month)}-${two(c.day)} ${clock(c)},875`,
  (c) => `${c.year}-${two(c.month)}-${two(c.day)}T${clock(c)}.875123+01:00`,
  (c) => `${c.year}-${two(c.month)}-${two(c.day)} ${clock(c)} -0330`,
  (c) => `${c.year}-${two(c.month)}-${two(c.day)}T${clock(c)}Z`,
  (c) => `${c.year}/${two(c.month)}/${two(c.day)} ${clock(c)}`,
  (c) => `${months[c.month - 1]} ${two(c.day)} ${clock(c)}`,
  (c) => `${months[c.month - 1]} ${String(c.day).padStart(2)} ${clock(c)}`,
  (c) => `Sun ${months[c.month - 1]} ${two(c.day)} ${clock(c)}.01 ${c.year}`,
  (c) => `${two(c.day)}/${months[c.month - 1]}/${c.year}:${clock(c)} +0100`,
  (c) => `${two(c.day)}-${months[c.month - 1]}-${c.year} ${clock(c)}.252`,
  (c) => `${c.year}${two(c.month)}${two(c.day)}T${clock(c).replaceAll(':', '')}Z`,
  (c) => `${epoch(c)}`,
  (c) => `${epoch(c)}.123`,
];

function clock({ hour, minute, second }: Civil): string {
  return `${two(hour)}:${two(minute)}:${two(second)}`;
}

function epoch({ year, month, day, hour, minute, second }: Civil): number {
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

/** A setting, and how a line has the date in it. */
const layouts: readonly (readonly [
  pattern: string | undefined,
  line: (date: string, rest: string) => string,
])[] = [
  [undefined, (date, rest) => `${date}${rest}`],
  [undefined, (date, rest) => `[${date}]${rest}`],
  [undefined, (date, rest) => `<34>1 ${date}${rest}`],
  [undefined, (date, rest) => `host "${date}"${rest}`],
  ['{^LN-BEG}', (date, rest) => `${date}${rest}`],
  ['^{DATE}', (date, rest) => `${date}${rest}`],
  ['^<\\d+>\\d+\\s+{DATE}', (date, rest) => `<34>1 ${date}${rest}`],
  ['^[^\\[]*\\[({DATE})\n{^LN-BEG}', (date, rest) => `192.0.2.1 - - [${date}]${rest}`],
  ['^[^\\[]*(\\[{DATE}\\s*\\])', (date, rest) => `192.0.2.1 - - [${date}]${rest}`],
  ['^(?:[^"\\\\]|\\\\.)*\\[({DATE})\\s*\\]', (date, rest) => `a - [b] [${date}] "GET /"${rest}`],
  ['{^LN-BEG}Epoch\n{^LN-BEG}', (date, rest) => `${date}${rest}`],
  [
    '{^LN-BEG}%ExY(?P<_sep>[-/.])%m(?P=_sep)%d[T ]%H:%M:%S(?:[.,]%f)?(?:\\s*%z)?',
    (date, rest) => `${date}${rest}`,
  ],
];

const rests = [
  '',
  ' host sshd[1]: text',
  ' Zeus sshd[1]: text',
  ' Z text',
  ' utility text',
  ' UTC text',
  ' GMT text',
  ' z text',
  ' 2026 text',
  ' 2nd text',
  ' +01 text',
  '+0100',
  '+01:99 ',
  ' -05:00',
  '.5 text',
  ',text',
  '.1234567 text',
  '9',
  'x',
  '_',
  ': text',
  '  Z',
  '\u00a0Z',
  'é',
  '٣ text',
  '[',
  ']] "',
];

/** One change to a line, such as an attacker, an accident or another program may make. */
type Change = (line: string) => string;

const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 14, arbitrary: fc.constant((line: string) => line) },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(45), fc.constantFrom(...'0123456789:/-. TZz[]<"\\\'é٣ſ\ud800xJ+,\t')).map(
      ([at, char]) =>
        (line: string) =>
          line.slice(0, at) + char + line.slice(at + 1),
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(45), fc.constantFrom('0', ' ', 'x', '[', '<1>', 'é', '"', '\\', '20', 'Sun ', '+'))
      .map(
        ([at, text]) =>
          (line: string) =>
            line.slice(0, at) + text + line.slice(at),
      ),
  },
  { weight: 1, arbitrary: fc.nat(45).map((at) => (line: string) => line.slice(0, at) + line.slice(at + 1)) },
  { weight: 1, arbitrary: fc.nat(45).map((at) => (line: string) => line.slice(0, at)) },
  { weight: 1, arbitrary: fc.constant((line: string) => line.toUpperCase()) },
  { weight: 1, arbitrary: fc.constant((line: string) => line.toLowerCase()) },
  { weight: 1, arbitrary: fc.constant((line: string) => `${' '.repeat(300)}${line}`) },
  { weight: 1, arbitrary: fc.constant((line: string) => `${line} ${'text '.repeat(200)}`) },
);

/** Moments near changes of the clock, of the year and of February, and days that there are not. */
const oddCivil: fc.Arbitrary<Civil> = fc.record({
  year: fc.constantFrom(2026, 2026, 2026, 2025, 2024, 1999, 2030),
  month: fc.constantFrom(1, 2, 3, 10, 11, 11, 12),
  day: fc.constantFrom(1, 8, 21, 22, 22, 23, 25, 29, 30, 31),
  hour: fc.constantFrom(0, 1, 2, 3, 15, 15, 23, 24),
  minute: fc.constantFrom(0, 28, 28, 28, 59, 60),
  second: fc.constantFrom(0, 1, 30, 48, 49, 50, 59, 60),
});

/** What most lines of a log have: about the same minute. */
const plainCivil: fc.Arbitrary<Civil> = fc
  .tuple(fc.constantFrom(22, 22, 22, 23), fc.constantFrom(28, 28, 29), fc.nat(59))
  .map(([day, minute, second]) => ({ year: 2026, month: 11, day, hour: 15, minute, second }));

const civil = fc.oneof({ weight: 2, arbitrary: plainCivil }, { weight: 1, arbitrary: oddCivil });

const nows = [
  '2026-11-22T15:28:49.500Z',
  '2026-01-01T00:30:00Z',
  '2024-02-29T12:00:00Z',
  '2025-03-01T00:00:30Z',
];
const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata', 'Pacific/Apia'];

interface Spelled {
  readonly civil: Civil;
  readonly spelling: number;
  readonly rest: string;
  readonly change: Change;
  readonly stepSec: number;
}

/** Mostly the same spelling again and again, as in a log. */
const scenario = fc.record({
  layout: fc.nat(layouts.length - 1),
  zone: fc.constantFrom(...zones),
  logTimeZone: fc.constantFrom(undefined, undefined, 'UTC', 'CET+0130', '-0430'),
  now: fc.constantFrom(...nows),
  spelling: fc.nat(spellings.length - 1),
  lines: fc.array(
    fc.record({
      civil,
      spelling: fc.option(fc.nat(spellings.length - 1), { nil: -1, freq: 8 }),
      rest: fc.oneof({ weight: 3, arbitrary: fc.constant(rests[1]!) }, fc.constantFrom(...rests)),
      change,
      stepSec: fc.constantFrom(0, 0, 0, 0.25, 1, 60, 400),
    }),
    { minLength: 2, maxLength: 30 },
  ),
});

interface Answer {
  readonly start: number;
  readonly end: number;
  readonly template: string;
  readonly timeSec: number | undefined;
  readonly hasZone: boolean;
}

function readText(reader: DateReader, line: string): Answer | undefined {
  const date = reader.read(line);
  if (date === undefined) return undefined;
  const { start, end, template, timeSec, hasZone } = date;
  return { start, end, template: template.spec.name, timeSec, hasZone };
}

/** What the templates have learned. */
function learned({ templates }: DateReader): unknown[] {
  return templates.map(({ spec, hits, matches, lastUsedSec, distance }) => [
    spec.name,
    hits,
    matches,
    lastUsedSec,
    distance,
  ]);
}

test('a date that is read quickly is the one that the regexes find, whatever happens to the lines', () => {
  let quick = 0;
  let lines = 0;
  fc.assert(
    fc.property(scenario, ({ layout, zone, logTimeZone, now, spelling, lines: spelled }) => {
      process.env.TZ = zone;
      let nowSec = Date.parse(now) / 1000;
      const [datePattern, place] = layouts[layout]!;
      const options = { datePattern, logTimeZone, nowSec: () => nowSec, compile };
      const slow = makeDateReader({ ...options, isSlow: true });
      const ofText = makeDateReader(options);
      const ofBytes = makeDateReader(options);
      for (const { civil: moment, spelling: other, rest, change: mutate, stepSec } of spelled as Spelled[]) {
        nowSec += stepSec;
        const line = mutate(place(spellings[other < 0 ? spelling : other]!(moment), rest));
        const wanted = readText(slow, line);
        assert.deepEqual(readText(ofText, line), wanted, line);
        const bytes = Buffer.from(`x\n${line}\n2026`);
        const found = ofBytes.readBytes(bytes, 2, bytes.length - 5, nowSec);
        lines += 1;
        if (found === undefined) ofBytes.read(line);
        else {
          quick += 1;
          const { start, end, timeSec, hasZone } = found;
          const ours = { start: start - 2, end: end - 2, template: wanted?.template, timeSec, hasZone };
          assert.deepEqual(ours, wanted, line);
        }
      }
      assert.deepEqual(learned(ofText), learned(slow));
      assert.deepEqual(learned(ofBytes), learned(slow));
    }),
    { numRuns: 1500 },
  );
  assert.ok(quick > lines / 8, `${quick} of ${lines} lines were read quickly`);
});

test('every common spelling is read quickly once its template has won', () => {
  process.env.TZ = 'Europe/Berlin';
  const nowSec = Date.parse(nows[0]!) / 1000;
  const moment = { year: 2026, month: 11, day: 22, hour: 15, minute: 28, second: 49 };
  for (const spelling of spellings) {
    const reader = makeDateReader({ nowSec: () => nowSec, compile });
    const line = `${spelling(moment)} host sshd[1]: text`;
    assert.notEqual(reader.read(line), undefined, line);
    const bytes = Buffer.from(line);
    assert.notEqual(reader.readBytes(bytes, 0, bytes.length, nowSec), undefined, line);
  }
});

test('a date without a year moves into the last one at the second at which it lies too far ahead', () => {
  process.env.TZ = 'UTC';
  const nowSec = Date.parse('2026-11-21T15:28:30Z') / 1000;
  const reader = makeDateReader({ nowSec: () => nowSec, compile });
  const yearOf = (second: number): number =>
    new Date(reader.read(`Nov 22 15:28:${two(second)} host`)!.timeSec! * 1000).getUTCFullYear();
  assert.deepEqual([0, 29, 30, 31, 59, 30].map(yearOf), [2026, 2026, 2026, 2025, 2025, 2026]);
});

test('in the hours that a clock shows twice or never, quick times are those of the regexes', () => {
  process.env.TZ = 'Europe/Berlin';
  const nowSec = Date.parse('2026-11-22T15:28:49Z') / 1000;
  const options = { nowSec: () => nowSec, compile };
  const [quick, slow] = [makeDateReader(options), makeDateReader({ ...options, isSlow: true })];
  for (const day of ['2026-03-29', '2026-10-25']) {
    for (let minute = 0; minute < 240; minute += 1) {
      const line = `${day} ${two(Math.floor(minute / 60))}:${two(minute % 60)}:30 host`;
      assert.equal(quick.read(line)?.timeSec, slow.read(line)?.timeSec, line);
    }
  }
});
