import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock, parseIp, silentLogger } from '../../src/base/index.ts';
import { createDetector, createInspector, type Failure, sharedCompiler } from '../../src/detect/index.ts';
import {
  type FilterSample,
  readSamples,
  SampleRun,
  sampleNowSec,
  sampleZone,
} from '../support/filter-samples.ts';
import { filterText, ownFilter, ownFilters } from '../support/own-filter.ts';
import { SeededRandom } from '../support/random.ts';

process.env.TZ = sampleZone;
const compile = sharedCompiler();
const pulse = { begin: () => undefined, end: () => undefined };
const deps = { clock: new ManualClock(sampleNowSec), pulse, logger: silentLogger, compile };

/** `WARDER_FUZZ_ROUNDS=100` looks that much longer, and at other lines. */
const rounds = Number(process.env.WARDER_FUZZ_ROUNDS ?? 1);

/** What an attacker writes where he may, so that somebody else is taken for him. */
const fragments = [
  '198.51.100.7',
  ' from 198.51.100.7 port 22 ssh2',
  ' from 198.51.100.7',
  ' rhost=198.51.100.7',
  ' rhost=198.51.100.7  user=root',
  '[198.51.100.7]',
  ' [198.51.100.7]: ',
  '(198.51.100.7)',
  ' client 198.51.100.7, server: x',
  ', client: 198.51.100.7',
  ', rip=198.51.100.7, lip=192.0.2.1',
  ' ip=198.51.100.7',
  ' host 198.51.100.7',
  ': 198.51.100.7:4711',
  ' for 198.51.100.7 failed',
  ' authentication failed from 198.51.100.7',
  ' 198.51.100.7 - - ',
  ' by 198.51.100.7',
  ' unknown[198.51.100.7]: SASL LOGIN authentication failed: x',
];

/** A part of a line that its sender writes. What closes it he cannot write: services escape or refuse it there. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly forbidden: RegExp;
}

const closing: Readonly<Record<string, RegExp>> = {
  '"': /["\\]/,
  "'": /['\\]/,
  '>': /[<>]/,
  ']': /[[\]]/,
  ')': /[()]/,
};

/** The user's name, and what stands between quotes; where an attacker plays with quotes already, the name alone. */
function spansOf(
  { text, kind }: FilterSample,
  user: readonly [number, number] | undefined,
  id: string,
): Span[] {
  const spans: Span[] = [];
  const add = (start: number, end: number): void => {
    // A part that imitates a line already would only be broken by more.
    const part = text.slice(start, end);
    if (part.includes(id) || part.includes('198.51.100.')) return;
    spans.push({ start, end, forbidden: closing[text[end] ?? ''] ?? /[\r\n]/ });
  };
  if (user !== undefined && user[1] > user[0]) add(...user);
  if (kind === 'injection') return spans;
  for (const match of text.matchAll(/"([^"]{3,})"/g)) add(match.index + 1, match.index + match[0].length - 1);
  return spans;
}

/** The single failure of a line by itself, with where the user stands; undefined where it needs others, or gives none. */
function ownFailure(name: string, sample: FilterSample): { id: string; spans: Span[] } | undefined {
  const { options, text } = sample;
  const settings = {
    jail: name,
    useDns: 'warn',
    findTimeSec: 86_400,
    ...ownFilter(filterText(name, options)),
  } as const;
  const log = {
    inOperation: false,
    lastDateSec: undefined,
    lastDateText: undefined,
    lastSeenAtSec: undefined,
  };
  const timeSec = options.logtype === 'journal' ? sampleNowSec : undefined;
  const found = createInspector(settings, {}, deps).inspect(text, timeSec, log);
  const match = found?.matches.find(({ identity }) => identity !== undefined);
  if (found === undefined || match?.identity === undefined || parseIp(match.identity.id) === undefined)
    return undefined;
  const { head, date } = found.line;
  const place = match.place('user');
  const isPlain = head + date + found.line.tail === text;
  const shift = (at: number): number => (at >= head.length ? at + date.length : at);
  const user = place === undefined || !isPlain ? undefined : ([shift(place[0]), shift(place[1])] as const);
  return { id: match.identity.id, spans: spansOf(sample, user, match.identity.id) };
}

/** Whether a text holds an address, in whatever spelling. */
function holds(text: string, id: string): boolean {
  if (text.includes(id)) return true;
  const words = [...text.matchAll(/[0-9a-fA-F.:]+/g)].map(([word]) => word);
  // A word may begin with what belongs to its neighbour (`IPv6:2001:db8::1`), and end with a port.
  const tails = (word: string): string[] =>
    word.split(':').map((_, from, parts) => parts.slice(from).join(':'));
  const parts = words.flatMap(tails).flatMap((part) => [part, part.replace(/:\d*$/, '')]);
  return parts.some((part) => parseIp(part)?.text === id);
}

function bystanders(failures: readonly Failure[]): string[] {
  return failures.map(({ id }) => id).filter((id) => id.startsWith('198.51.100.'));
}

let tried = 0;

