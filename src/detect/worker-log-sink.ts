import { escapeControl, type LogLevel } from '../base/index.ts';
import {
  type Block,
  type DateOfLine,
  type LineCodec,
  lineEndAfter,
  longestLineBytes,
  trimLineEnd,
} from '../source/index.ts';
import { type BlockScan, type BlockScans, lineText, type NeedySink } from './block-scans.ts';
import type { LineNeeds } from './prefilter/index.ts';
import type { Rule } from './rules/index.ts';
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

const lineFeed = 10;
/** So many lines are looked at for the last date at once; where that was in vain, only a few until one is found. */
const mostLookedBack = 1000;
const fewLookedBack = 4;
/** Notices about one log come once a day. */
const noticeEverySec = 86_400;
const excerptCharacters = 200;

export function freshMemory(inOperation: boolean): LogMemory {
  return { inOperation, lastDateSec: undefined, lastDateText: undefined, lastSeenAtSec: undefined };
}

/** What the sinks of a worker share. */
export interface SinkDeps {
  readonly watch: WatchdogMemory;
  readonly scans: BlockScans;
}

/**
 * Feeds the lines of one file to the detector of one jail: those in which stands what some rule requires, or all where that
 * cannot be told. `skips`: offsets of lines to leave out.
 */
export class DetectingLogSink implements NeedySink {
  readonly #path: string;
  readonly #jail: LineJail;
  readonly #watch: WatchdogMemory;
  readonly #scans: BlockScans;
  readonly #skips: ReadonlySet<number>;
  readonly #memory: LogMemory = { ...freshMemory(false), catchUp: () => this.#lookBack() };
  /** For which detector and encoding the needs were worked out. */
  #needs:
    | { readonly of: Detector; readonly codec: LineCodec; readonly needs: LineNeeds | undefined }
    | undefined;
  /** Lines that were passed over since the last date is known: offsets of the block at hand. */
  #passed: { readonly block: Block; from: number; to: number } | undefined;
  /** Lines of this log have dates, as far as the jail can read them. */
  #isDated = true;
  #nextEncodingNoticeSec = 0;
  #nextLengthNoticeSec = 0;

  constructor(path: string, jail: LineJail, deps: SinkDeps, skips: ReadonlySet<number>) {
    this.#path = path;
    this.#jail = jail;
    this.#watch = deps.watch;
    this.#scans = deps.scans;
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

  needs(codec: LineCodec): LineNeeds | undefined {
    const { detector } = this.#jail;
    if (this.#needs?.of !== detector || this.#needs.codec !== codec) {
      this.#needs = { of: detector, codec, needs: detector.needs?.(codec) };
    }
    return this.#needs.needs;
  }

  take(block: Block): number {
    const { bytes, codec } = block;
    const jail = this.#jail;
    this.#watch.enterFile(this.#path);
    const read = block.read ?? { bytes, offset: block.offset, sinks: [this] };
    const scan = this.#scans.scanOf(read, codec);
    this.#checkEncoding(block, scan);
    const needs = this.needs(codec);
    const from = block.offset - read.offset;
    const reached =
      needs === undefined || needs.everyLine !== undefined
        ? this.#takeEvery(block, scan, needs, from)
        : this.#takeCandidates(block, scan, needs, from);
    if (!block.warmUp) jail.lines.read(reached);
    if (reached > 0) jail.moved(this.#path);
    if (reached < bytes.length) return block.offset + reached;
    if (block.endOffset - block.offset > bytes.length) this.#noticeLength(block.offset);
    return block.endOffset;
  }

  /** Feeds every line; returns where it stopped. `from`: where the block begins in the read. */
  #takeEvery(block: Block, scan: BlockScan, needs: LineNeeds | undefined, from: number): number {
    const { bytes, codec } = block;
    const jail = this.#jail;
    let candidate = firstFrom(scan, from);
    let start = 0;
    while (start < bytes.length && jail.isActive && !jail.isFull) {
      const found = lineEndAfter(bytes, start, codec.lineFeed);
      const next = found < 0 ? bytes.length : found;
      const isCandidate = candidate < scan.lines.count && scan.lines.starts[candidate] === from + start;
      const rules =
        needs === undefined ? undefined : scan.rulesOf(needs, isCandidate ? candidate : undefined);
      if (isCandidate) candidate += 1;
      this.#line(block, start, next, lineText(bytes, start, next, codec), rules);
      start = next;
    }
    return start;
  }

  /** Feeds the lines that may match; returns where it stopped. `from`: where the block begins in the read. */
  #takeCandidates(block: Block, scan: BlockScan, needs: LineNeeds, from: number): number {
    const { starts, ends, count } = scan.lines;
    const jail = this.#jail;
    const { length } = block.bytes;
    const passed = { block, from: 0, to: 0 };
    this.#passed = passed;
    let reached = length;
    for (let line = firstFrom(scan, from); line < count; line += 1) {
      const start = starts[line]! - from;
      if (start >= length) break;
      const rules = scan.rulesOf(needs, line);
      if (rules.length === 0 || this.#skips.has(block.offset + start)) continue;
      if (!jail.isActive || jail.isFull) {
        reached = start;
        break;
      }
      passed.to = start;
      this.#candidate(block, scan, line, start, rules);
      passed.from = ends[line]! - from;
    }
    passed.to = reached;
    this.#lookBack();
    this.#passed = undefined;
    this.#noticeLongLines(block, reached);
    return reached;
  }

  /** Lines without a date take that of the line before, which we may have passed over: finds the last one with a date. */
  #lookBack(): void {
    const passed = this.#passed;
    if (passed === undefined) return;
    const { block, from } = passed;
    const { bytes, codec } = block;
    let end = passed.to;
    passed.from = Math.max(from, end);
    let patience = this.#isDated ? mostLookedBack : fewLookedBack;
    for (; end > from && patience > 0; patience -= 1) {
      const start = end < 2 ? 0 : Math.max(from, bytes.lastIndexOf(lineFeed, end - 2) + 1);
      const offset = block.offset + start;
      if (!this.#skips.has(offset)) {
        this.#enter(block, start, end);
        if (this.#jail.detector.glance?.(lineText(bytes, start, end, codec), this.#memory) !== false) {
          this.#isDated = true;
          return;
        }
      }
      end = start;
    }
    if (patience === 0) this.#isDated = false;
  }

