import type { CutLine, Fields, LineDate, Place, PrefixOutcome, RuleMatch } from '../../detect/index.ts';

// The values of the rule tester, which `fail2ban-regex` and `warder test` share:
//
//   LOG ── lines.ts ──▸ TestLine ── TestRun ──▸ LineVerdict ──┬─ tally.ts ──▸ the report
//                                                             ├─ json.ts ───▸ JSON
//                                                             └─ out.ts ────▸ tokens and templates of `-o`

/** A line that is to be tried. */
export interface TestLine {
  /** Without its line end. */
  readonly text: string;
  /** Seconds since the epoch, where the source tells it (the journal); the text then holds no date. */
  readonly timeSec?: number;
}

/** What a line is counted as; comments and empty lines are skipped, and not counted at all. */
export type LineKind = CountedKind | 'skipped';
export type CountedKind = 'matched' | 'missed' | 'ignored';

/** Everything that is known about one line after it was tried. */
export interface LineVerdict {
  /** Number of the line in the log, from 1. */
  readonly number: number;
  /** The line as it stands in the log; one from the journal with its time before it. */
  readonly line: string;
  readonly kind: LineKind;
  /** Why it is ignored: by an ignoreregex, or because the rule only helps other lines (`<F-NOFAIL>`). */
  readonly ignoredFor: 'ignoreregex' | 'nofail' | undefined;
  /** Indices of the ignoreregexes that matched, from 0. */
  readonly ignoredBy: readonly number[];
  /** The date that was found: its template, and where it stands in the line. */
  readonly date: LineDate | undefined;
  /** Seconds since the epoch: of the line, or carried over from the one before; undefined where nothing tells it. */
  readonly timeSec: number | undefined;
  /** fail2ban has the time as an integer: it has where the zone is known. */
  readonly timeIsInteger: boolean;
  /** The line cut at its date. What the rules see is `message`, head and tail together. */
  readonly cut: CutLine;
  readonly message: string;
  readonly prefix: PrefixOutcome;
  /** The rules that matched, in their order. */
  readonly matches: readonly VerdictMatch[];
  /** Earlier lines, counted as missed until now, that were part of what matched here (`maxlines`). */
  readonly joined: readonly CutLine[];
  /** A rule took too many steps on this line, or the line could not be looked at for another reason: what was said. */
  readonly trouble: string | undefined;
}

/** A failregex that matched. */
export interface VerdictMatch {
  /** Its index, from 0. */
  readonly rule: number;
  /** Who is counted. Several addresses for a name; nobody for one without any, or while a session's is not known. */
  readonly ids: readonly (string | undefined)[];
  /** The host name behind the ids, where it was looked up. */
  readonly lookedUp: string | undefined;
  readonly timeSec: number | undefined;
  readonly fields: Fields;
  /** The lines that made the failure, oldest first. */
  readonly lines: readonly CutLine[];
  /** It is no failure, but helps later lines of its session. */
  readonly isHelper: boolean;
  /** Where the rule, or a group of it, matched within `LineVerdict.message`; see `RuleMatch.place`. */
  readonly place: RuleMatch['place'];
}

/** Where a part of the message stands in the line itself. */
export function placeInLine({ head, date }: CutLine, [start, end]: Place): Place {
  const behind = (at: number, cut: number): number => (at >= cut ? at + date.length : at);
  // A part that ends where the date begins ends before it; one that begins there begins behind it.
  return [behind(start, head.length), behind(end, head.length + 1)];
}
