import { toLower, toLowerAscii } from '../charset/case.ts';
import type { Fold, Position } from '../transform/resolved.ts';
import type { SetTable } from './set-table.ts';
import type { Subject } from './subject.ts';

const newline = 0x0a;

/** Whether the place is such a position. */
export function isAtPosition({ codes, length }: Subject, place: number, position: Position): boolean {
  switch (position) {
    case 'textStart':
      return place === 0;
    case 'lineStart':
      return place === 0 || codes[place - 1] === newline;
    case 'textEnd':
      return place === length;
    case 'lineEnd':
      return place === length || codes[place] === newline;
    case 'lastLineEnd':
      return place === length || (place === length - 1 && codes[place] === newline);
  }
}

/** `\b`, or with `negated` `\B`; in an empty text neither holds. */
export function isAtBoundary(
  { codes, length }: Subject,
  place: number,
  sets: SetTable,
  word: number,
  negated: boolean,
): boolean {
  if (length === 0) return false;
  const before = place > 0 && sets.has(word, codes[place - 1]!);
  const after = place < length && sets.has(word, codes[place]!);
  return (before !== after) !== negated;
}

/** Whether the text at `place` is the same as that from `start` to `end`. */
export function isSameText(
  { codes, length }: Subject,
  place: number,
  start: number,
  end: number,
  fold: Fold,
): boolean {
  if (end - start > length - place) return false;
  for (let at = start, other = place; at < end; at += 1, other += 1) {
    if (foldCode(codes[at]!, fold) !== foldCode(codes[other]!, fold)) return false;
  }
  return true;
}

function foldCode(code: number, fold: Fold): number {
  if (fold === 'none') return code;
  return fold === 'ascii' ? toLowerAscii(code) : toLower(code);
}
