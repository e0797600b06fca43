import {
  colon,
  dot,
  isDigit,
  minus,
  slash,
  space,
  threeLetters,
  twoDigits,
  wordEndsAt,
  zero,
} from './ascii.ts';
import type { DateParts } from './date-parts.ts';
import { readLateYear, readYear, readZone, skipFraction, unsure } from './tails.ts';

/**
 * Reads a date that begins at an index, from bytes of a line that ends at `end`. Returns where the date ends, or -1 for
 * everything that is not plainly and only this spelling: then the regex of the template decides.
 */
export type ReadSpelling = (bytes: Uint8Array, at: number, end: number, parts: DateParts) => number;

const timeLength = 8;

/** `2026-11-22T15:28:49.875+01:00`, `2026-11-22 15:28:49,875`, `2026/11/22 15:28:49`. */
export const readIso: ReadSpelling = (bytes, at, end, parts) => {
  if (at + 11 + timeLength > end) return unsure;
  const separator = bytes[at + 4];
  if (separator !== minus && separator !== slash && separator !== dot) return unsure;
  const gap = bytes[at + 10];
  if (bytes[at + 7] !== separator || (gap !== space && gap !== letterT)) return unsure;
  parts.year = readYear(bytes, at);
  parts.month = twoDigits(bytes, at + 5);
  parts.day = twoDigits(bytes, at + 8);
  if (!isDate(parts) || !readTime(bytes, at + 11, parts)) return unsure;
  return isoTail(bytes, at + 11 + timeLength, end, parts);
};

/** `20261122T152849`, `20261122 152849.875Z`. */
export const readCompact: ReadSpelling = (bytes, at, end, parts) => {
  if (at + 15 > end) return unsure;
  const gap = bytes[at + 8];
  if (gap !== space && gap !== letterT) return unsure;
  parts.year = readYear(bytes, at);
  parts.month = twoDigits(bytes, at + 4);
  parts.day = twoDigits(bytes, at + 6);
  if (!isDate(parts)) return unsure;
  parts.hour = twoDigits(bytes, at + 9);
  parts.minute = twoDigits(bytes, at + 11);
  parts.second = twoDigits(bytes, at + 13);
  return isTime(parts) ? isoTail(bytes, at + 15, end, parts) : unsure;
};

/** `Nov 22 15:28:49`, `Sun Nov  2 15:28:49.875 2026`. */
export const readSyslog: ReadSpelling = (bytes, at, end, parts) => {
  if (at + 7 + timeLength > end) return unsure;
  let monthAt = at;
  parts.month = monthOf(threeLetters(bytes, at));
  if (parts.month === 0) {
    monthAt += 4;
    if (monthAt + 7 + timeLength > end || bytes[at + 3] !== space || !isWeekday(threeLetters(bytes, at)))
      return unsure;
    parts.month = monthOf(threeLetters(bytes, monthAt));
  }
  if (bytes[monthAt + 3] !== space || bytes[monthAt + 6] !== space) return unsure;
  parts.year = firstYear;
  parts.day = paddedDay(bytes, monthAt + 4);
  if (!isDate(parts) || !readTime(bytes, monthAt + 7, parts)) return unsure;
  const fractionEnd = skipFraction(bytes, monthAt + 7 + timeLength, end, false);
  const dateEnd = fractionEnd < 0 ? unsure : readLateYear(bytes, fractionEnd, end, parts);
  return dateEnd >= 0 && wordEndsAt(bytes, dateEnd, end) ? dateEnd : unsure;
};

