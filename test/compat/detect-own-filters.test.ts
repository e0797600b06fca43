import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ManualClock, silentLogger } from '../../src/base/index.ts';
import { createInspector, type LogMemory, type RuleMatch, sharedCompiler } from '../../src/detect/index.ts';
import { DetectOracle, type Sample } from '../support/detect-oracle.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { ownFilter } from '../support/own-filter.ts';

const nowSec = Date.parse('2005-08-14T10:00:00Z') / 1000;
const compile = sharedCompiler();
let oracle: DetectOracle | undefined;

before(() => {
  process.env.TZ = 'Europe/Zurich';
  oracle = new DetectOracle();
});
after(() => oracle?.close());

type Options = Readonly<Record<string, string>>;

function filterText(name: string, options: Options): string {
  const list = Object.entries(options).filter(([key]) => !key.startsWith('test.'));
  return list.length === 0 ? name : `${name}[${list.map(([key, value]) => `${key}="${value}"`).join(', ')}]`;
}

/** What a sample expects, checked against the matches; undefined when all is well. */
function complaint(sample: Sample, matches: readonly RuleMatch[]): string | undefined {
  const { expected } = sample;
  const failures = matches.filter((match) => match.identity !== undefined && !match.isHelper);
  if (expected.match !== true)
    return failures.length === 0 ? undefined : `matches rule ${failures[0]!.rule + 1}`;
  if (failures.length !== 1) return `${failures.length} matches instead of one`;
  const [failure] = failures as [RuleMatch];
  for (const [key, value] of Object.entries(expected)) {
    const ours = actualOf(failure, key);
    if (ours !== undefined && JSON.stringify(ours) !== JSON.stringify(value)) {
      return `${key}: ${JSON.stringify(ours)} instead of ${JSON.stringify(value)}`;
    }
  }
  return undefined;
}

function actualOf(failure: RuleMatch, key: string): unknown {
  switch (key) {
    case 'time':
      return isoLocal(failure.timeSec!);
    case 'host':
      return failure.identity!.id;
    case 'user':
      return failure.fields.get('user') ?? null;
    case 'users':
      return [...((failure.fields.get('users') as Set<string> | undefined) ?? [])];
    case 'attempts':
      return failure.lines.length;
    default:
      return undefined;
  }
}

function isoLocal(timeSec: number): string {
  const local = new Date((timeSec - new Date(timeSec * 1000).getTimezoneOffset() * 60) * 1000);
  return local.toISOString().slice(0, 19);
}

for (const name of ['sshd', 'recidive']) {
  test(`our ${name} filter recognises every stock sample, and refuses those that are none`, async (context) => {
    if (!requireFail2ban(context)) return;
    const sets = new Map<string, Sample[]>();
    for (const sample of await oracle!.samples(name)) {
      for (const options of sample.tests) {
        const key = JSON.stringify(options);
        sets.set(key, [...(sets.get(key) ?? []), sample]);
      }
    }
    const complaints: string[] = [];
    let [positives, negatives] = [0, 0];
    for (const [key, samples] of sets) {
      const options = JSON.parse(key) as Options;
      const settings = {
        jail: name,
        useDns: 'warn',
        findTimeSec: 600,
        ...ownFilter(filterText(name, options)),
      } as const;
      const pulse = { begin: () => undefined, end: () => undefined };
      const deps = { clock: new ManualClock(nowSec), pulse, logger: silentLogger, compile };
      const inspector = createInspector(settings, { allRules: true, rawHosts: true }, deps);
      const log: LogMemory = {
        inOperation: true,
        lastDateSec: undefined,
        lastDateText: undefined,
        lastSeenAtSec: undefined,
      };
      for (const sample of samples) {
        const timeSec = options.logtype === 'journal' ? nowSec : undefined;
        const found = inspector.inspect((options['test.prefix-line'] ?? '') + sample.text, timeSec, log);
        const problem = complaint(sample, found?.matches ?? []);
        if (problem !== undefined)
          complaints.push(`${key} ${sample.file}:${sample.number} ${problem}: ${sample.text}`);
        if (sample.expected.match === true) positives += 1;
        else negatives += 1;
      }
    }
    context.diagnostic(`${name}: ${positives} positives, ${negatives} negatives, ${complaints.length} wrong`);
    assert.deepEqual(complaints, []);
    assert.ok(positives > 5 && negatives > 0, 'the samples were read');
  });
}