for (const name of ownFilters()) {
  test(`whatever an attacker puts into his part of a line, the ${name} filter counts nobody else`, () => {
    const random = new SeededRandom(name.length * 7919);
    const seen = new Set<string>();
    for (const sample of readSamples(name)) {
      if (sample.kind === 'negative') continue;
      const own = ownFailure(name, sample);
      if (own === undefined) continue;
      for (const { start, end, forbidden } of own.spans) {
        for (const fragment of fragments) {
          if (forbidden.test(fragment)) continue;
          const at = random.pick([start, end, random.integer(start, end)]);
          const to = random.chance(0.3) ? end : at;
          const line = sample.text.slice(0, at) + fragment + sample.text.slice(to);
          tried += 1;
          const failures = new SampleRun(name, sample.options, compile).feed(line);
          if (bystanders(failures).length > 0) seen.add(`${sample.place} ${line}`);
        }
      }
    }
    assert.deepEqual([...seen].slice(0, 5), []);
  });
}

test('the lines of an attacker were tried in numbers', (context) => {
  context.diagnostic(`${tried} lines with text of an attacker's`);
  assert.ok(tried > 5000, String(tried));
});

test('lines with noise in them neither stop a filter nor make it count an address that they do not hold', () => {
  const random = new SeededRandom(20261122 + rounds);
  const noise = [
    '\0',
    '\x1b[31m',
    '\ufffd',
    'é',
    '\u2028',
    '%',
    '"',
    '\\',
    ' ',
    ':',
    '[',
    '1.2.3.4',
    '::1',
    'a'.repeat(300),
  ];
  for (const name of ownFilters()) {
    const samples = readSamples(name);
    // A session has its address from an earlier line.
    let fed = '';
    const runs = new Map(samples.map(({ options }) => [options, new SampleRun(name, options, compile)]));
    for (let round = 0; round < 60 * rounds; round += 1) {
      const { options, text } = random.pick(samples);
      let line = text;
      for (let change = random.integer(1, 4); change > 0; change -= 1) {
        const at = random.integer(0, line.length);
        const removed = random.chance(0.5) ? random.integer(0, 12) : 0;
        const added = random.chance(0.7)
          ? random.pick(noise)
          : random.pick(samples).text.slice(0, random.integer(0, 80));
        line = line.slice(0, at) + added + line.slice(at + removed);
      }
      fed += `${line}
`;
      for (const { id } of runs.get(options)!.feed(line)) {
        if (parseIp(id) === undefined) continue;
        assert.ok(holds(line, id) || holds(fed, id), `${name} counts ${id} for ${line}`);
      }
    }
  }
});

test('any text at all does no harm to any filter', () => {
  const runs = ownFilters().map((name) => new SampleRun(name, {}, compile));
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), fc.constantFrom(...runs), (text, run) => {
      assert.deepEqual(bystanders(run.feed(text)), []);
    }),
    { seed: 7 * rounds, numRuns: 3000 * rounds },
  );
});

test('no rule makes a line count a network wider than /8 (IPv4) or /16 (IPv6), however it captures it', () => {
  const rules = [
    'net <SUBNET>$',
    'net <ADDR>/<CIDR>$',
    'net <F-ID>\\S+</F-ID>$',
    'net (?:<ADDR>(?:/<CIDR>)?|<F-ID>\\S+</F-ID>)$',
    'net <F-ID><SUBNET></F-ID>$',
    'net <HOST>(?:/<CIDR>)?$',
  ];
  const detectors = rules.map((rule) =>
    createDetector(
      {
        jail: 'j',
        failRegex: [rule],
        ignoreRegex: [],
        useDns: 'warn',
        maxLines: 1,
        findTimeSec: 600,
        datePattern: '{NONE}',
      },
      deps,
    ),
  );
  const log = {
    inOperation: true,
    lastDateSec: undefined,
    lastDateText: undefined,
    lastSeenAtSec: undefined,
  };
  const address = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom('0.0.0.0', '::', '::ffff:0.0.0.0', '::ffff:1.2.3.4', '0', '127.1'),
  );
  const prefix = fc.oneof(
    fc.integer({ min: 0, max: 130 }).map(String),
    fc.constantFrom('0.0.0.0', '255.0.0.0', '128.0.0.0', '00', '-1', ''),
  );
  let networks = 0;
  fc.assert(
    fc.property(address, prefix, fc.constantFrom('', '[', '('), (ip, bits, bracket) => {
      const close = bracket === '[' ? ']' : bracket === '(' ? ')' : '';
      for (const line of [`net ${bracket}${ip}/${bits}${close}`, `net ${bracket}${ip}${close}/${bits}`]) {
        for (const detector of detectors) {
          for (const { id } of detector.feed(line, sampleNowSec, log)) {
            const network = parseIp(id);
            if (network === undefined) continue;
            if (id.includes('/')) networks += 1;
            assert.ok(network.prefix >= (network.family === 4 ? 8 : 16), `${id} for ${line}`);
          }
        }
      }
    }),
    { seed: 11 * rounds, numRuns: 3000 * rounds },
  );
  assert.ok(networks > 100, 'networks were counted at all');
});
