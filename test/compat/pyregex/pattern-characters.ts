import type { Random } from './random.ts';

/** Characters that belong together: some are equal but for case, or of one category, or need care in V8. */
export const alphabets: readonly string[][] = [
  ['a', 'b', 'c'],
  ['a', 'b'],
  ['a', 'A', 'b', 'B'],
  ['a', ' ', '1', '_'],
  ['a', '\n', 'b', '\r'],
  ['\n', 'x'],
  ['s', 'S', 'ſ', 't'],
  ['k', 'K', '\u212a', 'i', 'I', 'ı', 'İ'],
  ['é', 'É', 'e', 'µ', 'μ', 'Μ'],
  ['σ', 'ς', 'Σ', 'a'],
  ['ß', 'ẞ', 's', 'ŉ'],
  ['ﬅ', 'ﬆ', '\u0345', 'ι', '\u1fbe', 'Ι'],
  ['😀', 'a', '😁'],
  ['𐐀', '𐐨', 'a', '\ud801'],
  ['a', '\u2028', '\u0085', '\u00a0', '\u001c', '\u200b', '\ufeff'],
  ['٣', '1', '²', '½', 'x', '𝟗', '三'],
  ['\ud83d', '\ude00', '😀', 'a'],
  ['-', ']', '^', '\\', 'a', '['],
  ['é', 'ü', 'ÿ', 'Ÿ', 'å', '\u212b'],
  ['ǆ', 'ǅ', 'Ǆ', 'a'],
];

/** A character inside of a set. */
export function setChar(code: number): string {
  const char = String.fromCodePoint(code);
  return '\\]^-['.includes(char) ? `\\${char}` : char;
}

/** A character as one of the escapes by number. */
export function codeEscape(code: number, random: Random): string {
  if (code <= 0xff && random.oneIn(2)) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0o100 && random.oneIn(2)) return `\\0${code.toString(8).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
