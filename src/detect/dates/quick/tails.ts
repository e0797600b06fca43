import { colon, comma, dot, isDigit, mayBeWord, minus, plus, space, twoDigits, zero } from './ascii.ts';
import type { DateParts } from './date-parts.ts';
import { noZone } from './date-parts.ts';

/** Somebody else must look at it. */
export const unsure = -1;

const mostFractionDigits = 6;
const firstYear = 2000;
/** Every clock allows these years; what lies beyond depends on it. */
const lastYear = 2029;

/** Steps over a fraction of a second; the place behind it, or `unsure`. */
export function skipFraction(bytes: Uint8Array, at: number, end: number, takesComma: boolean): number {
  if (at >= end || (bytes[at] !== dot && !(takesComma && bytes[at] === comma))) return at;
  let next = at + 1;
  while (next < end && isDigit(bytes[next])) next += 1;
  const digits = next - at - 1;
  if (digits === 0) return at;
  return digits > mostFractionDigits ? unsure : next;
}

/** A year of four digits; -1 where there is none, or one that not every clock allows. */
export function readYear(bytes: Uint8Array, at: number): number {
  const century = twoDigits(bytes, at);
  const rest = twoDigits(bytes, at + 2);
  if (century < 0 || rest < 0) return -1;
  const year = century * 100 + rest;
  return year >= firstYear && year <= lastYear ? year : -1;
}

/** Reads a year behind a blank, if there is one; the place behind it, or `unsure`. */
export function readLateYear(bytes: Uint8Array, at: number, end: number, parts: DateParts): number {
  parts.year = 0;
  if (at + 1 >= end || bytes[at] !== space || bytes[at + 1] !== zero + 2) return at;
  const year = at + 5 <= end ? readYear(bytes, at + 1) : -1;
  if (year < 0) return unsure;
  parts.year = year;
  return at + 5;
}

/**
 * Reads a zone, if there is one, behind a blank that must or may be there: `Z`, `+0100`, `+01:00`. The place behind it,
 * or `unsure`.
 */
export function readZone(
  bytes: Uint8Array,
  at: number,
  end: number,
  needsBlank: boolean,
  parts: DateParts,
): number {
  parts.zoneMin = noZone;
  let from = at;
  if (from < end && bytes[from] === space) from += 1;
  else if (needsBlank) return at;
  if (from >= end) return at;
  const byte = bytes[from]!;
  if (byte === plus || byte === minus) return readOffset(bytes, at, from, end, parts);
  // More white space may have a zone behind it.
  if (byte >= 0x80 || byte <= space) return unsure;
  const second = from + 1 < end ? bytes[from + 1]! | lowerCase : space;
  const third = from + 2 < end ? bytes[from + 2]! | lowerCase : space;
  switch (byte | lowerCase) {
    case letterZ:
      // A name that begins with the letter is no zone.
      if (from + 1 < end && mayBeWord(bytes[from + 1]!)) return second >= 0x80 ? unsure : at;
      if (byte === letterZ) return unsure;
      parts.zoneMin = 0;
      return from + 1;
    case letterU:
      return second === letterT && third === letterC ? unsure : at;
    case letterG:
      return second === letterM && third === letterT ? unsure : at;
    default:
      return at;
  }
}

const lowerCase = 0x20;
const letterC = 0x63;
const letterG = 0x67;
const letterM = 0x6d;
const letterT = 0x74;
const letterU = 0x75;
/** In lower case it is a zone for some templates, but one without a meaning. */
const letterZ = 0x7a;

function readOffset(bytes: Uint8Array, at: number, sign: number, end: number, parts: DateParts): number {
  const first = sign + 1 < end ? bytes[sign + 1]! : space;
  if (first !== zero && first !== zero + 1) return first >= 0x80 ? unsure : at;
  if (sign + 5 > end) return unsure;
  const minutesAt = bytes[sign + 3] === colon ? sign + 4 : sign + 3;
  if (minutesAt + 2 > end) return unsure;
  const hours = twoDigits(bytes, sign + 1);
  const minutes = twoDigits(bytes, minutesAt);
  if (hours < 0 || minutes < 0 || minutes > 59) return unsure;
  parts.zoneMin = (bytes[sign] === minus ? -1 : 1) * (hours * 60 + minutes);
  return minutesAt + 2;
}
