/**
 * Calendar arithmetic. A civil time is written as the seconds that the same wall-clock reading would be in UTC, so that
 * two readings compare and subtract as numbers.
 */

/** The local wall clock at an instant, as a civil time (seconds, with the fraction of the instant). */
export function civilOf(timeSec: number): number {
  return timeSec - new Date(timeSec * 1000).getTimezoneOffset() * 60;
}

/** Year of a civil time. */
export function civilYear(civilSec: number): number {
  return new Date(civilSec * 1000).getUTCFullYear();
}

/**
 * The civil time of a date and time of day, or undefined when there is no such date (as Python's `datetime` decides:
 * years 1 to 9999, no leap second).
 */
export function makeCivil(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): number | undefined {
  if (!(year >= 1 && year <= 9999 && month >= 1 && month <= 12)) return undefined;
  if (!(day >= 1 && day <= daysIn(year, month))) return undefined;
  if (!(hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60)) return undefined;
  return dayStart(year, month, day) + hour * 3600 + minute * 60 + second;
}

/** Civil time of the n-th day of a year at midnight; n may lie outside of the year. */
export function yearDay(year: number, dayOfYear: number): number {
  return dayStart(year, 1, 1) + (dayOfYear - 1) * 86_400;
}

/**
 * Day of the year for a week number and a weekday (0 is Monday), as Python's `strptime` counts `%U` (weeks begin on
 * Sunday) and `%W` (on Monday). Days before the first such weekday belong to week 0.
 */
export function dayOfWeekNumber(year: number, week: number, weekday: number, startsMonday: boolean): number {
  const january1 = (new Date(dayStart(year, 1, 1) * 1000).getUTCDay() + 6) % 7;
  const shift = startsMonday ? 0 : 1;
  const first = (january1 + shift) % 7;
  const wanted = (weekday + shift) % 7;
  const weekOneStart = (7 - first) % 7;
  return week === 0 ? 1 + wanted - first : 1 + weekOneStart + 7 * (week - 1) + wanted;
}

/**
 * The instant at which the local clock shows a civil time. Where the clock shows it twice or never (daylight saving),
 * the offset before the change counts.
 */
export function instantOf(civilSec: number): number {
  const utc = new Date(civilSec * 1000);
  const year = utc.getUTCFullYear();
  const month = utc.getUTCMonth();
  const day = utc.getUTCDate();
  const local = new Date(
    Math.max(year, 100),
    month,
    day,
    utc.getUTCHours(),
    utc.getUTCMinutes(),
    utc.getUTCSeconds(),
  );
  // The constructor takes the years 0 to 99 for 1900 to 1999.
  return (year < 100 ? local.setFullYear(year, month, day) : local.getTime()) / 1000;
}

function dayStart(year: number, month: number, day: number): number {
  if (year >= 100) return Date.UTC(year, month - 1, day) / 1000;
  // Date.UTC takes the years 0 to 99 for 1900 to 1999.
  return new Date(0).setUTCFullYear(year, month - 1, day) / 1000;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}
