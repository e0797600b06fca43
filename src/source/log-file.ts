import { byteOrderMarkBytes, codecForFile, type LineCodec } from './encoding.ts';
import type { FileStat, FileSystem } from './file-system.ts';
import { type FirstLine, noFirstLine, readFirstLine } from './first-line.ts';
import { lastLineEnd, lineEndAfter, unitBytes } from './line-feed.ts';
import type { Block } from './types.ts';

/** Of a longer line only this much is kept. */
export const longestLineBytes = 65_536;

/** How much of the start of a file, and of what precedes the place reached, is remembered to know a rewritten file. */
const fingerprintBytes = 256;

/** Changes that are further apart have different modification times on any file system of a log. */
const settleMs = 3000;

/** A line that does not fit: its start is kept, the rest is skimmed for the line end. */
interface LongLine {
  readonly offset: number;
  head: Buffer;
  scanned: number;
}

/**
 * One open file, known by device and inode: reads blocks of whole lines and notices when its content was replaced.
 * Reading is at any offset, so that several readers share it.
 */
export class LogFile {
  readonly fd: number;
  readonly device: number;
  readonly inode: number;
  size: number;
  /** Up to the byte 0x0A; nothing until that line is complete. */
  firstLine: FirstLine = noFirstLine;
  /** Since when the path leads elsewhere, or the last growth after that; undefined while it is the current file. */
  leavingSinceSec: number | undefined;
  readonly #fs: FileSystem;
  #codec: LineCodec;
  /** Its modification time when it was looked at, if that was long enough ago that a later change has a later time. */
  #settledAtMs: number | undefined;
  #head: Buffer = Buffer.alloc(0);
  /** Highest offset that anybody has read to, and the bytes before it. */
  #frontier = 0;
  #anchor: Buffer = Buffer.alloc(0);
  /** At this offset, no line is complete within the first `size` bytes of the file. */
  #stalled = { offset: -1, size: -1 };
  #long: LongLine | undefined;

  /** Takes over the descriptor. */
  constructor(fs: FileSystem, fd: number, stat: FileStat, codec: LineCodec) {
    this.#fs = fs;
    this.fd = fd;
    this.device = stat.dev;
    this.inode = stat.ino;
    this.size = stat.size;
    this.#head = this.#peek(0, fingerprintBytes);
    this.#codec = codecForFile(codec, this.#head);
    this.#learnFirstLine();
  }

  get codec(): LineCodec {
    return this.#codec;
  }

  isAt(stat: FileStat): boolean {
    return stat.dev === this.device && stat.ino === this.inode;
  }

  /** Whether it is certain that `refresh` would find nothing new; costs nothing. */
  isUnchanged(stat: FileStat): boolean {
    return stat.size === this.size && stat.mtimeMs === this.#settledAtMs;
  }

