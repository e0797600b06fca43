/** How the time of a backtracking search grows with the length of a text made to hurt. */
export interface BacktrackingVerdict {
  /**
   * `safe`: linear. `polynomial` and `exponential` are proven: the attack has been run, and the steps were counted.
   * `unknown`: the pattern is too large to be judged.
   */
  readonly kind: 'safe' | 'polynomial' | 'exponential' | 'unknown';
  /** The exponent n of O(length^n): 1 for `safe`, Infinity for `exponential`, NaN for `unknown`. */
  readonly degree: number;
  /**
   * What the shape of the pattern allows at most, where the attack that was found does less; at least `degree`. A
   * difference comes from parts that are taken for wider than they are (lookaround, back-references, high counts).
   */
  readonly bound: number;
  /** The repetitions that share the work, in the order of the attack; empty for `safe`. */
  readonly parts: readonly PatternPart[];
  readonly attack?: Attack;
}

/** A part of a pattern: UTF-16 indices, the end exclusive. */
export interface PatternPart {
  readonly start: number;
  readonly end: number;
}

/** Texts that hurt: `attackText` makes one of any length. */
export interface Attack {
  readonly prefix: string;
  readonly pumps: readonly Pump[];
  /** Makes the match fail, so that every way is tried. */
  readonly suffix: string;
}

export interface Pump {
  /** What is repeated. */
  readonly text: string;
  /** What leads from here to the next pump; empty behind the last one. */
  readonly behind: string;
}

/** The attack with every pump repeated so often. */
export function attackText({ prefix, pumps, suffix }: Attack, times: number): string {
  return prefix + pumps.map(({ text, behind }) => text.repeat(times) + behind).join('') + suffix;
}