/** `22/Nov/2026:15:28:49 +0100`, `22-Nov-2026 15:28:49.875`. */
export const readApache: ReadSpelling = (bytes, at, end, parts) => {
  if (at + 12 + timeLength > end) return unsure;
  const separator = bytes[at + 2];
  if ((separator !== slash && separator !== minus) || bytes[at + 6] !== separator) return unsure;
  const gap = bytes[at + 11];
  if (gap !== colon && gap !== space) return unsure;
  parts.day = twoDigits(bytes, at);
  parts.month = monthOf(threeLetters(bytes, at + 3));
  parts.year = readYear(bytes, at + 7);
  if (!isDate(parts) || !readTime(bytes, at + 12, parts)) return unsure;
  const fractionEnd = skipFraction(bytes, at + 12 + timeLength, end, false);
  const dateEnd = fractionEnd < 0 ? unsure : readZone(bytes, fractionEnd, end, true, parts);
  return dateEnd >= 0 && wordEndsAt(bytes, dateEnd, end) ? dateEnd : unsure;
};

/** `1795361329`, `1795361329.875`. */
export const readEpoch: ReadSpelling = (bytes, at, end, parts) => {
  let next = at;
  let seconds = 0;
  for (; next < end && isDigit(bytes[next]); next += 1) seconds = seconds * 10 + bytes[next]! - zero;
  const digits = next - at;
  if (digits < 10 || digits > 11) return unsure;
  let fractionEnd = next;
  if (next < end && bytes[next] === dot) {
    fractionEnd = next + 1;
    while (fractionEnd < end && isDigit(bytes[fractionEnd])) fractionEnd += 1;
    const fractionDigits = fractionEnd - next - 1;
    if (fractionDigits < 3 || fractionDigits > 6) return unsure;
  }
  if (!wordEndsAt(bytes, fractionEnd, end)) return unsure;
  parts.epochSec = fractionEnd === next ? seconds : numberIn(bytes, at, fractionEnd);
  return fractionEnd;
};

const letterT = 0x54;
const firstYear = 2000;

function isoTail(bytes: Uint8Array, at: number, end: number, parts: DateParts): number {
  const fractionEnd = skipFraction(bytes, at, end, true);
  const dateEnd = fractionEnd < 0 ? unsure : readZone(bytes, fractionEnd, end, false, parts);
  return dateEnd >= 0 && wordEndsAt(bytes, dateEnd, end) ? dateEnd : unsure;
}

function readTime(bytes: Uint8Array, at: number, parts: DateParts): boolean {
  if (bytes[at + 2] !== colon || bytes[at + 5] !== colon) return false;
  parts.hour = twoDigits(bytes, at);
  parts.minute = twoDigits(bytes, at + 3);
  parts.second = twoDigits(bytes, at + 6);
  return isTime(parts);
}

function isTime({ hour, minute, second }: DateParts): boolean {
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

/** Whether it can be a date; whether there is that day in that month is looked at where it becomes a time. */
function isDate({ year, month, day }: DateParts): boolean {
  return year > 0 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** A day of two digits, or one behind a blank. */
function paddedDay(bytes: Uint8Array, at: number): number {
  if (bytes[at] !== space) return twoDigits(bytes, at);
  const day = bytes[at + 1]! - zero;
  return day >= 1 && day <= 9 ? day : -1;
}

function numberIn(bytes: Uint8Array, start: number, end: number): number {
  return Number(String.fromCharCode(...bytes.subarray(start, end)));
}

/** Number of the month with these letters, from 1; 0 for none. */
function monthOf(letters: number): number {
  switch (letters) {
    case 0x6a616e:
      return 1;
    case 0x666562:
      return 2;
    case 0x6d6172:
      return 3;
    case 0x617072:
      return 4;
    case 0x6d6179:
      return 5;
    case 0x6a756e:
      return 6;
    case 0x6a756c:
      return 7;
    case 0x617567:
      return 8;
    case 0x736570:
      return 9;
    case 0x6f6374:
      return 10;
    case 0x6e6f76:
      return 11;
    case 0x646563:
      return 12;
    default:
      return 0;
  }
}

function isWeekday(letters: number): boolean {
  switch (letters) {
    case 0x6d6f6e:
    case 0x747565:
    case 0x776564:
    case 0x746875:
    case 0x667269:
    case 0x736174:
    case 0x73756e:
      return true;
    default:
      return false;
  }
}
