import { WarderError } from '../errors.ts';

export interface Token {
  readonly kind: 'number' | 'word' | 'operator' | 'end';
  readonly text: string;
  readonly index: number;
}

/**
 * Cuts an expression into tokens, the last one of kind `end`. With units the "e" of `1e3` is a word behind 1, as it is
 * for fail2ban; without them it is an exponent. Throws `EXPRESSION_SYNTAX` with the index.
 */
export function tokenize(text: string, withUnits: boolean): Token[] {
  const pattern = withUnits ? spanToken() : plainToken();
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  while (pattern.lastIndex < end) {
    const from = pattern.lastIndex;
    const match = pattern.exec(text);
    if (match === null) {
      const index = from + (text.slice(from).length - text.slice(from).trimStart().length);
      throw new WarderError('EXPRESSION_SYNTAX', `unexpected ${JSON.stringify(text[index])} in expression`, {
        index,
      });
    }
    const kind = match[1] !== undefined ? 'number' : match[2] !== undefined ? 'word' : 'operator';
    const token = match[1] ?? match[2] ?? match[3] ?? '';
    tokens.push({ kind, text: token, index: pattern.lastIndex - token.length });
  }
  tokens.push({ kind: 'end', text: '', index: text.length });
  return tokens;
}

/** Groups: number, word, operator. */
const spanToken = (): RegExp =>
  /\s*(?:(\.\d[\d_]*|\d[\d_]*\.?[\d_]*)|([A-Za-z]+)|(\*\*|\/\/|<<|>>|[-+*/%&|^~()]))/y;
const plainToken = (): RegExp =>
  /\s*(?:((?:\.\d[\d_]*|\d[\d_]*\.?[\d_]*)(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|(\*\*|\/\/|<<|>>|[<>=!]=|[-+*/%&|^~()<>,.]))/y;
