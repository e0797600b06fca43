import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ManualClock, parseIp, silentLogger } from '../../src/base/index.ts';
import { createInspector, type FilterSettings, sharedCompiler, type UseDns } from '../../src/detect/index.ts';
import { DetectOracle, type OracleResult } from '../support/detect-oracle.ts';
import { resultOf } from '../support/detect-result.ts';
import { newLog } from '../support/detector.ts';
import { requireFail2ban } from '../support/fail2ban.ts';

const nowSec = Date.parse('2026-11-22T15:28:49Z') / 1000;
const compile = sharedCompiler();
const run = {
  numRuns: Number(process.env.WARDER_RUNS ?? 150),
  ...(process.env.WARDER_SEED ? { seed: Number(process.env.WARDER_SEED) } : {}),
};
let oracle: DetectOracle | undefined;

before(() => {
  oracle = new DetectOracle();
});
after(() => oracle?.close());

const compatible = /^::(\d+)\.(\d+)\.(\d+)\.(\d+)/;
const octet = fc.oneof(fc.nat(255).map(String), fc.constantFrom('0', '00', '010', '256', '999'));
const four = fc.array(octet, { minLength: 4, maxLength: 4 }).map((parts) => parts.join('.'));
const group = fc.oneof(
  fc.constantFrom('0', '00', 'DB8', 'db8', 'ffff', '1', 'g'),
  fc.nat(0xffff).map((part) => part.toString(16)),
);
const six = fc
  .tuple(fc.array(group, { maxLength: 8 }), fc.array(group, { maxLength: 7 }), fc.boolean())
  .map(([left, right, whole]) => (whole ? left.join(':') : `${left.join(':')}::${right.join(':')}`));
const address = fc.oneof(
  four,
  fc.ipV4(),
  fc.ipV6(),
  six,
  fc.constantFrom('::', '::1', '0.0.0.0', 'host.example', 'a_b.example', '-', '2001:db8::'),
);
/** As wide as a line may ask for. Of an IPv4-mapped address with a shorter prefix the reference makes a network of half the world. */
const mapped = fc
  .tuple(
    four,
    fc.oneof(
      fc.constant(''),
      fc.integer({ min: 104, max: 130 }).map((bits) => `/${bits}`),
    ),
  )
  .map(([text, end]) => `::ffff:${text}${end}`);
/** As wide as a line may ask for; a wider one counts as its one address here (docs/differences.md). */
const suffix = fc.oneof(
  { weight: 3, arbitrary: fc.constant('') },
  { weight: 2, arbitrary: fc.integer({ min: 16, max: 140 }).map((bits) => `/${bits}`) },
  { weight: 1, arbitrary: fc.constantFrom('/', '/x', ':22', ',', '.', '/024') },
);
const spelling = fc
  .tuple(address, suffix, fc.constantFrom('', '[]', '[', '()'))
  .map(([text, end, around]) => `${around.slice(0, 1)}${text}${end}${around.slice(1)}`);

const rules: readonly string[] = [
  'from <HOST>',
  'from <HOST> end',
  'from <ADDR>(?:[:/]\\d+)? end',
  'from <SUBNET>',
  'from <SUBNET> end',
  'from \\[?(?:<IP4>|<IP6>)\\]?(?:/<CIDR>)? end',
  'from \\(?<DNS>\\)? end',
  'from <F-ID>\\S+</F-ID> end',
  'from <F-ID/> end',
  'from <F-ID>\\[?<ADDR>\\]?\\S*</F-ID> end',
];

const settings: fc.Arbitrary<FilterSettings> = fc.record({
  jail: fc.constant('jail'),
  failRegex: fc.subarray([...rules], { minLength: 1, maxLength: 3 }),
  ignoreRegex: fc.constant([]),
  useDns: fc.constantFrom<UseDns>('yes', 'no', 'raw', 'warn'),
  maxLines: fc.constant(1),
  findTimeSec: fc.constant(600),
});

test('addresses, networks and names of every spelling count as in the reference', async (context) => {
  if (!requireFail2ban(context)) return;
  let rows = 0;
  await fc.assert(
    fc.asyncProperty(
      settings,
      fc.array(fc.oneof({ weight: 6, arbitrary: spelling }, { weight: 1, arbitrary: mapped }), {
        minLength: 1,
        maxLength: 40,
        size: 'max',
      }),
      async (filter, all) => {
        const use = { allRules: false };
        await oracle!.makeFilter('filter', filter, use, { nowSec, zone: 'UTC' });
        const lines = all.map((text) => ({ text: `from ${text} end` }));
        const theirs = await oracle!.lines('filter', lines);
        const pulse = { begin: () => undefined, end: () => undefined };
        const deps = { clock: new ManualClock(nowSec), pulse, logger: silentLogger, compile };
        const inspector = createInspector(filter, use, deps);
        const log = newLog();
        for (const [index, { text }] of lines.entries()) {
          const ours = resultOf(inspector.inspect(text, undefined, log));
          // At some ids the reference fails, and the line is lost.
          const expected = withWholeIds(theirs[index]!, ours);
          if (expected.error !== undefined) continue;
          assert.deepEqual(inOneSpelling(ours), inOneSpelling(expected), text);
          rows += ours.rows!.length;
        }
      },
    ),
    run,
  );
  assert.ok(rows > run.numRuns);
  context.diagnostic(`equal: ${rows} rows`);
});

/** An id that is no address keeps what follows a slash (`user/7`), which the reference cuts off. */
function withWholeIds(theirs: OracleResult, ours: OracleResult): OracleResult {
  const rows = theirs.rows?.map((row, index) => {
    const id = ours.rows?.[index]?.id;
    const isCut = typeof id === 'string' && parseIp(id) === undefined && id.split('/')[0] === row.id;
    return isCut ? { ...row, id } : row;
  });
  return rows === undefined ? theirs : { ...theirs, rows };
}

/** Every address in one spelling: the reference has `::0.1.0.0` for `::1:0`, and `::ffff:192.0.2.0/120`. */
function inOneSpelling(result: OracleResult): OracleResult {
  const rows = result.rows?.map((row) => ({
    ...row,
    id: oneSpelling(row.id),
    fields: row.fields.map(([name, value]) => [name, name === 'ip' ? oneSpelling(value) : value] as const),
  }));
  return rows === undefined ? result : { ...result, rows };
}

function oneSpelling(id: unknown): string {
  const plain = String(id).replace(compatible, (_, a, b, c, d) => `::${group16(a, b)}:${group16(c, d)}`);
  return parseIp(plain)?.text ?? plain;
}

function group16(high: string, low: string): string {
  return (Number(high) * 256 + Number(low)).toString(16);
}
