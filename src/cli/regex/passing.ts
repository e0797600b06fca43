import type { Inspector, LogMemory, QuickDate } from '../../detect/index.ts';
import type { LineCodec } from '../../source/index.ts';
import { matchesAnyLine } from './any-text.ts';

/**
 * What became of a line that was passed over: comments and empty lines are skipped, others are missed, with or without a
 * match of the prefregex.
 */
export type Passed = 'skipped' | 'missed' | 'missed-with-prefix';

const hash = 0x23;

/** Lines that are not looked at: comments, and empty ones. */
export function isComment(bytes: Uint8Array, start: number, end: number): boolean {
  return start === end || bytes[start] === hash;
}

/**
 * Passes over lines that no failregex can match, without making texts of them. What trying them would leave behind is the
 * same: hits of date templates, whether the prefregex matched, and the last date, for lines that have none.
 */
export class Passing {
  readonly #inspector: Inspector;
  readonly #codec: LineCodec;
  readonly #log: LogMemory;
  readonly #readDate: NonNullable<Inspector['readDate']>;
  readonly #prefixMatchesAny: boolean;
  /** Where the last date stands, until somebody asks for it. */
  #bytes: Buffer | undefined;
  #dateStart = 0;
  #dateEnd = 0;
  #dateSec = 0;
  #seenAtSec = 0;
  /** Of the date before: the zone was known. */
  #hasZone = false;

  private constructor(
    inspector: Inspector,
    codec: LineCodec,
    log: LogMemory,
    readDate: NonNullable<Inspector['readDate']>,
  ) {
    this.#inspector = inspector;
    this.#codec = codec;
    this.#log = log;
    this.#readDate = readDate;
    const { prefix } = inspector.rules;
    this.#prefixMatchesAny = prefix !== undefined && matchesAnyLine(prefix.regex.source);
    log.catchUp = () => this.release();
  }

  /** Undefined where every line has to be tried. */
  static of(inspector: Inspector, codec: LineCodec, log: LogMemory): Passing | undefined {
    const { readDate, rules } = inspector;
    // An ignoreregex may be tried on every line, and a regex of bounded steps may end in trouble.
    if (readDate === undefined || rules.ignore.length > 0) return undefined;
    if (rules.prefix !== undefined && rules.prefix.regex.engine !== 'v8') return undefined;
    return new Passing(inspector, codec, log, readDate);
  }

  /** Whether the zone of the last date was known. */
  get lastHasZone(): boolean {
    return this.#hasZone;
  }

  /**
   * Passes over a line, given without its line end; undefined, and nothing has happened, where it has to be tried. Throws
   * what the prefregex throws.
   */
  pass(bytes: Buffer, start: number, end: number, nowSec: number): Passed | undefined {
    if (isComment(bytes, start, end)) return 'skipped';
    const date = this.#readDate(bytes, start, end, nowSec);
    if (date === undefined) return undefined;
    this.note(bytes, date, nowSec);
    const { prefix } = this.#inspector.rules;
    if (prefix === undefined) return 'missed';
    if (!this.#prefixMatchesAny || date.end - date.start === end - start) {
      const text = this.textOf(bytes, start, end);
      const message = text.slice(0, date.start - start) + text.slice(date.end - start);
      if (prefix.regex.search(`${message}\n`) === null) return 'missed';
    }
    prefix.hits += 1;
    return 'missed-with-prefix';
  }

  /** Keeps in mind the last date. */
  note(bytes: Buffer, date: QuickDate, nowSec: number): void {
    this.#bytes = bytes;
    this.#dateStart = date.start;
    this.#dateEnd = date.end;
    this.#dateSec = date.timeSec;
    this.#seenAtSec = nowSec;
    this.#hasZone = date.hasZone;
  }

  /** A line was tried that has a date of its own: that of the lines passed over before is of no interest any more. */
  forget(): void {
    this.#bytes = undefined;
  }

  /** The text of a line. */
  textOf(bytes: Buffer, start: number, end: number): string {
    return this.#codec.decode(bytes, start, end);
  }

  /** Tells the log's memory the last date, before the bytes change or somebody asks for it. */
  release(): void {
    const bytes = this.#bytes;
    if (bytes === undefined) return;
    this.#bytes = undefined;
    this.#log.lastDateSec = this.#dateSec;
    this.#log.lastDateText = this.#codec.decode(bytes, this.#dateStart, this.#dateEnd);
    this.#log.lastSeenAtSec = this.#seenAtSec;
  }
}
