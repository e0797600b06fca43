const time = '%H:%M:%S';
/** As `time`, but the hour may be padded with a blank. */
const looseTime = '%k:%M:%S';
const fraction = '(?:\\.%f)?';
const anyFraction = '(?:[.,]%f)?';
const zone = '(?:\\s*%z)?';
/** Between a date and a time: `T`, one blank or two. */
const gap = '(?:T|  ?)';
const weekday = '(?:%a )?';
const year = '(?: %ExY)?';

const isoDate = '%ExY(?P<_sep>[-/.])%m(?P=_sep)%d';
const isoTime = `${time}${anyFraction}${zone}`;

/** The patterns that most logs are written in. */
export const commonPatterns = {
  /** 2026-11-22T15:28:49.875+01:00, 2026/11/22 15:28:49, 2026.11.22 15:28:49 */
  iso: `${isoDate}${gap}${isoTime}`,
  /** The same, as filters for nginx have it. */
  strictIso: `${isoDate}[T ]${isoTime}`,
  /** Sun Nov 22 15:28:49.875 2026, Nov 22 15:28:49 */
  syslog: `${weekday}%b %d ${looseTime}${fraction}${year}`,
  /** 22/Nov/2026:15:28:49 +0100, 22-Nov-2026 15:28:49.875 */
  apache: `%d(?P<_sep>[-/])%b(?P=_sep)%ExY[ :]?${time}${fraction}(?: %z)?`,
  /** 20261122T152849 */
  compact: `%ExY%Exm%Exd${gap}%ExH%ExM%ExS${anyFraction}${zone}`,
} as const;

/** Everything that is tried when a jail has no `datepattern` of its own, in fail2ban's order. */
export const defaultPatterns: readonly string[] = [
  commonPatterns.iso,
  commonPatterns.syslog,
  // Sun Nov 22 2026 15:28:49.875
  `${weekday}%b %d %ExY ${looseTime}${fraction}`,
  // 22/11/2026 15:28:49, 22-11-26 15:28:49
  `%d(?P<_sep>[-/])%m(?P=_sep)(?:%ExY|%Exy) ${looseTime}`,
  commonPatterns.apache,
  // 11/22/2026:15:28:49
  `%m/%d/%ExY:${time}`,
  // 11-22-2026 15:28:49.875
  `%m-%d-%ExY ${looseTime}${fraction}`,
  'EPOCH',
  // 15:28:49
  `{^LN-BEG}${time}`,
  // <11/22/26@15:28:49>
  `^<%m/%d/%Exy@${time}>`,
  // 261122 15:28:49
  `%Exy%Exm%Exd  ?${time}`,
  // Nov 22, 2026 3:28:49 PM
  '%b %d, %ExY %I:%M:%S %p',
  // Nov-22-26 15:28:49
  `^%b-%d-%Exy ${looseTime}`,
  commonPatterns.compact,
  // CET Nov 22 15:28:49
  `(?:%Z )?${weekday}%b %d ${looseTime}${fraction}${year}`,
  // +01:00 Nov 22 15:28:49.875 2026
  `(?:%z )?${weekday}%b %d ${looseTime}${fraction}${year}`,
  'TAI64N',
];
