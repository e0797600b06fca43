import { ManualClock, parseIp, silentLogger } from '../../src/base/index.ts';
import {
  type CompileRegex,
  createInspector,
  type LogMemory,
  type RuleMatch,
} from '../../src/detect/index.ts';
import type { DetectOracle, Sample } from './detect-oracle.ts';
import { filterText, ownFilter } from './own-filter.ts';

/** The moment that the reference's sample logs are written for, in a machine whose zone is `corpusZone`. */
export const corpusNowSec = Date.parse('2005-08-14T10:00:00Z') / 1000;
export const corpusZone = 'Europe/Zurich';

/** How one of our filters did on the samples of the installed reference. */
export interface CorpusResult {
  readonly positives: number;
  readonly negatives: number;
  /** What went wrong: options, file, line, reason and text. */
  readonly complaints: readonly string[];
}

type Options = Readonly<Record<string, string>>;

/** Runs our filter over the reference's samples for it, in every set of options that they name. */
export async function runCorpus(
  name: string,
  oracle: DetectOracle,
  compile: CompileRegex,
): Promise<CorpusResult> {
  const sets = new Map<string, Sample[]>();
  for (const sample of await oracle.samples(name)) {
    for (const options of sample.tests) {
      const key = JSON.stringify(options);
      sets.set(key, [...(sets.get(key) ?? []), sample]);
    }
  }
  const complaints: string[] = [];
  let [positives, negatives] = [0, 0];
  for (const [key, samples] of sets) {
    const tryLine = lineTester(name, JSON.parse(key) as Options, compile);
    for (const sample of samples) {
      const problem = complaint(sample, tryLine(sample));
      if (problem !== undefined)
        complaints.push(`${key} ${sample.file}:${sample.number} ${problem}: ${sample.text}`);
      if (sample.expected.match === true) positives += 1;
      else negatives += 1;
    }
  }
  return { positives, negatives, complaints };
}

function lineTester(
  name: string,
  options: Options,
  compile: CompileRegex,
): (sample: Sample) => readonly RuleMatch[] {
  const settings = {
    jail: name,
    useDns: 'warn',
    findTimeSec: 600,
    ...ownFilter(filterText(name, options)),
  } as const;
  const pulse = { begin: () => undefined, end: () => undefined };
  const deps = { clock: new ManualClock(corpusNowSec), pulse, logger: silentLogger, compile };
  const inspector = createInspector(settings, { allRules: true, rawHosts: true }, deps);
  const log: LogMemory = {
    inOperation: true,
    lastDateSec: undefined,
    lastDateText: undefined,
    lastSeenAtSec: undefined,
  };
  const timeSec = options.logtype === 'journal' ? corpusNowSec : undefined;
  const prefix = options['test.prefix-line'] ?? '';
  return ({ text }) => inspector.inspect(prefix + text, timeSec, log)?.matches ?? [];
}

/** What a sample expects, checked against the matches; undefined when all is well. */
function complaint(sample: Sample, matches: readonly RuleMatch[]): string | undefined {
  const { expected } = sample;
  const failures = matches.filter((match) => match.identity !== undefined && !match.isHelper);
  if (expected.match !== true)
    return failures.length === 0 ? undefined : `matches rule ${failures[0]!.rule + 1}`;
  if (failures.length !== 1) {
    const rules = failures.map(({ rule }) => rule + 1);
    return `${failures.length} matches instead of one${rules.length === 0 ? '' : ` (rules ${rules})`}`;
  }
  const [failure] = failures as [RuleMatch];
  for (const [key, value] of Object.entries(expected)) {
    const ours = actualOf(failure, key);
    const wanted = wantedOf(key, value);
    if (ours !== undefined && JSON.stringify(ours) !== JSON.stringify(wanted)) {
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

/** Samples spell some addresses in capitals. */
function wantedOf(key: string, value: unknown): unknown {
  if (key === 'time') return plainTime(String(value));
  return key === 'host' ? (parseIp(String(value))?.text ?? value) : value;
}

/** Some samples give a fraction, or a day of one digit. */
function plainTime(text: string): string {
  return text.replace(/\.\d+$/, '').replace(/-(\d)T/, '-0$1T');
}

function isoLocal(timeSec: number): string {
  const local = new Date((timeSec - new Date(timeSec * 1000).getTimezoneOffset() * 60) * 1000);
  return local.toISOString().slice(0, 19);
}
