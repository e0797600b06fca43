/** A regular expression as the engine gets it, after tags were replaced. */
export interface Pattern {
  readonly text: string;
  readonly flags: string;
}

/** A pattern that waits for its verdict, and what it is taken for until then. */
export interface SuspectedPattern extends Pattern {
  /** The length of text, in characters, above which it might hold a line; Infinity: it looks harmless. */
  readonly suspectedAbove: number;
}

/** A pattern and the length of text, in characters, above which it may hold a line; Infinity: it cannot. */
export interface PatternBound extends Pattern {
  readonly above: number;
}

/** For maps. */
export function keyOfPattern({ text, flags }: Pattern): string {
  return `${flags}/${text}`;
}
