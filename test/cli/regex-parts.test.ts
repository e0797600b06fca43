import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../src/base/index.ts';
import { MemoryTerminal, runRegex } from '../../src/cli/index.ts';
import type { PartPlan } from '../../src/cli/regex/log-parts.ts';
import { tryPart } from '../../src/cli/regex/part.ts';
import { type StartPart, startPartThread } from '../../src/cli/regex/part-threads.ts';
import { testNowSec } from '../support/detector.ts';
import { SeededRandom } from '../support/random.ts';

let folder: string;
let log: string;

/** Rules with and without sessions, and a prefregex. */
const filters: Readonly<Record<string, string>> = {
  sessions: `prefregex = ^(?:\\s*\\S+ )?(?:app\\[<F-MLFID>\\d+</F-MLFID>\\]: )?(?:error: )?<F-CONTENT>.+</F-CONTENT>$
failregex = ^denied for <F-USER>\\S+</F-USER> from <HOST>$
            ^<F-NOFAIL>begins</F-NOFAIL> for <F-USER>\\S*</F-USER> from <ADDR>
            ^<F-MLFFORGET><F-NOFAIL>ends</F-NOFAIL></F-MLFFORGET>
            ^wrong <F-USER>\\S+</F-USER>$
            ^<F-MLFGAINED>welcome</F-MLFGAINED> <F-USER>\\S+</F-USER>`,
  plain: `failregex = denied for <F-ALT_USER>\\S+</F-ALT_USER> from <HOST>$
            ^.*begins for \\S* from <ADDR>
datepattern = {^LN-BEG}`,
};

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-parts-'));
  log = join(folder, 'log');
  mkdirSync(join(folder, 'filter.d'));
  for (const [name, text] of Object.entries(filters)) {
    writeFileSync(join(folder, 'filter.d', `${name}.conf`), `[Definition]\n${text}\n`);
  }
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What is said, without the time that it took. */
async function report(filter: string, options: readonly string[], parts?: PartPlan): Promise<string> {
  const terminal = new MemoryTerminal();
  await runRegex('fail2ban-regex', ['-c', folder, ...options, log, `${filter}.conf`], terminal, {
    clock: new ManualClock(testNowSec),
    resolve: async (name) => (name.startsWith('two') ? ['192.0.2.7', '2001:db8::7'] : []),
    names: { hostOf: async () => undefined, fullName: async () => '', shortName: () => '' },
    isWatched: false,
    ...(parts === undefined ? {} : { parts }),
  });
  assert.match(terminal.stdout, /^Lines: /m);
  // Messages begin with the time.
  return terminal.stdout.replace(/^\[processed in .*\]$/m, '').replace(/^\d{4}-\d\d-\d\d [\d:,]+ /gm, '');
}

/** Tries a part here, and counts those whose counts were made use of. */
function countingStart(): { readonly start: StartPart; readonly used: () => number } {
  let used = 0;
  const start: StartPart = (request) => {
    const result = tryPart(request, new ManualClock(testNowSec)).then((part) => {
      if (part.kind === 'unsure') return part;
      const { sums } = part;
      return Object.defineProperty({ ...part }, 'sums', {
        get: () => {
          used += 1;
          return sums;
        },
      });
    });
    return { result, stop: async () => void (await result) };
  };
  return { start, used: () => used };
}

/** What a log is made of; chances are in parts of a thousand. */
interface Recipe {
  readonly seed: number;
  readonly lines: number;
  readonly filter: string;
  /** Processes that write at the same time. */
  readonly processes: number;
  /** How often a process comes again that ended long ago. */
  readonly returns: number;
  readonly undated: number;
  readonly odd: number;
  readonly named: number;
  readonly interest: number;
  /** From this part of the log on dates are of another format. */
  readonly change: number | undefined;
  readonly lineEnd: string;
}

const dates = [
  (second: string) => `Nov 22 15:28:${second}`,
  (second: string) => `2026-11-22T15:28:${second}.123+01:00`,
  (second: string) => `[22/Nov/2026:15:28:${second} +0100]`,
];
const oddLines = [
  '',
  '#comment',
  '\r',
  ' ',
  'Feb 30 15:28:49 srv app[3]: denied for root from 192.0.2.1',
  '1795361329 x',
];

function makeLog(recipe: Recipe): string {
  const random = new SeededRandom(recipe.seed);
  const chance = (perMille: number): boolean => random.chance(perMille / 1000);
  const below = (limit: number): number => random.integer(0, limit - 1);
  const first = below(dates.length);
  let text = '';
  for (let index = 0; index < recipe.lines; index += 1) {
    const second = String(below(60)).padStart(2, '0');
    const hasChanged = recipe.change !== undefined && index > recipe.change * recipe.lines;
    const date = dates[(first + (hasChanged ? 1 : 0)) % dates.length]!(second);
    const process = chance(recipe.returns)
      ? below(index + 1)
      : Math.floor(index / 4) + below(recipe.processes);
    const user = random.pick(['root', 'ü', 'admin', 'guest']);
    const address = random.pick(['192.0.2.1', '2001:db8::1', '203.0.113.9', '::ffff:192.0.2.9']);
    const from = chance(recipe.named) ? random.pick(['two.example', 'nobody.example']) : address;
    const message = chance(recipe.interest)
      ? random.pick([
          `denied for ${user} from ${from}`,
          `begins for ${user} from ${address} port 1`,
          `wrong ${user}`,
          `welcome ${user}`,
          'ends',
        ])
      : random.pick(['nothing of interest', `padding ${'x'.repeat(below(200))}`]);
    const line = `${chance(recipe.undated) ? '' : `${date} `}srv app[${process}]: ${message}`;
    text += (chance(recipe.odd) ? random.pick(oddLines) : line) + recipe.lineEnd;
  }
  return text;
}

