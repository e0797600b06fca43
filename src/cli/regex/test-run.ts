import { type Clock, type Logger, silentLogger, systemClock } from '../../base/index.ts';
import {
  type CompileRegex,
  type CutLine,
  createInspector,
  type FilterSettings,
  type Inspection,
  type Inspector,
  type LineBytes,
  type LineNeeds,
  type LineResult,
  type LogMemory,
  type Rule,
  type RuleMatch,
  sharedCompiler,
} from '../../detect/index.ts';
import type { LineCodec } from '../../source/index.ts';
import { HeldClock } from './held-clock.ts';
import { HeldRules } from './held-rules.ts';
import { makeVerdict, untriedVerdict, wholeLine } from './make-verdict.ts';
import { isComment, type Passed, Passing } from './passing.ts';
import type { CountedKind, LineKind, LineVerdict, TestLine, VerdictMatch } from './verdict.ts';

/** The addresses of a host name; none when it has none. Never rejects. */
export type ResolveName = (name: string) => Promise<readonly string[]>;

/** How the lines are tried. */
export interface TestRunOptions {
  readonly settings: FilterSettings;
  /** Every rule is tried on a line, not only up to the first that matches. */
  readonly allRules: boolean;
  /** Failures whose address is not known yet are told too. */
  readonly keepPending: boolean;
  /** Host names are ids as they are, and are not looked up. */
  readonly rawHosts: boolean;
  /** Only counts are asked for, see `count`. */
  readonly countsOnly?: boolean;
}

/** What is counted of a line. */
export interface Counted {
  readonly kind: CountedKind;
  readonly hasPrefix: boolean;
  readonly matches: LineResult['matches'];
}

/** What a run needs of the world around it. */
export interface TestRunDeps {
  readonly resolve: ResolveName;
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly compile?: CompileRegex;
}

/**
 * Tries the rules of a filter on the lines of one log, one after the other, with the detection of the daemon: rules are
 * compiled once, and no line is kept beyond `maxlines`.
 *
 * The constructor throws what `createInspector` throws: `DETECT_RULE`, `DETECT_DATE_PATTERN`, `DETECT_TIME_ZONE`.
 */
