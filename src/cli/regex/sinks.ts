import type { Clock } from '../../base/index.ts';
import type { Terminal } from '../terminal.ts';
import { jsonLine, jsonSummary } from './json.ts';
import type { RegexOptions } from './options.ts';
import { makeRowWriter, type NameLookup } from './out.ts';
import { makeReport } from './report.ts';
import { failureRows, missedRow } from './rows.ts';
import type { TestedRules } from './rules.ts';
import { useDnsOf } from './settings.ts';
import { Tally, type TallyOptions, type TallySums } from './tally.ts';
import type { Counted, TestRun } from './test-run.ts';
import type { CountedKind, LineVerdict } from './verdict.ts';

/** Takes what becomes of each line. */
export interface VerdictSink {
  /** A promise where printing has to wait, for a name say. */
  add(verdict: LineVerdict): Promise<void> | undefined;
  /** Whether it takes lines that no rule can match without a verdict, as of now: by what follows. */
  readonly takesMissed: boolean;
  /** Such a line with a date, which the prefregex matched or not. True: its text is wanted, by `keep`. */
  addMissed(hasPrefix: boolean): boolean;
  /** A line of which only the counts are known (`TestRun.count`). True: its text is wanted. */
  addCounted(counted: Counted): boolean;
  keep(kind: CountedKind, text: string): void;
  /** A comment or empty line. */
  addSkipped(): void;
  /** How a log may be counted in parts; absent where lines are needed one by one. */
  readonly counting?: CountingInParts;
  /** After the last line. */
  end(elapsedSec: number): void;
}

/** Counts of lines that others looked at. */
export interface CountingInParts {
  readonly options: TallyOptions;
  /** Of the lines behind those counted until now. */
  addSums(sums: TallySums): void;
}

/** What is printed, and from what. */
export interface SinkInput {
  readonly options: RegexOptions;
  readonly rules: TestedRules;
  /** Lines come from the journal, and have no date to look for. */
  readonly isJournal: boolean;
  readonly names: NameLookup;
  readonly clock: Clock;
}

/** Lines of a kind that are shown when nothing else was asked for. */
const shownLines = 20;

/** Whether what is printed needs no more than counts, and lines as they stand in the log. */
export function isCounted({ json, out, verbosity }: RegexOptions): boolean {
  return !json && out === undefined && verbosity === 0;
}

/** Whether what is to be printed can be put together from counts of parts. */
function mayDivide(options: RegexOptions): boolean {
  const { printMatched, printMissed, printIgnored, debuggex } = options;
  const printsAll = printMatched || printMissed === 'all' || printIgnored === 'all';
  return isCounted(options) && !printsAll && !debuggex;
}

/** The report, JSON, or what `-o` asks for. */
export function makeSink(run: TestRun, input: SinkInput, terminal: Terminal): VerdictSink {
  if (input.options.json) return jsonSink(run, input, terminal);
  const { out } = input.options;
  return out === undefined ? reportSink(run, input, terminal) : rowSink(run, input, out, terminal);
}

function rowSink(
  run: TestRun,
  { options, names, clock }: SinkInput,
  format: string,
  terminal: Terminal,
): VerdictSink {
  const write = makeRowWriter(format, names, clock);
  const print = (text: string | Promise<string>): Promise<void> | undefined => {
    if (text instanceof Promise) return text.then((ready) => terminal.out(ready));
    if (text !== '') terminal.out(text);
    return undefined;
  };
  return {
    add: (verdict) => {
      if (verdict.kind === 'skipped') return undefined;
      const rows = failureRows(verdict);
      if (!options.invert) return rows.length === 0 ? undefined : print(write(rows));
      return rows.length > 0 ? undefined : print(write([missedRow(verdict, run.lastDateSec)]));
    },
    ...(options.invert ? wantsVerdicts : countsNothing),
    end: () => undefined,
  };
}

type CountingPart = Pick<VerdictSink, 'takesMissed' | 'addMissed' | 'addCounted' | 'keep' | 'addSkipped'>;

/** A sink that says something about each line. */
export const wantsVerdicts: CountingPart = {
  takesMissed: false,
  addMissed: () => false,
  addCounted: () => false,
  keep: () => undefined,
  addSkipped: () => undefined,
};
const countsNothing: CountingPart = { ...wantsVerdicts, takesMissed: true };

function jsonSink(run: TestRun, { options }: SinkInput, terminal: Terminal): VerdictSink {
  const tally = makeTally(run, options, false);
  return {
    add: (verdict) => {
      tally.add(verdict);
      terminal.out(`${JSON.stringify(jsonLine(verdict))}\n`);
      return undefined;
    },
    ...wantsVerdicts,
    end: (elapsedSec) => terminal.out(`${JSON.stringify(jsonSummary(tally, run.inspector, elapsedSec))}\n`),
  };
}

function reportSink(run: TestRun, input: SinkInput, terminal: Terminal): VerdictSink {
  const { options, rules, isJournal } = input;
  const tally = makeTally(run, options, true);
  return {
    add: (verdict) => {
      tally.add(verdict);
      if (verdict.trouble !== undefined) terminal.out(`ERROR: line ${verdict.number}: ${verdict.trouble}\n`);
      return undefined;
    },
    get takesMissed() {
      return tally.takesMissed;
    },
    addMissed: (hasPrefix) => tally.addMissed(hasPrefix),
    addCounted: (counted) => tally.addCounted(counted),
    keep: (kind, text) => tally.keep(kind, text),
    addSkipped: () => undefined,
    ...(mayDivide(options)
      ? { counting: { options: tally.options, addSums: (sums: TallySums) => tally.addSums(sums) } }
      : {}),
    end: (elapsedSec) => {
      const report = makeReport({
        inspector: run.inspector,
        tally,
        options,
        hasDates: !isJournal || rules.datePattern !== undefined,
        useDns: useDnsOf(rules.useDns),
        isMultiLine: (rules.maxLines ?? 1) > 1,
        elapsedSec,
        nowSec: input.clock.nowSec(),
      });
      terminal.out(`${report.join('\n')}\n`);
    },
  };
}

function makeTally(run: TestRun, options: RegexOptions, lists: boolean): Tally {
  const { fail, ignore, prefix } = run.inspector.rules;
  return new Tally(
    { fail: fail.length, ignore: ignore.length },
    {
      limit: options.maxLines > 0 ? options.maxLines : shownLines,
      printMatched: lists && options.printMatched,
      printMissed: lists ? options.printMissed : 'no',
      printIgnored: lists ? options.printIgnored : 'no',
      listsHits: lists && options.verbosity !== 0,
      listsPrefix: lists && options.verbosity !== 0 && prefix !== undefined,
      forLinks: options.debuggex,
    },
  );
}
