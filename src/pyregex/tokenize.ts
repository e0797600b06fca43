/** A character, or a backslash together with the character after it. */
export interface PatternToken {
  readonly text: string;
  /** Where it stands, in code points, as Python counts. */
  readonly index: number;
}

/**
 * Cuts a pattern into tokens. A backslash always takes the next character with it, whatever the context; what the
 * tokens mean depends on the context (set, name, comment, verbose) and is the parser's business.
 */
export function tokenize(pattern: string): PatternToken[] {
  const chars = Array.from(pattern);
  const tokens: PatternToken[] = [];
  for (let index = 0; index < chars.length; ) {
    const text = chars[index] === '\\' ? `\\${chars[index + 1] ?? ''}` : chars[index]!;
    tokens.push({ text, index });
    index += text.startsWith('\\') ? 2 : 1;
  }
  return tokens;
}