const rarely = (perMille: number) => fc.constantFrom(0, 0, 0, perMille);
const recipes: fc.Arbitrary<Recipe> = fc.record({
  seed: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
  lines: fc.integer({ min: 20, max: 3000 }),
  filter: fc.constantFrom('sessions', 'sessions', 'plain'),
  processes: fc.constantFrom(1, 10, 150),
  returns: rarely(20),
  undated: fc.constantFrom(0, 0, 30),
  odd: rarely(3),
  named: rarely(5),
  interest: fc.constantFrom(50, 500, 900),
  change: fc.constantFrom(undefined, undefined, undefined, 0.01, 0.4, 0.8),
  lineEnd: fc.constantFrom('\n', '\n', '\r\n'),
});
const optionLists = fc.constantFrom<readonly string[]>(
  [],
  [],
  ['--no-check-all'],
  ['-r'],
  ['--usedns', 'no'],
  ['-l', 'info'],
  ['-v'],
  ['--print-all-missed'],
);
const plans = fc.record({
  threads: fc.constantFrom(2, 3, 5),
  leastBytes: fc.constant(1),
  chunkBytes: fc.constantFrom(1000, 10_000),
  warmUpLines: fc.constantFrom(10, 300, 600),
});

test('a log that is tried in parts has the report of one that is tried line after line', async () => {
  let used = 0;
  let unused = 0;
  await fc.assert(
    fc.asyncProperty(recipes, optionLists, plans, async (recipe, options, plan) => {
      writeFileSync(log, makeLog(recipe));
      const whole = await report(recipe.filter, options);
      const counting = countingStart();
      const divided = await report(recipe.filter, options, { ...plan, start: counting.start });
      assert.equal(divided, whole);
      if (counting.used() > 0) used += 1;
      else unused += 1;
    }),
    { numRuns: 60 },
  );
  assert.ok(used > 10 && unused > 5, `the parts were of use ${used} times, and ${unused} times not`);
});

test('very long lines, and a last line without an end, are those of a log that is left whole', async () => {
  const mebi = 1024 * 1024;
  const denied = (index: number, length: number): string =>
    `Nov 22 15:28:49 srv app[${index % 50}]: denied for ${'x'.repeat(length)} from 192.0.2.1\n`;
  const short = Array.from({ length: 100 }, (_, index) => denied(index, 99_900)).join('');
  const middle = short.length / 2;
  for (const [length, at] of [
    [0.6 * mebi, middle - 200_000],
    [1.5 * mebi, 0],
    [5 * mebi, middle - 5 * mebi],
  ] as const) {
    const cut = short.indexOf('\n', at) + 1;
    const open = 'Nov 22 15:28:49 srv app[1]: end';
    writeFileSync(log, `${short.slice(0, cut)}${denied(1, length)}${short.slice(cut)}${open}`);
    const whole = await report('sessions', []);
    const { start } = countingStart();
    const plan = { threads: 2, leastBytes: 1, chunkBytes: 4 * mebi, warmUpLines: 30, start };
    assert.equal(await report('sessions', [], plan), whole);
  }
});

test('a thread tries its part as one here does', async () => {
  writeFileSync(log, makeLog({ ...calm, lines: 4000 }));
  const whole = await report('sessions', []);
  const kinds: string[] = [];
  const start: StartPart = (request) => {
    const part = startPartThread(request);
    void part.result.then(({ kind }) => kinds.push(kind));
    return part;
  };
  const plan = { threads: 2, leastBytes: 1, chunkBytes: 10_000, warmUpLines: 600, start };
  assert.equal(await report('sessions', [], plan), whole);
  assert.deepEqual(kinds, ['counted']);
});

test('the log is tried to its end here where a thread ends in trouble', async () => {
  writeFileSync(log, makeLog({ ...calm, lines: 2000 }));
  const whole = await report('sessions', []);
  const start: StartPart = () => ({
    result: Promise.resolve({ kind: 'unsure' }),
    stop: async () => undefined,
  });
  const plan = { threads: 3, leastBytes: 1, chunkBytes: 10_000, warmUpLines: 300, start };
  assert.equal(await report('sessions', [], plan), whole);
});

const calm: Recipe = {
  seed: 7,
  lines: 1000,
  filter: 'sessions',
  processes: 10,
  returns: 0,
  undated: 0,
  odd: 0,
  named: 0,
  interest: 500,
  change: undefined,
  lineEnd: '\n',
};
