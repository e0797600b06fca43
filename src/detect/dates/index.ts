// Owns: dates in log lines: templates, their competition, completion of what a date leaves out, time zones.
// Receives: a jail's datepattern and logtimezone; lines.
// Emits: where the date stands in a line, and its time in seconds since the epoch.
export { civilOf } from './civil.ts';
export type { TemplateSpec } from './pattern.ts';
export { type DateReader, type LineDate, makeDateReader, type QuickDate } from './reader.ts';
export { zoneOffsetMin } from './zones.ts';
