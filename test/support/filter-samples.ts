import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ManualClock, silentLogger } from '../../src/base/index.ts';
import {
  type CompileRegex,
  createDetector,
  type Detector,
  type Failure,
  type LogMemory,
} from '../../src/detect/index.ts';
import { filterText, ownFilter } from './own-filter.ts';

/** What time it is for the samples of our own filters, in a machine whose zone is `sampleZone`. */
export const sampleNowSec = Date.parse('2026-11-22T16:00:00+01:00') / 1000;
export const sampleZone = 'Europe/Berlin';

const folder = fileURLToPath(new URL('../fixtures/filters', import.meta.url));
const bystander = /^198\.51\.100\./;

/** A sample that must match, one that must not, or one in which an attacker imitates something. */
export type SampleKind = 'positive' | 'negative' | 'injection';

/** How one filter did on its samples. */
export interface SampleResult {
  readonly counts: Readonly<Record<SampleKind, number>>;
  /** What went wrong: `file:line reason: text`. */
  readonly complaints: readonly string[];
}

export type SampleOptions = Readonly<Record<string, string>>;

/** What a sample is expected to give: `no`, or what is to be checked of the one failure. */
export type Expected = 'no' | Readonly<Record<string, unknown>>;

interface Expectation {
  readonly expected: Expected;
  readonly isInjection: boolean;
}

/** The filters that have samples. */
export function sampledFilters(): string[] {
  return readdirSync(folder).map((file) => file.replace(/\.log$/, ''));
}

/** One line of a sample file. */
export interface FilterSample {
  /** `file:line`. */
  readonly place: string;
  readonly options: SampleOptions;
  /** The detector starts afresh with this line. */
  readonly isFirst: boolean;
  readonly kind: SampleKind;
  readonly expected: Expected;
  readonly text: string;
}

/**
 * The samples of a filter (test/fixtures/filters/NAME.log). A line `% {options}` begins with a fresh detector, `@ no` or
 * `@ {"id": …}` says what the next line gives, `@! …` the same for one in which an attacker imitates something.
 */
export function readSamples(name: string): FilterSample[] {
  const samples: FilterSample[] = [];
  let options: SampleOptions | undefined;
  let isFirst = true;
  let expectation: Expectation | undefined;
  for (const [index, text] of readFileSync(`${folder}/${name}.log`, 'utf8').split('\n').entries()) {
    const place = `${name}.log:${index + 1}`;
    if (text.startsWith('% ')) {
      options = JSON.parse(text.slice(2)) as SampleOptions;
      isFirst = true;
    } else if (/^@!? /.test(text)) {
      expectation = readExpectation(text);
    } else if (text !== '' && (expectation !== undefined || !text.startsWith('#'))) {
      if (expectation === undefined || options === undefined)
        throw new Error(`${place} has no options or no expectation`);
      const { expected, isInjection } = expectation;
      const kind = isInjection ? 'injection' : expected === 'no' ? 'negative' : 'positive';
      samples.push({ place, options, isFirst, kind, expected, text });
      isFirst = false;
      expectation = undefined;
    }
  }
  return samples;
}

/** Runs a filter over its samples. */
export function runSamples(name: string, compile: CompileRegex): SampleResult {
  const counts = { positive: 0, negative: 0, injection: 0 };
  const complaints: string[] = [];
  let run: SampleRun | undefined;
  for (const { place, options, isFirst, kind, expected, text } of readSamples(name)) {
    if (isFirst || run === undefined) run = new SampleRun(name, options, compile);
    counts[kind] += 1;
    const problem = run.try(text, expected);
    if (problem !== undefined) complaints.push(`${place} ${problem}: ${text}`);
  }
  return { counts, complaints };
}

function readExpectation(line: string): Expectation {
  const isInjection = line.startsWith('@!');
  const text = line.slice(isInjection ? 3 : 2);
  return { isInjection, expected: text === 'no' ? 'no' : (JSON.parse(text) as Expected) };
}

/** The filter with one set of options, and the log that it reads. */
export class SampleRun {
  readonly #detector: Detector;
  readonly #timeSec: number | undefined;
  readonly #log: LogMemory = {
    inOperation: false,
    lastDateSec: undefined,
    lastDateText: undefined,
    lastSeenAtSec: undefined,
  };

  constructor(name: string, options: SampleOptions, compile: CompileRegex) {
    const settings = {
      jail: name,
      useDns: 'warn',
      findTimeSec: 86_400,
      ...ownFilter(filterText(name, options)),
    } as const;
    const pulse = { begin: () => undefined, end: () => undefined };
    const clock = new ManualClock(sampleNowSec);
    this.#detector = createDetector(settings, { clock, pulse, logger: silentLogger, compile });
    this.#timeSec = options.logtype === 'journal' ? sampleNowSec : undefined;
  }

  /** The failures that a line gives. */
  feed(line: string): readonly Failure[] {
    return this.#detector.feed(line, this.#timeSec, this.#log);
  }

  /** What is wrong with the answer to a line, if anything. */
  try(line: string, expected: Expected): string | undefined {
    const failures = this.feed(line);
    if (failures.some(({ id }) => bystander.test(id))) return 'a bystander is counted';
    const seen = JSON.stringify(seenOf(failures, expected));
    const wanted = JSON.stringify(expected === 'no' ? 'no' : { ...expected, failures: 1 });
    return seen === wanted ? undefined : `gives ${seen} instead of ${wanted}`;
  }
}

function seenOf(failures: readonly Failure[], expected: Expected): unknown {
  const [failure] = failures;
  if (failure === undefined) return 'no';
  const all: Record<string, unknown> = {
    ...failure.fields,
    id: failure.id,
    unresolved: failure.unresolved,
    attempts: failure.attempts,
    time: new Date(failure.timeSec * 1000).toISOString(),
    lines: failure.lines.length,
    failures: failures.length,
  };
  const keys = expected === 'no' ? ['id', 'user', 'failures'] : [...Object.keys(expected), 'failures'];
  return Object.fromEntries(keys.map((key) => [key, all[key]]));
}
