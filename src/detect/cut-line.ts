import { civilOf } from './dates/index.ts';

/** A log line cut at its date. */
export interface CutLine {
  /** What stands before the date. */
  readonly head: string;
  /** The date itself; empty when the line has none. */
  readonly date: string;
  readonly tail: string;
}

/** The line without its date, which the rules see. */
export function messageOf(line: CutLine): string {
  return line.head === '' ? line.tail : line.head + line.tail;
}

/** The line with its date in place, as it is kept for people. */
export function textOf(line: CutLine): string {
  return line.head + line.date + line.tail;
}

/**
 * A line from a source that tells the time itself, which is put before it in ISO 8601, local time. The date is only
 * written when somebody asks for it.
 */
export function timedLine(text: string, timeSec: number): CutLine {
  return {
    head: '',
    get date() {
      return `${isoLocal(timeSec)} `;
    },
    tail: text,
  };
}

/** `2026-11-22T15:28:49.875123`, local time; without a fraction when there is none. */
function isoLocal(timeSec: number): string {
  const micros = Math.round(timeSec * 1e6);
  const wholeSec = Math.floor(micros / 1e6);
  const clock = new Date(civilOf(wholeSec) * 1000).toISOString().slice(0, 19);
  const fraction = micros - wholeSec * 1e6;
  return fraction === 0 ? clock : `${clock}.${String(fraction).padStart(6, '0')}`;
}
