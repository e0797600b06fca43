import { notNewline } from '../charset/categories.ts';
import {
  type CharSet,
  charSet,
  complement,
  intersection,
  isEmpty,
  maxCodePoint,
  onlyMember,
  sameSet,
} from '../charset/charset.ts';

/**
 * What subjects a variant of a pattern is for.
 *
 * Nearly all lines are Latin-1, where V8 keeps a byte a character and sets are short. For the rest there is a variant
 * with the flag `u`, which makes V8 walk by code points.
 */
export interface Alphabet {
  readonly last: number;
  readonly flags: '' | 'u';
}

export const latin1: Alphabet = { last: 0xff, flags: '' };
export const unicode: Alphabet = { last: maxCodePoint, flags: 'u' };

/** V8's text for one character of the set. */
export function setSource(set: CharSet, alphabet: Alphabet): string {
  const all = charSet([0, alphabet.last]);
  const inside = intersection(set, all);
  if (isEmpty(inside)) return '[]';
  const code = onlyMember(inside);
  if (code !== undefined) return charSource(code);
  const outside = intersection(complement(inside), all);
  if (isEmpty(outside)) return '[^]';
  if (sameSet(set, notNewline)) return '[^\\n]';
  return outside.ranges.length < inside.ranges.length
    ? `[^${rangesSource(outside)}]`
    : `[${rangesSource(inside)}]`;
}

function rangesSource({ ranges }: CharSet): string {
  let source = '';
  for (let at = 0; at < ranges.length; at += 2) {
    const [low, high] = [ranges[at]!, ranges[at + 1]!];
    if (low === high) source += charSource(low);
    else source += `${charSource(low)}${high === low + 1 ? '' : '-'}${charSource(high)}`;
  }
  return source;
}

const syntaxChars = '^$\\.*+?()[]{}|/';

/** One character, usable inside and outside of a set. Braces keep two surrogates from becoming one character. */
function charSource(code: number): string {
  const char = String.fromCodePoint(code);
  if (code === 0x0a) return '\\n';
  if (code === 0x2d) return '\\x2d';
  if (code >= 0x20 && code < 0x7f) return syntaxChars.includes(char) ? `\\${char}` : char;
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
