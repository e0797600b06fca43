/** A regular expression as the engine gets it, after tags were replaced. */
export interface Pattern {
  readonly text: string;
  readonly flags: string;
}

/** A pattern that may hold a line, and the length of text, in characters, above which it may. */
export interface PatternBound extends Pattern {
  readonly above: number;
}

/** For maps. */
export function keyOfPattern({ text, flags }: Pattern): string {
  return `${flags}/${text}`;
}