export class TestRun {
  readonly inspector: Inspector;
  readonly #maxLines: number;
  readonly #resolve: ResolveName;
  readonly #log: LogMemory = {
    inOperation: true,
    lastDateSec: undefined,
    lastDateText: undefined,
    lastSeenAtSec: undefined,
  };
  readonly #clock: HeldClock;
  #passing: Passing | undefined;
  readonly #held = new HeldRules();
  /** Of the last line that was tried. */
  number = 0;
  #lastIsInteger = false;
  readonly #countsOnly: boolean;
  #watchesDates = false;
  #isDisturbed = false;

  constructor(options: TestRunOptions, deps: TestRunDeps) {
    const { settings, allRules, keepPending, rawHosts } = options;
    this.#countsOnly = options.countsOnly === true;
    const logger = deps.logger ?? silentLogger;
    const clock = new HeldClock(deps.clock ?? systemClock);
    const compile = this.#held.watching(deps.compile ?? sharedCompiler());
    const { pulse } = this.#held;
    const lookAt = { allRules, keepPending, rawHosts, sharesFields: this.#countsOnly };
    this.inspector = createInspector(settings, lookAt, { clock, pulse, logger, compile });
    this.#clock = clock;
    this.#maxLines = settings.maxLines;
    this.#resolve = deps.resolve;
  }

  /** The last date that was seen in the log, seconds since the epoch. */
  get lastDateSec(): number | undefined {
    this.#passing?.release();
    return this.#log.lastDateSec;
  }

  /**
   * Which lines of a log in some encoding have to be tried, told by what stands in them; the others may be passed over.
   * Undefined where all have to.
   */
  passOver(codec: LineCodec): LineNeeds | undefined {
    const needs = this.inspector.needs(codec);
    if (needs.everyLine !== undefined) return undefined;
    this.#passing = Passing.of(this.inspector, codec, this.#log);
    return this.#passing === undefined ? undefined : needs;
  }

  /**
   * Passes over a line that no failregex can match, given as bytes without its line end, at a time of the clock. Undefined,
   * and nothing has happened, where it has to be tried; a verdict where there is trouble with it. Never throws.
   */
  pass(bytes: Buffer, start: number, end: number, nowSec: number): Passed | LineVerdict | undefined {
    const passing = this.#passing;
    if (passing === undefined) return undefined;
    let passed: Passed | undefined;
    try {
      passed = passing.pass(bytes, start, end, nowSec);
    } catch (error) {
      this.number += 1;
      return this.#untried({ text: passing.textOf(bytes, start, end) }, 'missed', this.#held.describe(error));
    }
    if (passed === undefined) return undefined;
    this.number += 1;
    if (passed !== 'skipped') this.#lastIsInteger = passing.lastHasZone;
    return passed;
  }

  /**
   * Tries a line that is still bytes, where only counts are asked for. Undefined, and nothing has happened, where `try` is to
   * be called; a verdict where there is trouble with it or a host name has to be looked up. Never throws.
   */
  count(
    line: LineBytes,
    nowSec: number,
    only: readonly Rule[],
  ): Counted | LineVerdict | Promise<LineVerdict> | undefined {
    const { readDate, matchBytes } = this.inspector;
    const { bytes, start, end, codec } = line;
    if (!this.#countsOnly || matchBytes === undefined || isComment(bytes, start, end)) return undefined;
    const date = readDate?.(bytes, start, end, nowSec);
    if (date === undefined) return undefined;
    this.number += 1;
    this.#passing?.note(bytes, date, nowSec);
    this.#lastIsInteger = date.hasZone;
    const { timeSec } = date;
    let result: LineResult;
    try {
      result = matchBytes(line, date, only);
    } catch (error) {
      return this.#untried({ text: codec.decode(bytes, start, end) }, 'missed', this.#held.describe(error));
    }
    const { matches, prefix } = result;
    if (!matches.some(isUnresolved)) {
      return { kind: kindOf(matches), hasPrefix: prefix.kind === 'matched', matches };
    }
    const text = codec.decode(bytes, start, end);
    const cut = { head: '', date: '', tail: text };
    const inspection = { ...result, date: undefined, timeSec, line: cut, message: text };
    return this.#conclude({ text }, inspection, []);
  }

  /**
   * From here on it is watched whether the competition of the date templates goes on: whether a date is read by any but
   * the template that won last, where it stood last.
   */
  beginRepeatable(): void {
    this.#watchesDates = true;
  }

  get watchesDates(): boolean {
    return this.#watchesDates;
  }

  /** Something happened that has to be told, or that another run over the same lines need not meet. */
  disturb(): void {
    this.#isDisturbed = true;
  }

  /**
   * Whether all that the lines from `beginRepeatable` on have left behind are hits of one date template, and `memoryText`: the
   * lines behind them are then counted alike by any run that agrees in these.
   */
  get isRepeatable(): boolean {
    return !this.#isDisturbed;
  }

  /** Reads the date of a line, and does nothing else with it. */
  glance(bytes: Buffer, start: number, end: number, codec: LineCodec): void {
    if (isComment(bytes, start, end)) return;
    const date = this.inspector.readDate?.(bytes, start, end, this.#clock.nowSec());
    if (date === undefined) this.inspector.glance(codec.decode(bytes, start, end), this.#log);
  }

  /** Lets time stand still, since asking for it costs as much as a line that is passed over; returns it. */
  holdTime(): number {
    return this.#clock.hold();
  }

  /** Time goes on, and the bytes of lines that were passed over are about to change. */
  release(): void {
    this.#clock.release();
    this.#passing?.release();
  }

  /**
   * Tries one line. `only`: the failregexes that it may match; all by default. A promise only where a host name has to be
   * looked up first. Never throws.
   */
  try(line: TestLine, only?: readonly Rule[]): LineVerdict | Promise<LineVerdict> {
    this.number += 1;
    const isSkipped = line.timeSec === undefined && (line.text === '' || line.text.startsWith('#'));
    if (isSkipped) return this.#untried(line, 'skipped', undefined);
    const before = this.#maxLines > 1 ? [...this.inspector.window] : [];
    let inspection: Inspection | undefined;
    try {
      inspection = this.inspector.inspect(line.text, line.timeSec, this.#log, only);
    } catch (error) {
      return this.#untried(line, 'missed', this.#held.describe(error));
    }
    if (inspection === undefined) return this.#untried(line, 'missed', undefined);
    if (inspection.date?.timeSec !== undefined) this.#passing?.forget();
    if (inspection.date !== undefined && this.#watchesDates) this.disturb();
    const joined = this.#maxLines > 1 ? this.#joined(before) : [];
    return this.#conclude(line, inspection, joined);
  }

  #conclude(
    line: TestLine,
    inspection: Inspection,
    joined: readonly CutLine[],
  ): LineVerdict | Promise<LineVerdict> {
    const { number } = this;
    const isInteger = this.#isInteger(line, inspection);
    const conclude = (matches: VerdictMatch[]): LineVerdict =>
      makeVerdict(line, number, isInteger, inspection, matches, joined);
    const waits = inspection.matches.some(isUnresolved);
    // Names may be answered otherwise the next time.
    if (waits) this.disturb();
    return waits
      ? Promise.all(inspection.matches.map((match) => this.#resolved(match))).then(conclude)
      : conclude(inspection.matches.map(direct));
  }

  /** The line, which is the next one, was tried for so long, and in vain: who held it runs with bounded steps from now on. */
  giveUp(line: TestLine, afterMs: number): LineVerdict {
    this.number += 1;
    const rule = this.#held.giveUp(this.inspector.rules);
    return this.#untried(line, 'missed', `${rule} held this line for more than ${afterMs} ms`);
  }

  #untried({ text }: TestLine, kind: LineKind, trouble: string | undefined): LineVerdict {
    if (trouble !== undefined) this.disturb();
    return untriedVerdict(this.number, text, kind, trouble);
  }

  /** Lines that waited in the window and left it now; one that had to make room for this line is none of them. */
  #joined(before: readonly CutLine[]): CutLine[] {
    const after = new Set(this.inspector.window.map(wholeLine));
    return before
      .slice(before.length >= this.#maxLines ? 1 : 0)
      .filter((line) => !after.has(wholeLine(line)));
  }

  /** A time carried over from an earlier line is of the kind that it was there. */
  #isInteger(line: TestLine, { date, timeSec }: Inspection): boolean {
    if (line.timeSec !== undefined) this.#lastIsInteger = false;
    else if (date?.timeSec !== undefined) this.#lastIsInteger = date.hasZone;
    return this.#lastIsInteger && timeSec === this.#log.lastDateSec;
  }

  async #resolved(match: RuleMatch): Promise<VerdictMatch> {
    if (!isUnresolved(match)) return direct(match);
    const name = match.identity?.id ?? '';
    return { ...direct(match), ids: await this.#resolve(name), lookedUp: name };
  }
}

/** A name without an address does not come here: each match counts somebody. */
function kindOf(matches: readonly RuleMatch[]): CountedKind {
  if (matches.length === 0) return 'missed';
  for (const { isHelper } of matches) if (isHelper) return 'ignored';
  return 'matched';
}

function isUnresolved({ identity }: RuleMatch): boolean {
  return identity?.unresolved === true;
}

function direct(match: RuleMatch): VerdictMatch {
  const { rule, identity, timeSec, fields, lines, isHelper, place } = match;
  return { rule, ids: [identity?.id], lookedUp: undefined, timeSec, fields, lines, isHelper, place };
}