  /**
   * Looks at the size again. Returns false when the content is no longer the one read so far: truncated, or
   * truncated and grown again. Then this object is of no more use; the descriptor is.
   */
  refresh(): boolean {
    const stat = this.#fs.fstat(this.fd);
    this.size = stat.size;
    this.#settledAtMs = undefined;
    if (this.size < Math.max(this.#frontier, this.#long?.scanned ?? 0)) return false;
    if (this.#head.length > 0 || this.size > 0) {
      const head = this.#peek(0, fingerprintBytes);
      if (!head.subarray(0, this.#head.length).equals(this.#head)) return false;
      if (head.length > this.#head.length) {
        if (this.#head.length < byteOrderMarkBytes) this.#codec = codecForFile(this.#codec, head);
        this.#head = head;
      }
    }
    if (!this.#peek(this.#frontier - this.#anchor.length, this.#anchor.length).equals(this.#anchor))
      return false;
    this.#learnFirstLine();
    if (Math.abs(Date.now() - stat.mtimeMs) > settleMs) this.#settledAtMs = stat.mtimeMs;
    return true;
  }

  /** As `refresh`, false also when the file cannot be read. */
  tryRefresh(): boolean {
    try {
      return this.refresh();
    } catch {
      return false;
    }
  }

  /** Whether bytes wait at the offset that may complete a line. */
  hasMore(offset: number): boolean {
    if (this.#long?.offset === offset) {
      return this.size - this.#long.scanned >= unitBytes(this.codec.lineFeed);
    }
    return this.size > offset && !(this.#stalled.offset === offset && this.#stalled.size >= this.size);
  }

  /**
   * Reads whole lines from the offset, which has to be the start of a line, into `buffer`. Returns undefined when
   * there is no complete line (yet); with an overlong line that takes several calls, one per bufferful.
   */
  readBlock(offset: number, buffer: Buffer): Block | undefined {
    if (this.#long?.offset === offset) return this.#skim(this.#long, buffer);
    const got = this.#readInto(buffer, offset);
    const end = lastLineEnd(buffer.subarray(0, got), this.codec.lineFeed);
    if (end > 0) {
      this.#reached(offset + end, buffer.subarray(0, end));
      return { bytes: buffer.subarray(0, end), offset, endOffset: offset + end, codec: this.codec };
    }
    if (got > longestLineBytes) {
      const head = keptStart(buffer.subarray(0, got), unitBytes(this.codec.lineFeed));
      this.#long = { offset, head, scanned: offset + got };
    } else {
      // Half a unit at the end is nothing to come back for.
      this.#stalled = { offset, size: offset + got + unitBytes(this.codec.lineFeed) - 1 };
    }
    return undefined;
  }

  /** The offset of the first line start at or after `offset`, or the end of the file if there is none. */
  nextLineStart(offset: number, buffer: Buffer): number {
    if (offset <= 0) return 0;
    const unit = unitBytes(this.codec.lineFeed);
    // From one unit before, so that an offset right behind a line end is itself a line start.
    let at = offset - unit - ((offset - unit) % unit);
    while (at < this.size) {
      const got = this.#fs.read(this.fd, buffer, 0, Math.min(buffer.length, this.size - at), at);
      const end = lineEndAfter(buffer.subarray(0, got), 0, this.codec.lineFeed);
      if (end > 0) return at + end;
      if (got < unit) break;
      at += got - (got % unit);
    }
    return this.size;
  }

  /** The offset of the start of the last, incomplete line; the size if the file ends with a line end. */
  lastLineStart(buffer: Buffer): number {
    const unit = unitBytes(this.codec.lineFeed);
    for (let end = this.size - (this.size % unit); end > 0; ) {
      const start = Math.max(0, end - (buffer.length - (buffer.length % unit)));
      const got = this.#fs.read(this.fd, buffer, 0, end - start, start);
      const found = lastLineEnd(buffer.subarray(0, got), this.codec.lineFeed);
      if (found > 0) return start + found;
      end = start;
    }
    return 0;
  }

  /** Somebody goes on from this offset without having read what is before it. */
  startAt(offset: number): void {
    if (offset <= this.#frontier) return;
    this.#frontier = offset;
    const length = Math.min(offset, fingerprintBytes);
    this.#anchor = this.#peek(offset - length, length);
  }

  #skim(long: LongLine, buffer: Buffer): Block | undefined {
    const bytes = buffer.subarray(0, this.#readInto(buffer, long.scanned));
    const end = lineEndAfter(bytes, 0, this.codec.lineFeed);
    const part = end > 0 ? bytes.subarray(0, end) : bytes;
    // A writer that was not told of a truncation leaves a hole of NULs; the line begins behind it.
    if (isZero(long.head)) long.head = keptStart(part, unitBytes(this.codec.lineFeed));
    const scanned = long.scanned + part.length;
    if (end < 0) {
      long.scanned = scanned;
      return undefined;
    }
    this.#long = undefined;
    this.#reached(scanned, part);
    return { bytes: long.head, offset: long.offset, endOffset: scanned, codec: this.codec };
  }

  /** Reads whole units up to the known size. A file that turns out shorter is not asked again before `refresh`. */
  #readInto(buffer: Buffer, offset: number): number {
    const unit = unitBytes(this.codec.lineFeed);
    const want = Math.min(buffer.length, this.size - offset);
    const got = want <= 0 ? 0 : this.#fs.read(this.fd, buffer, 0, want, offset);
    if (got < want) this.size = offset + got;
    return got - (got % unit);
  }

  #reached(frontier: number, bytesBefore: Buffer): void {
    if (frontier <= this.#frontier) return;
    this.#frontier = frontier;
    this.#anchor = Buffer.from(bytesBefore.subarray(-fingerprintBytes));
  }

  #learnFirstLine(): void {
    if (this.firstLine.hash !== '' || this.#head.length === 0) return;
    this.firstLine = readFirstLine(this.#fs, this.fd, this.#head);
  }

  #peek(position: number, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    const got = length === 0 ? 0 : this.#fs.read(this.fd, buffer, 0, length, position);
    return buffer.subarray(0, got);
  }
}

/** As the constructor, which takes over the descriptor; closes it when the file cannot be read. */
export function adoptLogFile(fs: FileSystem, fd: number, stat: FileStat, codec: LineCodec): LogFile {
  try {
    return new LogFile(fs, fd, stat, codec);
  } catch (error) {
    fs.close(fd);
    throw error;
  }
}

/** A copy of the start that is kept of an overlong line, without the NULs that it may begin with. */
function keptStart(bytes: Buffer, unit: number): Buffer {
  const first = bytes.findIndex((byte) => byte !== 0);
  const from = first < 0 ? Math.max(0, bytes.length - unit) : first - (first % unit);
  return Buffer.from(bytes.subarray(from, from + longestLineBytes));
}

function isZero(bytes: Buffer): boolean {
  return bytes.every((byte) => byte === 0);
}
