import { escapeControl, WarderError } from '../base/index.ts';

const shownBefore = 50;
const shownAfter = 25;

/**
 * An error in a pattern: the message, and below it the place with a caret.
 *
 * @param index where in the pattern, in code points as Python counts; the error's own `index` is in UTF-16 units.
 */
export function syntaxError(pattern: string, message: string, index: number): WarderError {
  const chars = Array.from(pattern);
  const at = Math.min(Math.max(index, 0), chars.length);
  return new WarderError('REGEX_SYNTAX', `${escapeControl(message)}\n${excerpt(chars, at)}`, {
    index: chars.slice(0, at).join('').length,
  });
}

/** As `syntaxError`, for what is right in Python but beyond us. */
export function unsupportedError(pattern: string, message: string, index: number, hint: string): WarderError {
  const chars = Array.from(pattern);
  return new WarderError('REGEX_UNSUPPORTED', `${escapeControl(message)}\n${excerpt(chars, index)}`, {
    index: chars.slice(0, index).join('').length,
    hint,
  });
}

/** Two lines: the surroundings of the place, safe for a terminal, and a caret under it. */
function excerpt(chars: readonly string[], at: number): string {
  const start = Math.max(0, at - shownBefore);
  const end = Math.min(chars.length, at + shownAfter);
  const before = (start > 0 ? '…' : '') + escapeControl(chars.slice(start, at).join(''));
  const after = escapeControl(chars.slice(at, end).join('')) + (end < chars.length ? '…' : '');
  return `  ${before}${after}\n  ${' '.repeat(Array.from(before).length)}^`;
}
