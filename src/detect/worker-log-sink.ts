import { escapeControl, type LogLevel } from '../base/index.ts';
import {
  type Block,
  type DateOfLine,
  type LogSink,
  lineEndAfter,
  longestLineBytes,
  trimLineEnd,
} from '../source/index.ts';
import type { Detector, Failure, LogMemory } from './types.ts';
import type { WatchdogMemory } from './watchdog-memory.ts';
import type { LineCount } from './worker-batch.ts';

/** What a log's lines need of their jail. */
export interface LineJail {
  readonly index: number;
  /** The detector of this moment. */
  readonly detector: Detector;
  readonly isActive: boolean;
  /** No more failures can be taken before a batch has left. */
  readonly isFull: boolean;
  found(failures: readonly Failure[]): void;
  /** The log was read on. */
  moved(path: string): void;
  /** Lines that were looked at. */
  readonly lines: LineCount;
  notice(level: LogLevel, message: string): void;
  nowSec(): number;
}

/** Notices about one log come once a day. */
const noticeEverySec = 86_400;
const excerptCharacters = 200;

export function freshMemory(inOperation: boolean): LogMemory {
  return { inOperation, lastDateSec: undefined, lastDateText: undefined, lastSeenAtSec: undefined };
}

/**
 * Feeds the lines of one file to the detector of one jail. `skips`: offsets of lines to leave out.
 */
export class DetectingLogSink implements LogSink {
  readonly #path: string;
  readonly #jail: LineJail;
  readonly #watch: WatchdogMemory;
  readonly #skips: ReadonlySet<number>;
  readonly #memory = freshMemory(false);
  #nextEncodingNoticeSec = 0;
  #nextLengthNoticeSec = 0;

  constructor(path: string, jail: LineJail, watch: WatchdogMemory, skips: ReadonlySet<number>) {
    this.#path = path;
    this.#jail = jail;
    this.#watch = watch;
    this.#skips = skips;
  }

  setInOperation(inOperation: boolean): void {
    this.#memory.inOperation = inOperation;
  }

  readonly dateOf: DateOfLine = (bytes, start, end, offset, codec) => {
    if (this.#skips.has(offset) || end - start > longestLineBytes) return undefined;
    // A date is asked for outside of a block, so the file has to be named again.
    this.#watch.enterFile(this.#path);
    this.#watch.enterLine(this.#jail.index, offset, bytes, start, end);
    return this.#jail.detector.dateOf?.(codec.decode(bytes, start, end));
  };

  take(block: Block): number {
    const { bytes, codec } = block;
    const jail = this.#jail;
    this.#watch.enterFile(this.#path);
    this.#checkEncoding(block);
    let start = 0;
    while (start < bytes.length && jail.isActive && !jail.isFull) {
      const found = lineEndAfter(bytes, start, codec.lineFeed);
      const next = found < 0 ? bytes.length : found;
      const end = trimLineEnd(bytes, start, next, codec.lineFeed);
      if (!this.#skips.has(block.offset + start)) this.#line(block, start, end);
      start = next;
    }
    if (start > 0) jail.moved(this.#path);
    if (start < bytes.length) return block.offset + start;
    if (block.endOffset - block.offset > bytes.length) this.#noticeLength(block.offset);
    return block.endOffset;
  }

  #line(block: Block, start: number, end: number): void {
    const { bytes, codec } = block;
    if (end - start > longestLineBytes) this.#noticeLength(block.offset + start);
    const keptEnd = Math.min(end, start + longestLineBytes);
    this.#watch.enterLine(this.#jail.index, block.offset + start, bytes, start, keptEnd);
    const failures = this.#jail.detector.feed(codec.decode(bytes, start, keptEnd), undefined, this.#memory);
    if (block.warmUp) return;
    this.#jail.lines.add();
    if (failures.length > 0) this.#jail.found(failures);
  }

  #checkEncoding(block: Block): void {
    const { bytes, codec } = block;
    const nowSec = this.#jail.nowSec();
    if (nowSec < this.#nextEncodingNoticeSec || codec.isValid(bytes, 0, bytes.length)) return;
    let start = 0;
    for (let end = 0; start < bytes.length; start = end) {
      end = lineEndAfter(bytes, start, codec.lineFeed);
      if (end < 0) end = bytes.length;
      if (!codec.isValid(bytes, start, end)) break;
    }
    this.#nextEncodingNoticeSec = nowSec + noticeEverySec;
    const excerpt = escapeControl(bytes.toString('latin1', start, start + excerptCharacters));
    this.#jail.notice(
      'WARNING',
      `Error decoding line from '${this.#path}' with '${codec.name}', its invalid characters are replaced; ` +
        `logencoding tells the encoding of a log: ${excerpt}`,
    );
  }

  #noticeLength(offset: number): void {
    const nowSec = this.#jail.nowSec();
    if (nowSec < this.#nextLengthNoticeSec) return;
    this.#nextLengthNoticeSec = nowSec + noticeEverySec;
    this.#jail.notice(
      'WARNING',
      `A line at ${offset} in '${this.#path}' is longer than ${longestLineBytes} bytes; only its start is looked at`,
    );
  }
}
