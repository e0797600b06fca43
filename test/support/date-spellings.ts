const two = (n: number): string => String(n).padStart(2, '0');
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec Xyz'.split(' ');

/** A date and time of day, possible or not. */
export type Moment = readonly [
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
];

/** One moment in every format that the default templates know, possible or not. */
export function spellings([year, month, day, hour, minute, second]: Moment): string[] {
  const time = `${two(hour)}:${two(minute)}:${two(second)}`;
  const name = months[month - 1]!;
  const [y2, m2, d2] = [two(year % 100), two(month), two(day)];
  const epoch = Math.floor(Date.UTC(year, month - 1, day, hour, minute, second) / 1000);
  const half = hour < 12 ? 'AM' : 'PM';
  return [
    `${year}-${m2}-${d2} ${time}`,
    `${year}-${m2}-${d2}T${time}.123456Z`,
    `${year}-${m2}-${d2}T${time}+02:00`,
    `${year}-${m2}-${d2} ${time},123 -0330`,
    `${year}/${month}/${day}  ${time}`,
    `${name} ${String(day).padStart(2)} ${time}`,
    `Sun ${name} ${d2} ${time}.011 ${year}`,
    `Sun ${name} ${d2} ${year} ${time}`,
    `${d2}/${m2}/${year} ${time}`,
    `${d2}-${m2}-${y2} ${time}`,
    `[${d2}/${name}/${year}:${time} +0100]`,
    `${d2}-${name}-${year} ${time}.252`,
    `${m2}/${d2}/${year}:${time}`,
    `${m2}-${d2}-${year} ${time}.252`,
    time,
    `<${m2}/${d2}/${y2}@${time}>`,
    `${y2}${m2}${d2}  ${time}`,
    `${name} ${day}, ${year} ${hour % 12 || 12}:${two(minute)}:${two(second)} ${half}`,
    `${name}-${d2}-${y2} ${time}`,
    `${year}${m2}${d2}T${time.replaceAll(':', '')}`,
    `${year}${m2}${d2} ${time.replaceAll(':', '')}Z`,
    `CET ${name} ${d2} ${time}`,
    `error ${name} ${d2} ${time}`,
    `+05:30 ${name} ${d2} ${time}`,
    `${epoch}`,
    `[${epoch}.123]`,
    `audit(${epoch}.123:456)`,
    `@4000000${epoch.toString(16).padStart(9, '0')}00000000`,
  ];
}

/** Ends of days, months and years, leap days, hours that clocks skip or show twice, and no dates at all. */
export const moments: readonly Moment[] = [
  [2026, 11, 21, 15, 28, 49],
  [2026, 11, 22, 15, 28, 49],
  [2026, 11, 23, 15, 0, 0],
  [2026, 11, 24, 0, 0, 0],
  [2024, 2, 29, 10, 0, 0],
  [2025, 2, 29, 10, 0, 0],
  [2026, 12, 31, 23, 59, 59],
  [2026, 1, 1, 0, 0, 1],
  [2026, 13, 1, 0, 0, 0],
  [2026, 4, 31, 0, 0, 0],
  [2026, 6, 15, 25, 0, 0],
  [2026, 6, 15, 10, 61, 0],
  [2026, 6, 15, 10, 10, 60],
  [2026, 3, 28, 2, 30, 0],
  [2026, 3, 29, 2, 30, 0],
  // What an hour that comes twice means to the reference depends on the date before: here, as in a log, the day before.
  [2026, 10, 24, 2, 30, 0],
  [2026, 10, 25, 2, 30, 0],
  [2026, 3, 8, 2, 15, 0],
  [2026, 10, 31, 1, 30, 0],
  [2026, 11, 1, 1, 30, 0],
  [2011, 12, 30, 12, 0, 0],
];
