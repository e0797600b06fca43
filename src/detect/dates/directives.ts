import { abbreviationPattern, offsetPattern } from './zones.ts';

/** What one `%` directive of a date pattern stands for. */
export interface Directive {
  /** Its regular expression (Python syntax): a group named after the date field, with an optional space for `%k`, `%l`. */
  readonly regex: string;
  /** How fail2ban spells it in a template's name, as reports show it. */
  readonly label: string;
}

/** Names in the C locale, which fail2ban's server runs in; the index is the value. */
export const monthNames: readonly string[] = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];
export const weekdayNames: readonly string[] = [
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
];

/** Date fields whose text has letters; a pattern that uses one of them ignores case. */
export const wordFields: ReadonlySet<string> = new Set(['a', 'A', 'b', 'B', 'p', 'c']);

/** Oldest year that the exact year directive `%ExY` takes. */
const firstYear = 2000;
/** A clock that runs before this program's own release is wrong, and must not make today's dates unreadable. */
const releaseYear = 2026;
/** So many years ahead are taken as well, because a daemon may run that long. */
const yearsAhead = 3;

/**
 * All directives of `datepattern`: those of Python's `strptime`, in fail2ban's own widths, and its exact forms `%Ex…`.
 * `nowYear` limits `%ExY` to the decades from 2000 to three years ahead.
 */
export function makeDirectives(nowYear: number): ReadonlyMap<string, Directive> {
  const short = (name: string): string => name.slice(0, 3);
  const hour24 = field('H', '[01]?\\d', '2[0-3]');
  const week = ['5[0-3]', '[0-4]\\d', '\\d'];
  // The composed directives come from Python itself, with its own widths.
  const plainDay = field('d', '3[01]', '[12]\\d', '0[1-9]', '[1-9]', ' [1-9]');
  const plainTime = `${field('H', '2[0-3]', '[01]\\d', '\\d')}:${field('M', '[0-5]\\d', '\\d')}:${field('S', '6[01]', '[0-5]\\d', '\\d')}`;
  const dayShort = field('a', ...weekdayNames.map(short));
  const monthShort = field('b', ...monthNames.map(short));
  const table: Record<string, readonly [regex: string, label?: string]> = {
    '%': ['%', '%'],
    a: [dayShort, 'DAY'],
    A: [field('A', ...weekdayNames), 'DAYNAME'],
    b: [monthShort, 'MON'],
    B: [field('B', ...monthNames), 'MONTH'],
    c: [`${dayShort}\\s+${monthShort}\\s+${plainDay}\\s+${plainTime}\\s+${field('Y', '\\d{4}')}`],
    d: [field('d', '[12]\\d', '[0 ]?[1-9]', '3[01]'), 'Day'],
    f: [field('f', '[0-9]{1,6}'), 'Microseconds'],
    G: [field('G', '\\d{4}')],
    H: [hour24, '24hour'],
    I: [field('I', '1[0-2]', '0[1-9]', '[1-9]'), '12hour'],
    j: [
      field('j', '36[0-6]', '3[0-5]\\d', '[12]\\d\\d', '0[1-9]\\d', '00[1-9]', '[1-9]\\d', '0[1-9]', '[1-9]'),
      'Yearday',
    ],
    k: [` ?${field('H', '[0-2]?\\d')}`],
    l: [` ?${field('I', '1?\\d')}`],
    m: [field('m', '0?[1-9]', '1[0-2]'), 'Month'],
    M: [field('M', '[0-5]?\\d'), 'Minute'],
    p: [field('p', 'am', 'pm'), 'AMPM'],
    S: [field('S', '[0-5]?\\d', '6[01]'), 'Second'],
    u: [field('u', '[1-7]')],
    U: [field('U', ...week), 'Yearweek'],
    V: [field('V', '5[0-3]', '0[1-9]', '[1-4]\\d', '\\d')],
    w: [field('w', '[0-6]'), 'Weekday'],
    W: [field('W', ...week), 'Yearweek'],
    x: [`${field('m', '1[0-2]', '0[1-9]', '[1-9]')}/${plainDay}/${field('y', '\\d\\d')}`],
    X: [plainTime],
    y: [field('y', '\\d\\d'), 'Year2'],
    Y: [field('Y', '\\d{4}'), 'Year'],
    z: [field('z', 'Z', 'UTC', 'GMT', offsetPattern), 'Zone offset'],
    Z: [field('Z', 'Z', '[A-Z]{3,5}'), 'Zone name'],
    Exd: [field('d', '[12]\\d', '0[1-9]', '3[01]'), 'ExDay'],
    ExH: [field('H', '[01]\\d', '2[0-3]'), 'Ex24hour'],
    Exk: [` ?${hour24}`],
    Exl: [` ?${field('I', '1[0-2]', '\\d')}`],
    Exm: [field('m', '0[1-9]', '1[0-2]'), 'ExMonth'],
    ExM: [field('M', '[0-5]\\d'), 'ExMinute'],
    ExS: [field('S', '[0-5]\\d', '6[01]'), 'ExSecond'],
    Exy: [field('y', '\\d\\d'), 'ExYear2'],
    ExY: [field('Y', ...decades(nowYear)), 'ExYear'],
    Exz: [field('z', `(?:${abbreviationPattern})?${offsetPattern}`, abbreviationPattern), 'ExZone offset'],
    ExZ: [field('Z', abbreviationPattern), 'ExZone name'],
  };
  return new Map(Object.entries(table).map(([key, [regex, label = `%${key}`]]) => [key, { regex, label }]));
}

/** A named group that takes the first of the alternatives that fits. */
function field(name: string, ...alternatives: string[]): string {
  return `(?P<${name}>${alternatives.join('|')})`;
}

/** The decades that `%ExY` takes, as alternatives: `200\d`, `201\d`, …. */
function decades(nowYear: number): string[] {
  const last = Math.max(nowYear, releaseYear) + yearsAhead;
  const alternatives: string[] = [];
  for (let year = firstYear; year <= last; year += 10) alternatives.push(`${Math.floor(year / 10)}\\d`);
  return alternatives;
}
