import type { LineCodec } from '../source/index.ts';
import type { WholeBytes } from './inspector.ts';
import type { LineNeeds } from './prefilter/index.ts';
import type { Rule, RuleMemory } from './rules/index.ts';

export type UseDns = 'yes' | 'warn' | 'no' | 'raw';

/** What a jail looks for. Every text is as configured, after substitution, in Python's regex syntax with fail2ban's tags. */
export interface FilterSettings {
  readonly jail: string;
  readonly prefRegex?: string;
  readonly failRegex: readonly string[];
  readonly ignoreRegex: readonly string[];
  readonly datePattern?: string;
  /** `text` (the default), or `json[…]` with the fields to look at. */
  readonly logFormat?: string;
  readonly logTimeZone?: string;
  readonly useDns: UseDns;
  readonly maxLines: number;
  /** Lines older than this are dropped at the first catch-up. */
  readonly findTimeSec: number;
}

/** One matched attack. */
export interface Failure {
  readonly jail: string;
  /** Who is to be counted: a canonical address or network, a host name still to be resolved (`unresolved`), or any other id. */
  readonly id: string;
  /** `id` is a host name: every address that it resolves to counts. */
  readonly unresolved: boolean;
  /** Seconds since the epoch, never in the future. */
  readonly timeSec: number;
  /** How many failures this stands for (`<F-ATTEMPT>`; usually 1). */
  readonly attempts: number;
  /** The log lines that made it, oldest first, with their dates in place. */
  readonly lines: readonly string[];
  /** Captured fields by lower-case name without `F-` (`user`, `port`, `host`, `ip4`, …). */
  readonly fields: Readonly<Record<string, string>>;
  /** Index of the failregex; absent where the failure comes from the database. */
  readonly rule?: number;
}

/** What the detector remembers of one log; the reader owns it, one per file, and the detector keeps it current. */
export interface LogMemory {
  /** The first catch-up of this log is over. */
  inOperation: boolean;
  /** Last date seen, as the detector found it, and when (clock time). */
  lastDateSec: number | undefined;
  lastDateText: string | undefined;
  lastSeenAtSec: number | undefined;
  /**
   * Called before the last date is made use of, where lines were passed over that cannot match: looks for the last date in
   * them.
   */
  catchUp?(): void;
}

/** Told around every run of a user's regex, so that the watchdog knows who holds the line. */
export interface RulePulse {
  /** `rule`: index in failRegex; -1 prefregex, -2 ignoreregex, -3 date pattern. */
  begin(rule: number): void;
  end(): void;
}

/** The matching state of one jail: date templates by hits, multi-line window, sessions. */
export interface Detector {
  /**
   * Processes one line (without its line end) and returns its failures in order. `timeSec` is given by sources that
   * know it (the journal), whose text then holds no date: the detector puts it, as ISO 8601 in local time and a space,
   * before the text in `Failure.lines`. Otherwise the date is looked for in the text. `only`: the failregexes that the line
   * may match, from `Prefilter.rulesOf`; all by default.
   */
  feed(text: string, timeSec: number | undefined, log: LogMemory, only?: readonly Rule[]): readonly Failure[];

  /** As `feed`, for a line as `Inspector.inspectWhole` takes it; undefined where it is to be fed as a text. */
  feedWhole?(line: WholeBytes, log: LogMemory, only: readonly Rule[]): readonly Failure[] | undefined;

  /** Looks at a line that cannot match for its date only. False: it has none. */
  glance?(text: string, log: LogMemory): boolean;

  /** Which lines it has to be fed, told by what stands in them; undefined: all. */
  needs?(codec: LineCodec): LineNeeds | undefined;

  /**
   * The date of a line in seconds since the epoch, undefined where none is found. For the bisection at the first read of a
   * file, so it leaves no trace in what the detector remembers and logs nothing. Reported to the pulse as a date (-3).
   */
  dateOf?(text: string): number | undefined;

  /** Sessions and lines that it remembers, for the detector that takes its place when the rules change. */
  readonly memory?: RuleMemory;
}
