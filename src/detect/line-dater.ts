import { type Clock, escapeControl, type Logger } from '../base/index.ts';
import { type CutLine, textOf, timedLine } from './cut-line.ts';
import type { DateReader, LineDate } from './dates/index.ts';
import type { LogMemory } from './types.ts';
import { describeSpan, WarnOnce } from './warn-once.ts';

/** A line with the time that counts for it. */
export interface DatedLine {
  readonly line: CutLine;
  /** Seconds since the epoch; undefined when nothing tells the time and none may be assumed. */
  readonly timeSec: number | undefined;
  /** No date was found in the line itself. */
  readonly undated: boolean;
  /** The template that found the date. */
  readonly date: LineDate | undefined;
}

/** How a jail takes the time of its lines. */
export interface DaterOptions {
  readonly jail: string;
  readonly findTimeSec: number;
  /** Off for trying rules on old logs: no line is too old, and a line without any date has no time. */
  readonly judgeAge: boolean;
}

/** A date is carried over to lines without one for so long; beyond that, and from the present, time is odd. */
const toleranceSec = 60;
const longestExcerpt = 1000;

/** Cuts the date out of lines and decides which time counts for them. */
export class LineDater {
  readonly #reader: DateReader;
  readonly #options: DaterOptions;
  readonly #clock: Clock;
  readonly #warn: WarnOnce;

  constructor(reader: DateReader, options: DaterOptions, deps: { clock: Clock; logger: Logger }) {
    this.#reader = reader;
    this.#options = options;
    this.#clock = deps.clock;
    this.#warn = new WarnOnce(options.jail, deps.logger);
  }

  /** The line with its time, or undefined when it is too old to count (first catch-up only). */
  date(text: string, timeSec: number | undefined, log: LogMemory): DatedLine | undefined {
    const nowSec = this.#clock.nowSec();
    const dated =
      timeSec === undefined
        ? this.#fromText(text, log, nowSec)
        : this.#fromSource(text, timeSec, log, nowSec);
    if (dated.timeSec === undefined) return dated;
    const countsSec = this.#judged(dated.line, dated.timeSec, log, nowSec);
    if (countsSec === undefined || countsSec === dated.timeSec)
      return countsSec === undefined ? undefined : dated;
    return { ...dated, timeSec: countsSec };
  }

  /** Takes the date of a line for those behind it that have none. False: it has none itself. */
  glance(text: string, log: LogMemory): boolean {
    const nowSec = this.#clock.nowSec();
    const date = this.#reader.read(text);
    if (date?.timeSec === undefined) return false;
    const { line } = this.#take(text, date, date.timeSec, log, nowSec);
    this.#judged(line, date.timeSec, log, nowSec);
    return true;
  }

  /** Takes a line of which the date is known; returns the time that counts, undefined where it is too old to count. */
  take(line: CutLine, timeSec: number, log: LogMemory, nowSec: number): number | undefined {
    log.lastDateSec = timeSec;
    log.lastDateText = line.date;
    log.lastSeenAtSec = nowSec;
    return this.#judged(line, timeSec, log, nowSec);
  }

  /** The time that counts; undefined where the line is too old to count. */
  #judged(line: CutLine, timeSec: number, log: LogMemory, nowSec: number): number | undefined {
    if (!this.#options.judgeAge) return timeSec;
    return log.inOperation
      ? this.#notFarFromNow(line, timeSec, log, nowSec)
      : this.#notTooOld(line, timeSec, nowSec);
  }

  #fromSource(text: string, timeSec: number, log: LogMemory, nowSec: number): DatedLine {
    const line = timedLine(text, timeSec);
    log.lastDateSec = timeSec;
    // Never needed: lines of such a source all have a time.
    log.lastDateText = '';
    log.lastSeenAtSec = nowSec;
    return { line, timeSec, undated: false, date: undefined };
  }

  #fromText(text: string, log: LogMemory, nowSec: number): DatedLine {
    const date = this.#reader.read(text);
    if (date === undefined)
      return this.#withoutDate({ head: '', date: '', tail: text }, undefined, log, nowSec);
    if (date.timeSec !== undefined) return this.#take(text, date, date.timeSec, log, nowSec);
    const line = cutAt(text, date);
    if (line.date === '') {
      // The pattern says that lines need no date: the last one known counts, or now.
      const carried = this.#carried(text, log, nowSec);
      return { line: carried ?? line, timeSec: carried?.timeSec ?? nowSec, undated: false, date };
    }
    this.#warn.warn('date', nowSec, () => [`Cannot read the date ${excerptOf(line.date)} of a line.`]);
    return this.#withoutDate(line, date, log, nowSec);
  }

  #take(text: string, date: LineDate, timeSec: number, log: LogMemory, nowSec: number): DatedLine {
    const line = cutAt(text, date);
    log.lastDateSec = timeSec;
    log.lastDateText = line.date;
    log.lastSeenAtSec = nowSec;
    return { line, timeSec, undated: false, date };
  }

  #withoutDate(line: CutLine, date: LineDate | undefined, log: LogMemory, nowSec: number): DatedLine {
    const carried = this.#carried(textOf(line), log, nowSec);
    if (carried !== undefined) return { line: carried, timeSec: carried.timeSec, undated: true, date };
    const assumeNow = this.#options.judgeAge && log.inOperation;
    return { line, timeSec: assumeNow ? nowSec : undefined, undated: true, date };
  }

  /** The line with the last date of this log put before it, if that is recent. */
  #carried(text: string, log: LogMemory, nowSec: number): (CutLine & { timeSec: number }) | undefined {
    log.catchUp?.();
    const { lastDateSec, lastDateText = '' } = log;
    if (lastDateSec === undefined || lastDateSec <= nowSec - toleranceSec) return undefined;
    return { head: '', date: lastDateText, tail: text, timeSec: lastDateSec };
  }

  /** In operation lines are new, so a date far from now is a wrong date. */
  #notFarFromNow(line: CutLine, timeSec: number, log: LogMemory, nowSec: number): number {
    const deltaSec = Math.trunc(timeSec - nowSec);
    if (Math.abs(deltaSec) <= toleranceSec) return timeSec;
    this.#warn.warn('odd', nowSec, () => [
      `A log line is dated ${describeSpan(Math.abs(deltaSec))} ${deltaSec < 0 ? 'before' : 'after'} now, ` +
        `which looks like a ${deltaSec < 0 && deltaSec >= -3300 ? 'latency' : 'time zone'} problem. ` +
        'Such lines are taken as if they had just happened.',
      `The line: ${excerptOf(textOf(line))}`,
    ]);
    log.lastDateSec = nowSec;
    return nowSec;
  }

  #notTooOld(line: CutLine, timeSec: number, nowSec: number): number | undefined {
    const { findTimeSec } = this.#options;
    if (timeSec >= nowSec - findTimeSec) return timeSec;
    this.#warn.warn('old', nowSec, () => [
      `Log lines older than ${findTimeSec} s (findtime) are passed over; most likely they were written while this ` +
        'program did not run.',
      `The line: ${excerptOf(textOf(line))}`,
    ]);
    return undefined;
  }
}

function cutAt(text: string, { start, end }: LineDate): CutLine {
  return { head: text.slice(0, start), date: text.slice(start, end), tail: text.slice(end) };
}

/** A foreign text for the log: safe, and not too long. */
export function excerptOf(text: string): string {
  const short = text.length > longestExcerpt ? `${text.slice(0, longestExcerpt)}…` : text;
  return `"${escapeControl(short)}"`;
}
