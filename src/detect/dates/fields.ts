import { civilOf, civilYear, dayOfWeekNumber, instantOf, makeCivil, yearDay } from './civil.ts';
import { monthNames, weekdayNames } from './directives.ts';
import { zoneOffsetMin } from './zones.ts';

/** A field of a matched date: the directive's letter and the text, in the order of the pattern. */
export type DateField = readonly [name: string, text: string];

/** What a date is completed from. */
export interface Moment {
  readonly nowSec: number;
  /** Minutes east of Greenwich for dates without a zone; undefined means the machine's own zone. */
  readonly offsetMin: number | undefined;
}

interface Draft {
  year?: number;
  month?: number;
  day?: number;
  hour: number;
  minute: number;
  second: number;
  weekday?: number;
  week?: number;
  weekStartsMonday?: boolean;
  yearDay?: number;
  offsetMin?: number;
}

const daySec = 86_400;

/**
 * Seconds since the epoch for the fields of a date, or undefined when they make none.
 *
 * Completion as fail2ban does it: without a year it is this year, or the last when that lies more than a day ahead;
 * without day and month it is today, or yesterday when that lies ahead. A fraction of a second is dropped.
 */
export function timeOfFields(fields: readonly DateField[], moment: Moment): number | undefined {
  const draft = readFields(fields);
  if (draft === undefined) return undefined;
  const now = civilOf(moment.nowSec);
  const date = dateOf(draft, now);
  if (date === undefined) return undefined;
  const civil = makeCivil(date.year, date.month, date.day, draft.hour, draft.minute, draft.second);
  if (civil === undefined) return undefined;
  const offsetMin = draft.offsetMin ?? moment.offsetMin;
  // fail2ban compares a date with a zone, already in UTC, to the local clock; so must we, to agree with it.
  let result = offsetMin === undefined ? civil : civil - offsetMin * 60;
  if (date.isToday && result > now) result -= daySec;
  if (draft.year === undefined && result > now + daySec) {
    const lastYear = inYear(result, date.year - 1, date.month, date.day);
    if (lastYear === undefined) return undefined;
    result = lastYear;
  }
  return offsetMin === undefined ? instantOf(result) : result;
}

interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  /** Assumed, because the text has neither day nor month. */
  readonly isToday: boolean;
}

/** The calendar date of a draft; undefined when it has only one of day and month. */
function dateOf(draft: Draft, now: number): CalendarDate | undefined {
  const { year = civilYear(now), month, day } = draft;
  if (month !== undefined && day !== undefined) return { year, month, day, isToday: false };
  const dayNumber = dayOfYear(draft, year);
  if (dayNumber === undefined && (month !== undefined || day !== undefined)) return undefined;
  const date = new Date((dayNumber === undefined ? now : yearDay(year, dayNumber)) * 1000);
  return {
    year: dayNumber === undefined ? year : date.getUTCFullYear(),
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    isToday: dayNumber === undefined,
  };
}

function dayOfYear(draft: Draft, year: number): number | undefined {
  if (draft.yearDay !== undefined) return draft.yearDay;
  if (draft.week === undefined || draft.weekday === undefined) return undefined;
  return dayOfWeekNumber(year, draft.week, draft.weekday, draft.weekStartsMonday === true);
}

/** The same time of day on another date; undefined for a 29 February that there was not. */
function inYear(civil: number, year: number, month: number, day: number): number | undefined {
  const at = new Date(civil * 1000);
  return makeCivil(year, month, day, at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds());
}

function readFields(fields: readonly DateField[]): Draft | undefined {
  const draft: Draft = { hour: 0, minute: 0, second: 0 };
  for (const [name, text] of fields) {
    if (!readField(draft, name, text, fields)) return undefined;
  }
  return draft;
}

/** Takes one field into the draft; false when its text is no value of that field. */
function readField(draft: Draft, name: string, text: string, fields: readonly DateField[]): boolean {
  switch (name) {
    case 'b':
      return set(draft, 'month', indexOfName(monthNames, text, 3) + 1);
    case 'B':
      return set(draft, 'month', indexOfName(monthNames, text) + 1);
    case 'a':
      return set(draft, 'weekday', indexOfName(weekdayNames, text, 3), 0);
    case 'A':
      return set(draft, 'weekday', indexOfName(weekdayNames, text), 0);
    case 'z':
    case 'Z': {
      const offset = zoneOffsetMin(text);
      return offset !== undefined && set(draft, 'offsetMin', offset, -Infinity);
    }
    default:
      return readNumber(draft, name, text, fields);
  }
}

function readNumber(draft: Draft, name: string, text: string, fields: readonly DateField[]): boolean {
  const value = (): number => integerOf(text);
  switch (name) {
    case 'Y':
      return set(draft, 'year', value());
    case 'y':
      // Two digits are of this century.
      return set(draft, 'year', value() <= 2000 ? value() + 2000 : value());
    case 'm':
      return set(draft, 'month', value());
    case 'd':
      return set(draft, 'day', value());
    case 'H':
      return set(draft, 'hour', value(), 0);
    case 'I':
      return set(draft, 'hour', hourOf12(value(), fields), 0);
    case 'M':
      return set(draft, 'minute', value(), 0);
    case 'S':
      return set(draft, 'second', value(), 0);
    case 'j':
      return set(draft, 'yearDay', value(), 0);
    case 'w':
      return set(draft, 'weekday', (value() + 6) % 7, 0);
    case 'U':
    case 'W':
      draft.weekStartsMonday = name === 'W';
      return set(draft, 'week', value(), 0);
    default:
      return true;
  }
}

type NumberField = {
  [Key in keyof Draft]-?: NonNullable<Draft[Key]> extends number ? Key : never;
}[keyof Draft];

function set(draft: Draft, field: NumberField, value: number, least = 1): boolean {
  if (!(value >= least)) return false;
  draft[field] = value;
  return true;
}

/** 12 o'clock is the first hour of its half of the day. */
function hourOf12(hour: number, fields: readonly DateField[]): number {
  const half = fields.find(([name]) => name === 'p')?.[1].toLowerCase() ?? '';
  if (half === 'pm') return hour === 12 ? 12 : hour + 12;
  return (half === '' || half === 'am') && hour === 12 ? 0 : hour;
}

function indexOfName(names: readonly string[], text: string, length?: number): number {
  const wanted = text.toLowerCase();
  return names.findIndex((name) => name.slice(0, length) === wanted);
}

/** Python's `int()` for what the directives let through: decimal digits of any script, blanks around. */
function integerOf(text: string): number {
  const plain = text.trim();
  if (/^\d+$/.test(plain)) return Number(plain);
  if (!/^\p{Nd}+$/u.test(plain)) return Number.NaN;
  let value = 0;
  for (const char of plain) value = value * 10 + digitValue(char.codePointAt(0)!);
  return value;
}

/** Digits of a script stand in a row from zero to nine, and rows follow each other only as a whole. */
function digitValue(code: number): number {
  let first = code;
  while (/^\p{Nd}$/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return (code - first) % 10;
}
