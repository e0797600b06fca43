/**
 * Python's text helpers where JavaScript's differ: what counts as white space, `strip`, `int()`, `shlex.split`,
 * `json.dumps`. Sources: the Python 3.11 library reference.
 */

/** `str.isspace`: as JavaScript's `\s`, but with the separators U+001C to U+001F and U+0085, and without U+FEFF. */
const space = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Whether the character is white space for Python. `undefined` (beyond the end) is not. */
export function isSpace(char: string | undefined): boolean {
  return char !== undefined && space.test(char);
}

/** First index at or behind `from` that holds no white space; the length if there is none. */
export function skipSpace(text: string, from: number): number {
  let index = from;
  while (index < text.length && isSpace(text[index])) index++;
  return index;
}

/** `str.rstrip()`. */
export function stripEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1])) end--;
  return text.slice(0, end);
}

/** `str.strip()`. */
export function strip(text: string): string {
  return stripEnd(text.slice(skipSpace(text, 0)));
}

/** Words separated by commas, spaces and newlines, as fail2ban reads `ignoreip`. */
export function splitWords(text: string): string[] {
  return text
    .split(/[ ,\n]+/)
    .map(strip)
    .filter((word) => word !== '');
}

/** `int(text)` for decimal digits; undefined where Python raises an error. */
export function parseInteger(text: string): number | bigint | undefined {
  const digits = strip(text);
  if (digits.length > 4300 || !/^[+-]?\d+(?:_\d+)*$/.test(digits)) return undefined;
  const plain = digits.replaceAll('_', '');
  const value = Number(plain);
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  return plain.startsWith('-') ? -BigInt(plain.slice(1)) : BigInt(plain.replace('+', ''));
}

/** What fail2ban takes as a true value; everything else is false. */
export function parseBoolean(text: string): boolean {
  return ['1', 'on', 'true', 'yes'].includes(text.toLowerCase());
}

/**
 * `shlex.split(text)`: words as a POSIX shell separates them, with quotes and backslashes, without comments and
 * expansions. Undefined when a quote or a backslash is left open.
 */
export function shellWords(text: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let index = 0; index < text.length; index++) {
    const char = text[index]!;
    if (char === '\\' && quote !== "'") {
      const next = text[++index];
      if (next === undefined) return undefined;
      // Inside double quotes a backslash escapes only the quote and itself.
      word = (word ?? '') + (quote === '"' && next !== '"' && next !== '\\' ? `\\${next}` : next);
    } else if (quote !== undefined) {
      if (char === quote) quote = undefined;
      else word = (word ?? '') + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= '';
    } else if (' \t\r\n'.includes(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else {
      word = (word ?? '') + char;
    }
  }
  if (quote !== undefined) return undefined;
  if (word !== undefined) words.push(word);
  return words;
}

/** `json.dumps` of a dict of strings, with Python's separators and only ASCII. */
export function jsonObject(entries: ReadonlyMap<string, string>): string {
  const text = (value: string): string =>
    JSON.stringify(value).replace(
      /[^\x20-\x7e]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  return `{${[...entries].map(([name, value]) => `${text(name)}: ${text(value)}`).join(', ')}}`;
}

/** Order of Python's `sorted` for texts: by code point, not by UTF-16 unit. */
export function compareText(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
