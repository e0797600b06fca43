import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ManualClock, silentLogger } from '../../src/base/index.ts';
import {
  createInspector,
  type FilterSettings,
  type LogMemory,
  sharedCompiler,
  type UseDns,
} from '../../src/detect/index.ts';
import { DetectOracle, type OracleLine, type OracleMode, type Sample } from '../support/detect-oracle.ts';
import { resultOf } from '../support/detect-result.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { inspectPrefiltered } from '../support/prefiltered.ts';

/** The moment that the sample logs are written for, and their time zone. */
const nowSec = Date.parse('2005-08-14T10:00:00Z') / 1000;
const zone = 'Europe/Zurich';
const longSec = 50 * 365 * 86_400;

let oracle: DetectOracle | undefined;
const compile = sharedCompiler();

before(() => {
  process.env.TZ = zone;
  oracle = new DetectOracle();
});
after(() => oracle?.close());

/** Sample lines of one filter with one set of options. */
interface SampleSet {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  readonly lines: readonly OracleLine[];
}

function setsOf(name: string, samples: readonly Sample[]): SampleSet[] {
  const sets = new Map<string, SampleSet & { lines: OracleLine[] }>();
  for (const sample of samples) {
    for (const options of sample.tests) {
      const key = JSON.stringify(options);
      const set = sets.get(key) ?? { name, options, lines: [] };
      const prefix = options['test.prefix-line'] ?? '';
      // A journal tells the time itself.
      const journal = options.logtype === 'journal';
      set.lines.push(
        journal ? { text: prefix + sample.text, timeSec: nowSec + 0.25 } : { text: sample.text },
      );
      sets.set(key, set);
    }
  }
  return [...sets.values()];
}

async function settingsOf(set: SampleSet, useDns: UseDns, findTimeSec: number): Promise<FilterSettings> {
  const options = Object.fromEntries(Object.entries(set.options).filter(([key]) => !key.startsWith('test.')));
  return { jail: 'jail', useDns, findTimeSec, ...(await oracle!.stock(set.name, options)) };
}

/** Runs both over the lines of a set; returns lines and matches, fails at the first difference. */
async function compare(
  set: SampleSet,
  settings: FilterSettings,
  mode: OracleMode,
): Promise<{ lines: number; matches: number }> {
  const pulse = { begin: () => undefined, end: () => undefined };
  const deps = { clock: new ManualClock(nowSec), pulse, logger: silentLogger, compile };
  const inspector = createInspector(settings, mode, deps);
  const log = freshLog(mode);
  await oracle!.makeFilter('filter', settings, mode, { nowSec, zone });
  const answers = await oracle!.lines('filter', set.lines);
  let matches = 0;
  for (const [index, line] of set.lines.entries()) {
    const ours = resultOf(inspector.inspect(line.text, line.timeSec, log));
    const theirs = answers[index]!;
    assert.deepEqual(ours, theirs, `${set.name} ${JSON.stringify(set.options)}: ${line.text}`);
    matches += ours.rows!.length;
  }
  if (set.lines.every(({ timeSec }) => timeSec === undefined)) {
    const texts = set.lines.map(({ text }) => text);
    const found = inspectPrefiltered(createInspector(settings, mode, deps), texts, freshLog(mode));
    for (const [index, { rows }] of found.entries()) {
      const message = `${set.name} with the prefilter ${JSON.stringify(set.options)}: ${texts[index]}`;
      assert.deepEqual(rows, answers[index]!.rows, message);
    }
  }
  return { lines: set.lines.length, matches };
}

function freshLog({ inOperation = false }: OracleMode): LogMemory {
  return { inOperation, lastDateSec: undefined, lastDateText: undefined, lastSeenAtSec: undefined };
}

interface Use {
  readonly title: string;
  readonly mode: OracleMode;
  readonly useDns: UseDns;
  readonly findTimeSec: number;
}

const uses: readonly Use[] = [
  {
    title: 'tried with all rules',
    mode: { allRules: true, rawHosts: true },
    useDns: 'warn',
    findTimeSec: 600,
  },
  {
    title: 'tried with addresses only',
    mode: { allRules: true, keepPending: true },
    useDns: 'no',
    findTimeSec: 600,
  },
  { title: 'tried up to the first rule', mode: { keepPending: true }, useDns: 'raw', findTimeSec: 600 },
  { title: 'at the first catch-up', mode: { judgeAge: true }, useDns: 'warn', findTimeSec: longSec },
  { title: 'in operation', mode: { judgeAge: true, inOperation: true }, useDns: 'yes', findTimeSec: 600 },
];

for (const { title, mode, useDns, findTimeSec } of uses) {
  test(`every stock filter gives the reference's rows on every sample, ${title}`, async (context) => {
    if (!requireFail2ban(context)) return;
    const total = { filters: 0, sets: 0, lines: 0, matches: 0 };
    for (const name of await oracle!.names()) {
      if (name === 'sshd-journal') continue; // read from the sshd samples
      const sets = setsOf(name, await oracle!.samples(name));
      total.filters += 1;
      for (const set of sets) {
        const settings = await settingsOf(set, useDns, findTimeSec);
        const { lines, matches } = await compare(set, settings, mode);
        total.sets += 1;
        total.lines += lines;
        total.matches += matches;
      }
    }
    context.diagnostic(`equal: ${JSON.stringify(total)}`);
    assert.ok(total.filters >= 80 && total.matches >= 500, 'the samples were read');
  });
}
