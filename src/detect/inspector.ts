import type { Clock, Logger } from '../base/index.ts';
import { compilePythonRegex } from '../pyregex/index.ts';
import type { LineCodec } from '../source/index.ts';
import { type CutLine, messageOf, WholeLine } from './cut-line.ts';
import { type DateReader, type LineDate, makeDateReader, type QuickDate } from './dates/index.ts';
import { LineDater } from './line-dater.ts';
import { cutsOf, type LineNeeds, needsOf } from './prefilter/index.ts';
import type { CompileRegex } from './regex-cache.ts';
import {
  compileRules,
  type LineResult,
  type PrefixOutcome,
  pulseOf,
  type Rule,
  type RuleMatch,
  RuleMatcher,
  type RuleMemory,
  type RuleSet,
} from './rules/index.ts';
import type { FilterSettings, LogMemory, RulePulse } from './types.ts';

/** What happened to one line. */
export interface Inspection {
  readonly matches: readonly RuleMatch[];
  /** Indices of the ignoreregexes that matched. */
  readonly ignoredBy: readonly number[];
  readonly prefix: PrefixOutcome;
  /** The date that was found, with its template. */
  readonly date: LineDate | undefined;
  /** The time that counts. */
  readonly timeSec: number | undefined;
  /** The line, cut at its date; the time of a line from the journal is its date. */
  readonly line: CutLine;
  /** The line without its date, which the rules see. */
  readonly message: string;
}

/** How lines are looked at. */
export interface InspectorOptions {
  /** Every rule is tried, not only up to the first that matches. */
  readonly allRules?: boolean;
  /** Failures whose address is not known (yet) are reported too. */
  readonly keepPending?: boolean;
  /** Host names are ids as they are. */
  readonly rawHosts?: boolean;
  /** Nobody asks for the fields of matches, so that they need not be kept as they are. */
  readonly sharesFields?: boolean;
  /** As in a running jail: too old lines are dropped, odd times become now, a match needs a time. */
  readonly judgeAge?: boolean;
}

/** A line that is still bytes, and how they are read. */
export interface LineBytes {
  readonly bytes: Buffer;
  readonly start: number;
  /** Exclusive, before the line end. */
  readonly end: number;
  readonly codec: LineCodec;
}

/** A line in which each byte is a character. */
export interface WholeBytes {
  readonly bytes: Buffer;
  readonly start: number;
  /** With its line feed. */
  readonly whole: string;
}

/** The same matching as a jail's detector, with everything that it knows; for the rule tester. */
export interface Inspector {
  /**
   * Looks at one line; undefined when it is too old to count (`judgeAge` only). `only`: the failregexes that the line may
   * match, from `Prefilter.rulesOf`; all by default.
   */
  inspect(
    text: string,
    timeSec: number | undefined,
    log: LogMemory,
    only?: readonly Rule[],
  ): Inspection | undefined;
  /** Looks at a line that cannot match for its date only, which lines without one may need. False: it has none. */
  glance(text: string, log: LogMemory): boolean;
  /**
   * Which lines it has to look at, for a `Prefilter`. `codec`: of the log. `ignored`: also the lines that an ignoreregex may
   * match, for those who count them.
   */
  needs(codec: LineCodec, options?: { readonly ignored?: boolean }): LineNeeds;
  /**
   * Reads and counts the date of a line that is still bytes, where that is easy: see `DateReader.readBytes`. Absent where
   * lines are not looked at as they are.
   */
  readDate?(bytes: Uint8Array, start: number, end: number, nowSec: number): QuickDate | undefined;
  /**
   * Runs the rules on a line of which `readDate` has read the date: as `inspect` does, but its matches hold the line without
   * its date. Not where several lines are looked at together, or lines may be too old.
   */
  matchBytes?(line: LineBytes, date: QuickDate, only: readonly Rule[]): LineResult;
  /**
   * As `inspect`, for a line of one byte for each character, given with its line feed as bytes and as text. Undefined, and
   * nothing has happened, where `inspect` is to be called. Absent where lines are not looked at one by one, as they are.
   */
  inspectWhole?(line: WholeBytes, log: LogMemory, only: readonly Rule[]): LineResult | undefined;
  /** As `Detector.dateOf`. */
  dateOf(text: string): number | undefined;
  /** The rules, with their hits. */
  readonly rules: RuleSet;
  /** The date templates in the order in which they are tried now, with their hits. */
  readonly dateTemplates: DateReader['templates'];
  /** Lines that may still become part of a multi-line match. */
  readonly window: readonly CutLine[];
  /** For the inspector that takes this one's place. */
  readonly memory: RuleMemory;
}

