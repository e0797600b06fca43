import type { LogLevel } from '../base/index.ts';
import type { DateOfLine } from './bisect.ts';
import type { LineCodec } from './encoding.ts';
import type { FileStat } from './file-system.ts';
import type { LogFile } from './log-file.ts';
import type { Block, FilePosition, LogState } from './types.ts';

/** One jail's end of one log: takes its lines. */
export interface LogSink {
  /**
   * Processes lines of a block from its start on; returns the offset behind the last one processed. The rest is
   * handed over again later.
   */
  take(block: Block): number;
  /** The date of a line, for the bisection of a first read; absent where the jail cannot tell. */
  readonly dateOf?: DateOfLine;
  /** True once the first catch-up is over; false again when a known log was written anew. */
  setInOperation(inOperation: boolean): void;
}

/** One jail, as seen by the logs that it reads. */
export interface LogSubscriber {
  /** Log lines older than this do not matter (now − findtime). */
  oldestSec(): number;
  /**
   * Whether this jail knows the file under another path. A number: that path leads elsewhere by now, go on here.
   * `elsewhere`: it is still being read there, so do not read it twice. Undefined: it is new.
   */
  takeOver(file: LogFile, by: LogReader): number | 'elsewhere' | undefined;
  /** A kept position of this jail for the log of which `path` is a rotated file, if it fits the file. */
  keptPositionOf(file: LogFile, path: string): FilePosition | undefined;
  /** Whether this jail follows the path itself. */
  follows(path: string): boolean;
  notice(level: LogLevel, message: string): void;
  stateChanged(path: string, state: LogState, reason: string): void;
  /** The first catch-up of this log is over. */
  caughtUp(path: string): void;
}

/** How a jail begins to read one log. */
export interface LogStart {
  /** Begin at the end where there is no kept position. */
  readonly atEnd: boolean;
  readonly kept: FilePosition | undefined;
  /** The first catch-up was over before (the worker was replaced). */
  readonly inOperation: boolean;
  /** Bytes before the kept position to read again for the memory of sessions and dates. */
  readonly warmUpBytes: number;
}

/** How far one jail has read one log: a place in each of its files, of which there are several around a rotation. */
export class LogReader {
  readonly path: string;
  readonly codec: LineCodec;
  readonly subscriber: LogSubscriber;
  readonly sink: LogSink;
  /** Idle readers keep their place. */
  active: boolean;
  #start: LogStart | undefined;
  readonly #places = new Map<LogFile, number>();
  /** Re-read for the memory only: the position is not before this. */
  #floor: { readonly file: LogFile; readonly offset: number } | undefined;
  #kept: FilePosition | undefined;
  #caughtUp = false;
  #soughtKept = false;

  constructor(
    log: { readonly path: string; readonly codec: LineCodec },
    subscriber: LogSubscriber,
    sink: LogSink,
    start: LogStart,
    active: boolean,
  ) {
    this.path = log.path;
    this.codec = log.codec;
    this.subscriber = subscriber;
    this.sink = sink;
    this.#start = start;
    this.active = active;
    this.#kept = start.kept;
    this.#caughtUp = start.inOperation;
    if (start.inOperation) sink.setInOperation(true);
  }

  /** How to begin; a second time (the path was gone for long) behind what was read before. */
  takeStart(): LogStart {
    const first = this.#start;
    this.#start = undefined;
    if (first !== undefined) return { ...first, kept: this.#kept };
    return { atEnd: false, kept: this.#kept, inOperation: this.#caughtUp, warmUpBytes: 0 };
  }

  /** The position to go on from, the first time that it is asked for before there is a file. */
  takeKeptOnce(): FilePosition | undefined {
    const kept = this.#soughtKept ? undefined : this.#start?.kept;
    this.#soughtKept = true;
    return kept;
  }

  isReading(stat: FileStat): boolean {
    return [...this.#places.keys()].some((file) => file.isAt(stat));
  }

  placeIn(file: LogFile): number | undefined {
    return this.#places.get(file);
  }

  place(file: LogFile, offset: number): void {
    this.#places.set(file, offset);
  }

  placeWithWarmUp(file: LogFile, offset: number, warmFrom: number): void {
    this.#floor = { file, offset };
    this.place(file, warmFrom);
  }

  /** Takes what it needs of a block, if anything; goes on behind what its sink processed. */
  take(file: LogFile, block: Block): void {
    const place = this.#places.get(file);
    if (!this.active || place === undefined || place < block.offset || place >= block.endOffset) return;
    const floor = this.#floor?.file === file && place < this.#floor.offset ? this.#floor.offset : undefined;
    let bytes = block.bytes;
    if (place > block.offset) bytes = bytes.subarray(place - block.offset);
    let endOffset = block.endOffset;
    if (floor !== undefined && floor < endOffset) {
      bytes = bytes.subarray(0, floor - place);
      endOffset = floor;
    }
    const reached = this.sink.take({
      ...block,
      bytes,
      offset: place,
      endOffset,
      warmUp: floor !== undefined,
    });
    // What its lines led to may have taken the jail away.
    if (this.#places.has(file)) this.#places.set(file, reached);
  }

  forget(file: LogFile): void {
    this.#places.delete(file);
    if (this.#floor?.file === file) this.#floor = undefined;
  }

  /** Another path of this jail goes on with the file: it is not this log's business any more, after a restart neither. */
  handOver(file: LogFile): void {
    this.forget(file);
    this.#kept = undefined;
  }

  files(): LogFile[] {
    return [...this.#places.keys()];
  }

  /** The end of the log was reached. */
  reachedEnd(): void {
    if (this.#caughtUp) return;
    this.#caughtUp = true;
    this.sink.setInOperation(true);
    this.subscriber.caughtUp(this.path);
  }

  /** The log begins anew although it is known: its lines count by their dates until the end is reached. */
  catchUpAgain(): void {
    this.#caughtUp = false;
    this.#kept = undefined;
    this.sink.setInOperation(false);
  }

  get hasCaughtUp(): boolean {
    return this.#caughtUp;
  }

  /**
   * Where to go on after a restart: the youngest file of `files` (oldest first) of which something was read. As long as
   * nothing was read of a new file, it is the end of the one before, by whose first line the new one is found.
   */
  position(files: readonly LogFile[]): FilePosition | undefined {
    let position = this.#kept !== undefined && this.#kept.offset > 0 ? this.#kept : undefined;
    for (const file of files) {
      const place = this.#places.get(file);
      if (place === undefined) continue;
      const offset = this.#floor?.file === file ? Math.max(place, this.#floor.offset) : place;
      if (position !== undefined && offset === 0) continue;
      position = { kind: 'file', path: this.path, offset, firstLineHash: file.firstLine.hash };
    }
    if (position !== undefined) this.#kept = position;
    return this.#kept;
  }
}
