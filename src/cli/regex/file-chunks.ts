import { readSync } from 'node:fs';

/** Large reads are few; twice as much is no faster. */
export const defaultChunkBytes = 4 * 1024 * 1024;
/** A longer line comes in pieces, the same wherever chunks begin: a chunk is a multiple of it. */
const longestLineBytes = 1024 * 1024;
const lineFeed = 10;

/** Whole lines of a log, or a piece of a very long one. The bytes hold until the next chunk. */
export interface LineChunk {
  readonly bytes: Buffer;
  /** Where the first line begins, and behind the last one. Only that one may lack its line feed. */
  readonly start: number;
  readonly end: number;
}

/** A part of a file that is open for reading. */
export interface FilePart {
  readonly fd: number;
  readonly startOffset: number;
  /** Behind the last line; by default the end of the file. */
  readonly endOffset?: number | undefined;
  readonly chunkBytes?: number;
}

/**
 * The lines of a file of any size, in an encoding whose lines end with the byte of a line feed. The last line counts only with its line end, unless `takesOpenLine`.
 */
export function* fileChunks(
  { fd, startOffset, endOffset = Number.POSITIVE_INFINITY, chunkBytes = defaultChunkBytes }: FilePart,
  takesOpenLine: boolean,
): Generator<LineChunk> {
  const bytes = Buffer.allocUnsafe(chunkBytes);
  let pending = 0;
  let offset = startOffset;
  for (;;) {
    const wanted = Math.min(chunkBytes - pending, endOffset - offset);
    const length = readSync(fd, bytes, pending, wanted, offset);
    offset += length;
    const filled = pending + length;
    const lastFeed = filled === 0 ? -1 : bytes.lastIndexOf(lineFeed, filled - 1);
    const end = lastFeed + 1;
    if (length === 0) {
      if (takesOpenLine && filled > 0) yield { bytes, start: 0, end: filled };
      return;
    }
    let start = 0;
    for (let at = 0; filled - at > longestLineBytes; ) {
      const feed = bytes.lastIndexOf(lineFeed, at + longestLineBytes);
      if (feed >= at) {
        at = feed + 1;
        continue;
      }
      if (at > start) yield { bytes, start, end: at };
      start = at + longestLineBytes;
      yield { bytes, start: at, end: start };
      at = start;
    }
    if (end > start) yield { bytes, start, end };
    const rest = Math.max(start, end);
    bytes.copyWithin(0, rest, filled);
    pending = filled - rest;
  }
}
