import type { CutLine } from '../cut-line.ts';
import type { Fields } from './fields.ts';
import type { Identity } from './identity.ts';

/** A failregex that matched. */
export interface RuleMatch {
  /** Index of the failregex. */
  readonly rule: number;
  /** Who is counted; undefined while a session's address is not known. */
  readonly identity: Identity | undefined;
  /** Seconds since the epoch; undefined where the line has no time and none may be assumed. */
  readonly timeSec: number | undefined;
  readonly fields: Fields;
  /** The lines that made the failure, oldest first. */
  readonly lines: readonly CutLine[];
  /** The rule says that this is no failure, only a helper for later lines. Only where all rules are asked for. */
  readonly isHelper: boolean;
  /**
   * Where the rule matched, or one of its groups, in the line without its date (`Inspection.message`). Undefined for a
   * group that took no part, and where lines are looked at together. Costs a second run, so it is worked out on demand.
   */
  place(group?: string): Place | undefined;
}

/** Start and end (exclusive), UTF-16 indices. */
export type Place = readonly [start: number, end: number];

/** What the prefregex made of a line. */
export type PrefixOutcome =
  /** There is none, or an ignoreregex matched before it was asked. */
  | { readonly kind: 'not-asked' }
  | { readonly kind: 'refused' }
  /** `fields`: its groups, with the `content` that is all that the rules see. */
  | { readonly kind: 'matched'; fields(): Fields };

/** What became of one line. */
export interface LineResult {
  readonly matches: readonly RuleMatch[];
  /** Indices of the ignoreregexes that kept the line (or a match in it) from counting. */
  readonly ignoredBy: readonly number[];
  readonly prefix: PrefixOutcome;
}

/** How a matcher is used. */
export interface MatcherOptions {
  /** Tries every rule instead of stopping at the first that matches, and reports helpers too; for testing rules. */
  readonly allRules?: boolean;
  /** Reports failures whose address is not known (yet), as `allRules` does too. */
  readonly keepPending?: boolean;
  /** Host names are ids as they are, whatever `usedns` says. */
  readonly rawHosts?: boolean;
  /** The fields of matches are those of their session itself, and go on changing: for who does not ask for them. */
  readonly sharesFields?: boolean;
  /** Whether a match without any time is dropped. */
  readonly needTime: boolean;
}