  /** Feeds a line that may match; `line`: its number in the scan, `start`: where it begins in the block. */
  #candidate(block: Block, scan: BlockScan, line: number, start: number, rules: readonly Rule[]): void {
    const { bytes, offset } = block;
    const jail = this.#jail;
    const whole = scan.wholeOf(line);
    if (whole !== undefined) {
      this.#watch.enterLine(jail.index, offset + start, bytes, start, start + whole.length - 1);
      const failures = jail.detector.feedWhole?.({ bytes, start, whole }, this.#memory, rules);
      if (failures !== undefined) {
        this.#found(block, failures);
        return;
      }
    }
    this.#line(
      block,
      start,
      start + scan.lines.ends[line]! - scan.lines.starts[line]!,
      scan.textOf(line),
      rules,
    );
  }

  #line(block: Block, start: number, end: number, text: string, rules: readonly Rule[] | undefined): void {
    const offset = block.offset + start;
    if (this.#skips.has(offset)) return;
    if (end - start > longestLineBytes) this.#noticeIfLong(block, start, end);
    this.#enter(block, start, end);
    this.#found(block, this.#jail.detector.feed(text, undefined, this.#memory, rules));
  }

  #found(block: Block, failures: readonly Failure[]): void {
    if (block.warmUp) return;
    this.#jail.lines.add();
    if (failures.length > 0) this.#jail.found(failures);
  }

  #enter(block: Block, start: number, end: number): void {
    const { bytes, codec, offset } = block;
    const textEnd = trimLineEnd(bytes, start, end, codec.lineFeed);
    const keptEnd = Math.min(textEnd, start + longestLineBytes);
    this.#watch.enterLine(this.#jail.index, offset + start, bytes, start, keptEnd);
  }

  #checkEncoding(block: Block, scan: BlockScan): void {
    const { bytes, codec } = block;
    if (scan.isValid) return;
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

  /** Overlong lines among those passed over: each covers a place that is a multiple of the longest length. */
  #noticeLongLines(block: Block, reached: number): void {
    const { bytes } = block;
    for (let at = longestLineBytes; at < reached; at += longestLineBytes) {
      const start = bytes.lastIndexOf(lineFeed, at - 1) + 1;
      const feed = bytes.indexOf(lineFeed, at);
      this.#noticeIfLong(block, start, feed < 0 ? bytes.length : feed + 1);
    }
  }

  #noticeIfLong({ bytes, codec, offset }: Block, start: number, end: number): void {
    const textEnd = trimLineEnd(bytes, start, end, codec.lineFeed);
    if (textEnd - start > longestLineBytes) this.#noticeLength(offset + start);
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

/** The number of the first line with something found that begins at an index or later. */
function firstFrom({ lines: { starts, count } }: BlockScan, index: number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! < index) low = middle + 1;
    else high = middle;
  }
  return low;
}
