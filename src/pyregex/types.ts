/** A compiled Python regular expression. Results depend on the texts alone: one object may be used from anywhere. */
export interface CompiledRegex {
  /** The Python pattern as given. */
  readonly source: string;
  /** Number of capturing groups, the whole match not counted. */
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  /** Who runs it: V8 where it is exact, otherwise the matcher of our own. */
  readonly engine: 'v8' | 'backtrack';
  /** Why V8 cannot run it; for people. */
  readonly engineReason?: string;
  /**
   * The length, in characters, above which a text may hold V8 for long, guessed from the shape of the pattern, within
   * some microseconds at each call: rather too short than too long. Infinity where there is nothing to suspect, and for the own matcher.
   */
  readonly suspectedAbove: number;
  /**
   * From now on the own matcher, whose steps are bounded, runs texts of more than `above` characters (default: all;
   * Infinity: none). Matches are the same, but `search` and `match` may throw REGEX_STEP_LIMIT.
   */
  runBounded(above?: number): void;
  /**
   * Python's `re.search` from `fromIndex` (a UTF-16 index). Group spans lie in UTF-16 units of `subject`.
   * Throws REGEX_STEP_LIMIT where the own matcher runs and exceeds its bound, see `runBounded`.
   */
  search(subject: string, fromIndex?: number): RegexMatch | null;
  /** `re.match`: as `search`, but the match begins at `fromIndex`. */
  match(subject: string, fromIndex?: number): RegexMatch | null;
  /** Literals of which every match contains at least one, or null where there is no such set. */
  readonly requiredLiterals: RequiredLiterals | null;
}

export interface RegexMatch {
  /** Start of the match, a UTF-16 index. */
  readonly index: number;
  /** End of the match, exclusive. */
  readonly end: number;
  /** The text of a group by number (0: the whole match) or name; undefined if it is unset or does not exist. */
  group(which: number | string): string | undefined;
  /** Start and end of a group; undefined if it is unset or does not exist. */
  span(which: number | string): readonly [number, number] | undefined;
  /** All groups; the first is the whole match. */
  readonly groups: readonly (string | undefined)[];
}

/**
 * Every match contains at least one of the literals.
 *
 * With `ignoreCase` the literals have their ASCII letters in lower case, and hold after doing the same to the
 * text (`toLowerCase` on the whole text is as good). Then the list also names the few letters outside ASCII that
 * Python takes for an ASCII letter (`ſ` for `s`, `İ` and `ı` for `i`, the Kelvin sign for `k`), each as a literal of
 * its own: a match is either spelled in ASCII letters or contains one of those.
 */
export interface RequiredLiterals {
  readonly literals: readonly string[];
  readonly ignoreCase: boolean;
}

export interface CompileOptions {
  /** Any of `imsxau`: IGNORECASE, MULTILINE, DOTALL, VERBOSE, ASCII, UNICODE (the default). */
  readonly flags?: string;
  /**
   * Bound of the own matcher for one call of `search` or `match`; a step is an instruction, or four characters
   * looked at. Default 5,000,000, about a tenth of a second.
   */
  readonly maxSteps?: number;
  /** `v8` throws REGEX_NOT_NATIVE for a pattern that V8 cannot run exactly; `backtrack` never asks V8. */
  readonly engine?: 'auto' | 'v8' | 'backtrack';
  /**
   * What to do about global flags (`(?i)`) that are not at the start. `scoped` (the default) accepts them: they hold
   * until the end of the group they stand in, and `((?i)x)` is fail2ban's `(?i:x)`, without a capture.
   * `strict` refuses them as Python 3.11 does.
   */
  readonly globalFlags?: 'scoped' | 'strict';
}
