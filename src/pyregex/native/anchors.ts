import { areDisjoint, type CharSet, isSubset } from '../charset/charset.ts';
import type { BoundaryPart, Position, Resolved } from '../transform/resolved.ts';
import { firstChars, lastChars } from '../transform/traits.ts';
import type { Alphabet } from './alphabet.ts';

/** `^ $ \A \Z`. Never V8's flag `m`, for which `\r` ends a line too. */
export function positionSource(position: Position, alphabet: Alphabet): string {
  // With the flag `u`, V8 seeks what stands before a `$` too far to the right, where a character is two units long.
  const textEnd = alphabet.flags === 'u' ? '(?![^])' : '$';
  switch (position) {
    case 'textStart':
      return '^';
    case 'lineStart':
      return '(?<![^\\n])';
    case 'textEnd':
      return textEnd;
    case 'lineEnd':
      return '(?![^\\n])';
    case 'lastLineEnd':
      return `(?=\\n?${textEnd})`;
  }
}

/**
 * `\b` and `\B` with Python's idea of a word. V8's own `\b` knows ASCII only.
 *
 * Mostly a neighbour in the pattern tells what stands on one side; then it is enough to look at the other side.
 *
 * @param word V8's text for the set of word characters.
 */
export function boundarySource(
  { word: wordSet, negated }: BoundaryPart,
  before: readonly Resolved[],
  after: readonly Resolved[],
  word: string,
): string {
  const next = isWord(firstChars({ kind: 'sequence', items: after }), wordSet);
  if (next !== undefined) return next === negated ? `(?<=${word})` : `(?<!${word})`;
  const previous = isWord(lastChars({ kind: 'sequence', items: before }), wordSet);
  if (previous !== undefined) return previous === negated ? `(?=${word})` : `(?!${word})`;
  return negated
    ? `(?:(?<=${word})(?=${word})|(?<!${word})(?!${word})(?!^$))`
    : `(?:(?<=${word})(?!${word})|(?<!${word})(?=${word}))`;
}

/** Whether all of the characters, or none, belong to words; undefined if it depends. */
function isWord(chars: CharSet | undefined, word: CharSet): boolean | undefined {
  if (chars === undefined) return undefined;
  if (isSubset(chars, word)) return true;
  return areDisjoint(chars, word) ? false : undefined;
}
