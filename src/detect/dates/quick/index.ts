// Owns: reading the common spellings of dates from bytes, without a regex: the same dates, or none.
// Receives: date templates; lines as bytes, and where the last date stood.
// Emits: where the date stands, and its time in seconds since the epoch.

export { mayBeWord } from './ascii.ts';
export { DateParts, noZone } from './date-parts.ts';
export { MinuteTimes } from './minute-times.ts';
export { type QuickTemplate, quickTemplate } from './quick-template.ts';
export { TextBytes } from './text-bytes.ts';
