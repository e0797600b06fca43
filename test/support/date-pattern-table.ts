import type { Moment } from './date-spellings.ts';

/** A `datepattern` and how it writes a moment. */
export interface PatternRow {
  readonly pattern: string;
  spell(moment: Moment): string;
}

const two = (n: number): string => String(n).padStart(2, '0');
const monthNames =
  'January February March April May June July August September October November December Smarch';
const months = monthNames.split(' ');
const weekdays = 'Monday Tuesday Wednesday Thursday Friday Saturday Sunday'.split(' ');
const daySec = 86_400;

/** The parts of a moment, spelled out; numbers that depend on the calendar are those of UTC. */
function parts([year, month, day, hour, minute, second]: Moment) {
  const midnight = Date.UTC(year, month - 1, day) / 1000;
  const yearDay = Math.round((midnight - Date.UTC(year, 0, 1) / 1000) / daySec) + 1;
  const weekday = (new Date(midnight * 1000).getUTCDay() + 6) % 7;
  return {
    y4: String(year),
    y2: two(year % 100),
    m: two(month),
    mon: months[month - 1]!.slice(0, 3),
    month: months[month - 1]!,
    d: two(day),
    dSpace: String(day).padStart(2),
    time: `${two(hour)}:${two(minute)}:${two(second)}`,
    compact: `${two(hour)}${two(minute)}${two(second)}`,
    hm: `${two(hour)}:${two(minute)}`,
    half: `${two(hour % 12 || 12)}:${two(minute)}:${two(second)} ${hour < 12 ? 'AM' : 'PM'}`,
    yearDay: String(yearDay).padStart(3, '0'),
    weekday: weekdays[weekday]!,
    weekNumber: two(Math.floor((yearDay + 6 - ((weekday + 1) % 7)) / 7)),
    weekNumberMonday: two(Math.floor((yearDay + 6 - weekday) / 7)),
    dayNumber: String((weekday + 1) % 7),
    epoch: midnight + hour * 3600 + minute * 60 + second,
  };
}

type Parts = ReturnType<typeof parts>;

function row(pattern: string, spell: (p: Parts) => string): PatternRow {
  return { pattern, spell: (moment) => spell(parts(moment)) };
}

/** Each prefix and directive of `datepattern`, with years, months and days left out in turn. */
export const patternTable: readonly PatternRow[] = [
  row('{^LN-BEG}%Y-%m-%d %H:%M:%S', (p) => `${p.y4}-${p.m}-${p.d} ${p.time} x`),
  row('{^LN-BEG}%ExY-%Exm-%Exd %ExH:%ExM:%ExS%Exz', (p) => `[${p.y4}-${p.m}-${p.d} ${p.time}+0330] x`),
  row('%ExY-%Exm-%Exd %Exk:%ExM:%ExS ?%ExZ', (p) => `x ${p.y4}-${p.m}-${p.d} ${p.time} CEST x`),
  row('%Y-%m-%dT%H:%M:%S(?:[.,]%f)?%z', (p) => `x ${p.y4}-${p.m}-${p.d}T${p.time}.5-11:00 x`),
  row('%Y-%m-%d %H:%M:%S %Z', (p) => `${p.y4}-${p.m}-${p.d} ${p.time} EST x`),
  row('%Y-%m-%d %H:%M:%S %z', (p) => `${p.y4}-${p.m}-${p.d} ${p.time} UTC x`),
  row('^%b %d %H:%M:%S', (p) => `${p.mon} ${p.d} ${p.time} x`),
  row('%b %d %k:%M:%S', (p) => `${p.mon.toUpperCase()} ${p.dSpace} ${p.time} x`),
  row('%B %d %l:%M:%S %p', (p) => `${p.month} ${p.d} ${p.half} x`),
  row('%a %b %d %H:%M:%S %Y', (p) => `x ${p.weekday.slice(0, 3)} ${p.mon} ${p.d} ${p.time} ${p.y4} x`),
  row('%A %d %B %y %H:%M', (p) => `${p.weekday.toLowerCase()} ${p.d} ${p.month} ${p.y2} ${p.hm} x`),
  row('%d/%m %H:%M:%S', (p) => `x ${p.d}/${p.m} ${p.time} x`),
  row('%m %H:%M:%S', (p) => `${p.m} ${p.time} x`),
  row('%H:%M:%S', (p) => `x ${p.time} x`),
  row('{UNB}%H:%M:%S', (p) => `x${p.time}x`),
  row('**%ExY%Exm%Exd%ExH%ExM%ExS**', (p) => `a${p.y4}${p.m}${p.d}${p.compact}z`),
  row('%Exy%Exm%Exd %H:%M:%S', (p) => `${p.y2}${p.m}${p.d} ${p.time} x`),
  row('%Y %j %H:%M:%S', (p) => `${p.y4} ${p.yearDay} ${p.time} x`),
  row('%j %H:%M:%S', (p) => `${p.yearDay} ${p.time} x`),
  row('%Y %U %a %H:%M:%S', (p) => `${p.y4} ${p.weekNumber} ${p.weekday.slice(0, 3)} ${p.time} x`),
  row('%Y %W %w %H:%M:%S', (p) => `${p.y4} ${p.weekNumberMonday} ${p.dayNumber} ${p.time} x`),
  row('%c', (p) => `${p.weekday.slice(0, 3)} ${p.mon} ${p.d} ${p.time} ${p.y4} x`),
  row('%x %X', (p) => `${p.m}/${p.d}/${p.y2} ${p.time} x`),
  row('EPOCH', (p) => `${p.epoch} x`),
  row('{^LN-BEG}EPOCH', (p) => `[${p.epoch}.250] x`),
  row('LEPOCH', (p) => `${p.epoch}123456 x`),
  row('{^LN-BEG}LEPOCH', (p) => `${p.epoch}123 x`),
  row('time="{LEPOCH}"', (p) => `x time="${p.epoch}123.5" x`),
  row('TAI64N', (p) => `@4000000${p.epoch.toString(16).padStart(9, '0')}00000000 x`),
  row('{^LN-BEG}TAI64N', (p) => `@4000000${p.epoch.toString(16).padStart(9, '0')}00000000 x`),
  row('^<\\d+>{DATE}', (p) => `<34>${p.mon} ${p.d} ${p.time} x`),
  row('{^LN-BEG}at {DATE}', (p) => `at ${p.d}/${p.mon}/${p.y4}:${p.time} +0100 x`),
  row('{DEFAULT}', (p) => `x ${p.mon} ${p.d} ${p.time} x`),
  row('{^LN-BEG}', (p) => `${p.mon} ${p.d} ${p.time} x`),
  row('{^LN-BEG}EPOCH\n{^LN-BEG}', (p) => `${p.epoch % 2 === 0 ? p.epoch : `${p.mon} ${p.d} ${p.time}`} x`),
  row(
    '^Epoch\n{^LN-BEG}%b %d\n{DATE}',
    (p) => `${p.epoch % 3 === 0 ? p.epoch : `${p.mon} ${p.d} ${p.time}`} x`,
  ),
  row('{NONE}', (p) => `${p.mon} ${p.d} ${p.time} x`),
];

/** Names of months and days in other languages, which no locale makes dates of. */
export const foreignNames: readonly string[] = [
  'Okt 22 15:28:49 x',
  'Mär 22 15:28:49 x',
  'déc. 22 15:28:49 x',
  'Mo Nov 22 15:28:49 x',
  'lun. 22 novembre 2026 15:28 x',
  'ｎｏｖ 22 15:28:49 x',
  'NOV 22 15:28:49 x',
  'nOv 22 15:28:49 x',
];