const lineFeed = 10;
const tooOld: LineResult = { matches: [], ignoredBy: [], prefix: { kind: 'not-asked' } };

/** What detection needs of the world around it. */
export interface DetectDeps {
  readonly clock: Clock;
  readonly pulse: RulePulse;
  readonly logger: Logger;
  /** The regex engine; one that remembers (`sharedCompiler`) saves time and memory where there are several jails. */
  readonly compile?: CompileRegex;
  /** What the detector before this one remembers of sessions and lines; its rules may have been others. */
  readonly memory?: RuleMemory | undefined;
}

/**
 * Makes the inspector of a filter for lines of plain text. Throws `DETECT_RULE`, `DETECT_DATE_PATTERN` or `DETECT_TIME_ZONE` for settings that
 * cannot work, and the regex engine's error for a date pattern that is no regular expression.
 */
export function createTextInspector(
  settings: FilterSettings,
  options: InspectorOptions,
  deps: DetectDeps,
): Inspector {
  const { jail, findTimeSec, datePattern, logTimeZone } = settings;
  const judgeAge = options.judgeAge === true;
  const compile = deps.compile ?? ((pattern, flags = '') => compilePythonRegex(pattern, { flags }));
  const rules = compileRules(settings, compile);
  const makeDates = (): DateReader =>
    watched(
      makeDateReader({
        datePattern,
        logTimeZone,
        nowSec: () => deps.clock.nowSec(),
        compile,
      }),
      deps.pulse,
    );
  const dates = makeDates();
  // Looking around in a file must not change which template is tried first for its lines.
  let seeker: DateReader | undefined;
  const dater = new LineDater(dates, { jail, findTimeSec, judgeAge }, deps);
  const matcher = new RuleMatcher(settings, rules, { ...options, needTime: judgeAge }, deps);
  return {
    inspect: (text, timeSec, log, only) => {
      const dated = dater.date(text, timeSec, log);
      if (dated === undefined) return undefined;
      const result = matcher.match(dated.line, dated.timeSec, dated.undated, only);
      return {
        ...result,
        date: dated.date,
        timeSec: dated.timeSec,
        line: dated.line,
        message: messageOf(dated.line),
      };
    },
    glance: (text, log) => dater.glance(text, log),
    needs: (codec, { ignored = false } = {}) =>
      needsOf({
        withIgnored: ignored,
        rules,
        maxLines: settings.maxLines,
        cuts: cutsOf(dates.templates.map(({ spec }) => spec)),
        codec,
      }),
    readDate: (bytes, start, end, nowSec) => dates.readBytes(bytes, start, end, nowSec),
    matchBytes: ({ bytes, start, end, codec }, date, only) => {
      // With its line feed, it is at once what the rules are run on.
      const isWhole = date.start === start && bytes[end] === lineFeed;
      const subject = isWhole
        ? codec.decode(bytes, date.end, end + 1)
        : `${codec.decode(bytes, start, date.start)}${codec.decode(bytes, date.end, end)}\n`;
      return matcher.matchMessage(subject, date.timeSec, only);
    },
    ...(settings.maxLines > 1
      ? {}
      : {
          inspectWhole: ({ bytes, start, whole }, log, only) => {
            const nowSec = deps.clock.nowSec();
            const date = dates.readBytes(bytes, start, start + whole.length - 1, nowSec);
            if (date === undefined) return undefined;
            const line = new WholeLine(whole, date.start - start, date.end - start);
            const timeSec = dater.take(line, date.timeSec, log, nowSec);
            return timeSec === undefined ? tooOld : matcher.matchWhole(line, timeSec, only);
          },
        }),
    dateOf: (text) => {
      seeker ??= makeDates();
      return seeker.read(text)?.timeSec;
    },
    rules,
    get dateTemplates() {
      return dates.templates;
    },
    get window() {
      return matcher.window;
    },
    get memory() {
      return matcher.memory;
    },
  };
}

/** Tells the watchdog when a date pattern, which may be the user's, holds the line. */
function watched(dates: DateReader, pulse: RulePulse): DateReader {
  return {
    read: (line) => {
      pulse.begin(pulseOf.date);
      try {
        return dates.read(line);
      } finally {
        pulse.end();
      }
    },
    // No regex runs, so there is nothing to watch.
    readBytes: (bytes, start, end, nowSec) => dates.readBytes(bytes, start, end, nowSec),
    get templates() {
      return dates.templates;
    },
  };
}
