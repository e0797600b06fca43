import { readSync } from 'node:fs';
import { longestLineBytes } from '../../source/index.ts';

/** Large reads are few; twice as much is no faster. */
export const defaultChunkBytes = 4 * 1024 * 1024;
const lineFeed = 10;

/** Whole lines of a log. The bytes hold until the next chunk. */
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
 * The lines of a file of any size, in an encoding whose lines end with the byte of a line feed. A line longer than a
 * jail would take comes in pieces. The last line counts only with its line end, unless `takesOpenLine`.
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
    let end = lastFeed + 1;
    if (length === 0) {
      if (takesOpenLine && filled > 0) yield { bytes, start: 0, end: filled };
      return;
    }
    if (end > 0) yield { bytes, start: 0, end };
    for (; filled - end > longestLineBytes; end += longestLineBytes) {
      yield { bytes, start: end, end: end + longestLineBytes };
    }
    bytes.copyWithin(0, end, filled);
    pending = filled - end;
  }
}
