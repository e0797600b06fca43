import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ManualClock, silentLogger } from '../../src/base/index.ts';
import {
  createInspector,
  type FilterSettings,
  type LogMemory,
  sharedCompiler,
  type UseDns,
} from '../../src/detect/index.ts';
import { DetectOracle, type OracleLine, type OracleMode } from '../support/detect-oracle.ts';
import { resultOf } from '../support/detect-result.ts';
import { requireFail2ban } from '../support/fail2ban.ts';

const zone = 'Europe/Berlin';
const nowSec = Date.parse('2026-11-22T15:28:49Z') / 1000;
const compile = sharedCompiler();
let oracle: DetectOracle | undefined;

before(() => {
  process.env.TZ = zone;
  oracle = new DetectOracle();
});
after(() => oracle?.close());

/** Words of which lines and rules are made, so that they meet often. */
const address = fc.constantFrom(
  '192.0.2.1',
  '192.0.2.2',
  '::ffff:192.0.2.3',
  '[192.0.2.4]',
  '999.1.1.1',
  'a.example',
  '-',
);
const user = fc.constantFrom('root', 'bob', '', 'x y');
const date = fc.constantFrom(
  '2026-11-22 16:28:40 ',
  '2026-11-22 16:28:47 ',
  'Nov 22 16:20:00 ',
  'Nov 22 17:28:49 ',
  '16:28:48 ',
  '99:99:99 ',
  '',
);
const session = fc.constantFrom('s1', 's2', 's3');
const event = fc.constantFrom(
  'fail',
  'help',
  'good',
  'bye',
  'over',
  'noip',
  'ignored',
  'text',
  'subnet',
  'id',
  'tuple',
);

const message = fc
  .tuple(session, event, user, address)
  .map(([id, what, name, from]) => `${id} ${what} user=${name} from ${from} end`);
const fileLine: fc.Arbitrary<OracleLine> = fc.tuple(date, message).map(([at, text]) => ({ text: at + text }));
const journalLine: fc.Arbitrary<OracleLine> = fc
  .tuple(fc.integer({ min: -700, max: 20 }), message)
  .map(([offset, text]) => ({ text, timeSec: nowSec + offset + 0.5 }));
const lines = fc.oneof(
  fc.array(fileLine, { minLength: 1, maxLength: 50, size: 'max' }),
  fc.array(journalLine, { minLength: 1, maxLength: 50, size: 'max' }),
);

const rules: readonly string[] = [
  'fail user=<F-USER>.*</F-USER> from <HOST> end',
  'fail user=<F-USER>\\S+</F-USER>',
  '<F-NOFAIL>help</F-NOFAIL> user=<F-USER>.*?</F-USER> from <HOST>',
  '<F-MLFFORGET><F-MLFGAINED>good</F-MLFGAINED></F-MLFFORGET> user=<F-USER>\\S*</F-USER> from <ADDR>',
  '<F-MLFGAINED>good</F-MLFGAINED> user=<F-ALT_USER>\\S*</F-ALT_USER>',
  '<F-NOFAIL><F-MLFFORGET>bye</F-MLFFORGET></F-NOFAIL>.* from <ADDR>',
  '<F-MLFFORGET>over</F-MLFFORGET> user=(?:<F-USER>\\w+</F-USER>)?',
  'noip user=<F-ALT_USER_1>\\w*</F-ALT_USER_1>',
  'subnet .* from <SUBNET>',
  'id user=<F-ID/> from',
  'id user=<F-ID>\\S*</F-ID> from <HOST>',
  'tuple user=<F-ID>\\S*</F-ID> from <F-TUPLE_ID>\\S+</F-TUPLE_ID>',
];
const spanning: readonly string[] = [
  '^ ?(?P<mlfid>\\w+) help.*$<SKIPLINES>^ ?(?P=mlfid) fail.* from <HOST> end$',
  '^ ?\\w+ good.*$<SKIPLINES>^ ?\\w+ over.* from <ADDR> end$',
];

const settings: fc.Arbitrary<FilterSettings> = fc
  .record({
    prefix: fc.constantFrom('session', 'content', 'none'),
    failRegex: fc.subarray([...rules], { minLength: 1 }),
    ignoreRegex: fc.subarray(['ignored', 'text', 'user=bob', 's3'], { maxLength: 2 }),
    window: fc.option(fc.integer({ min: 2, max: 5 }), { freq: 3 }),
    useDns: fc.constantFrom<UseDns>('yes', 'no', 'raw', 'warn'),
    datePattern: fc.constantFrom(undefined, '{^LN-BEG}', '{NONE}', '%H:%M:%S'),
  })
  .map(({ prefix, failRegex, ignoreRegex, window, useDns, datePattern }) => {
    const start = { session: '', content: '^', none: '^ ?(?P<mlfid>\\w+) ' }[prefix];
    const anchored = failRegex.map((rule) => `${window === null ? start : '^ ?\\w+ '}${rule}`);
    return {
      jail: 'jail',
      useDns,
      findTimeSec: 600,
      maxLines: window ?? 1,
      failRegex: window === null ? anchored : [...spanning, ...anchored],
      ignoreRegex,
      ...(window !== null || prefix === 'none'
        ? {}
        : {
            prefRegex:
              prefix === 'session'
                ? '^ ?<F-MLFID>\\w+</F-MLFID>'
                : '^ ?<F-MLFID>\\w+</F-MLFID> <F-CONTENT>.+</F-CONTENT>$',
          }),
      ...(datePattern === undefined ? {} : { datePattern }),
    };
  })
  // A rule that names nobody is refused by both.
  .filter(
    ({ failRegex, prefRegex, maxLines }) =>
      prefRegex !== undefined || (maxLines === 1 && failRegex.length > 0) || failRegex.every(names),
  );

function names(rule: string): boolean {
  return /<(?:HOST|ADDR|SUBNET|F-ID)|mlfid/.test(rule);
}

const mode: fc.Arbitrary<OracleMode> = fc.record({
  allRules: fc.boolean(),
  keepPending: fc.boolean(),
  rawHosts: fc.boolean(),
  judgeAge: fc.boolean(),
  inOperation: fc.boolean(),
});

test('generated filters give the same rows as the reference on generated lines', async (context) => {
  if (!requireFail2ban(context)) return;
  let lineCount = 0;
  let rowCount = 0;
  await fc.assert(
    fc.asyncProperty(settings, mode, lines, async (filter, use, log) => {
      await oracle!.makeFilter('filter', filter, use, { nowSec, zone });
      const theirs = await oracle!.lines('filter', log);
      const pulse = { begin: () => undefined, end: () => undefined };
      const deps = { clock: new ManualClock(nowSec), pulse, logger: silentLogger, compile };
      const inspector = createInspector(filter, use, deps);
      const memory: LogMemory = {
        inOperation: use.inOperation === true,
        lastDateSec: undefined,
        lastDateText: undefined,
        lastSeenAtSec: undefined,
      };
      for (const [index, { text, timeSec }] of log.entries()) {
        const ours = resultOf(inspector.inspect(text, timeSec, memory));
        assert.deepEqual(ours, theirs[index], `line ${index + 1}: ${text}`);
        lineCount += 1;
        rowCount += ours.rows!.length;
      }
    }),
    {
      numRuns: Number(process.env.WARDER_RUNS ?? 300),
      ...(process.env.WARDER_SEED ? { seed: Number(process.env.WARDER_SEED) } : {}),
    },
  );
  context.diagnostic(`equal: ${lineCount} lines, ${rowCount} rows`);
});
