import {
  backslash,
  closeBracket,
  greater,
  isDigit,
  less,
  openBracket,
  quote,
  space,
  wordEndsAt,
} from './ascii.ts';
import { type DateParts, noZone } from './date-parts.ts';
import type { ReadSpelling } from './spellings.ts';

/** Finds the place of the date in a line and reads it there; false where the regex of the template must decide. */
export type ReadPlace = (
  bytes: Uint8Array,
  start: number,
  end: number,
  read: ReadSpelling,
  parts: DateParts,
) => boolean;

/** The date stands where the text that is looked at begins. */
export const atStart: ReadPlace = (bytes, start, end, read, parts) => readAt(bytes, start, end, read, parts);

/** The line begins with the date, perhaps in brackets. */
export const nearStart: ReadPlace = (bytes, start, end, read, parts) =>
  readAt(bytes, bytes[start] === openBracket ? start + 1 : start, end, read, parts);

/** `<34>1 ` and the date; what stands before it is cut out with it. */
export const behindPriority: ReadPlace = (bytes, start, end, read, parts) => {
  if (bytes[start] !== less) return false;
  const priorityEnd = skipDigits(bytes, start + 1, end);
  if (priorityEnd === start + 1 || bytes[priorityEnd] !== greater) return false;
  const versionEnd = skipDigits(bytes, priorityEnd + 1, end);
  if (versionEnd === priorityEnd + 1 || bytes[versionEnd] !== space) return false;
  if (!readAt(bytes, versionEnd + 1, end, read, parts)) return false;
  parts.start = start;
  return true;
};

/** Behind the first opening bracket. */
export const behindBracket: ReadPlace = (bytes, start, end, read, parts) => {
  const bracket = firstBracket(bytes, start, end);
  return bracket >= 0 && readAt(bytes, bracket + 1, end, read, parts);
};

/** Between the first opening bracket and a closing one, both of which are cut out with it. */
export const inBrackets: ReadPlace = (bytes, start, end, read, parts) => {
  const bracket = firstBracket(bytes, start, end);
  if (bracket < 0 || !readAt(bytes, bracket + 1, end, read, parts)) return false;
  if (parts.end >= end || bytes[parts.end] !== closeBracket) return false;
  parts.start = bracket;
  parts.end += 1;
  return true;
};

/** Between the last brackets before the first quote. */
export const inLastBrackets: ReadPlace = (bytes, start, end, read, parts) => {
  let bracket = -1;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte === openBracket) bracket = at;
    else if (byte >= 0x80 || byte === backslash) return false;
    else if (byte === quote) {
      if (bracket < 0 || !readAt(bytes, bracket + 1, end, read, parts)) return false;
      return bytes[parts.end] === closeBracket;
    }
  }
  return false;
};

function readAt(bytes: Uint8Array, at: number, end: number, read: ReadSpelling, parts: DateParts): boolean {
  parts.zoneMin = noZone;
  parts.epochSec = Number.NaN;
  const dateEnd = read(bytes, at, end, parts);
  if (dateEnd < 0) return false;
  parts.start = at;
  parts.end = dateEnd;
  return wordEndsAt(bytes, dateEnd, end);
}

/** Index of the first opening bracket. -1 also where a byte beyond ASCII comes first: characters are counted, not bytes. */
function firstBracket(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!;
    if (byte === openBracket) return at;
    if (byte >= 0x80) return -1;
  }
  return -1;
}

function skipDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isDigit(bytes[at])) at += 1;
  return at;
}
