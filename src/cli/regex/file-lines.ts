import { closeSync, openSync, readSync } from 'node:fs';
import {
  codecForFile,
  type LineCodec,
  lineCodec,
  lineEndAfter,
  longestLineBytes,
  trimLineEnd,
} from '../../source/index.ts';
import type { TestLine } from './verdict.ts';

const chunkBytes = 256 * 1024;

/** A log file that was opened, and is closed when it was read or when reading is given up. */
export interface LogFile {
  readonly fd: number;
  readonly codec: LineCodec;
  /** Behind the mark that tells the byte order. */
  readonly startOffset: number;
}

/** Opens a log. Throws `SOURCE_ENCODING` for an unknown encoding, or what the system says. */
export function openLogFile(path: string, encoding: string): LogFile {
  const codec = lineCodec(encoding);
  const fd = openSync(path, 'r');
  if (!codec.hasByteOrderMark) return { fd, codec, startOffset: 0 };
  const mark = Buffer.alloc(4);
  const head = mark.subarray(0, readSync(fd, mark, 0, mark.length, 0));
  return { fd, codec: codecForFile(codec, head), startOffset: markLength(codec, head.toString('hex')) };
}

/** Length of the byte order mark, in bytes; 0 without one. */
function markLength({ lineFeed }: LineCodec, head: string): number {
  if (lineFeed === 'utf32le' || lineFeed === 'utf32be') return /^(?:fffe0000|0000feff)/.test(head) ? 4 : 0;
  return /^(?:fffe|feff)/.test(head) ? 2 : 0;
}

/**
 * The lines of a file of any size, a block at a time. A line longer than a jail would take comes in pieces. The last
 * line counts only with its line end, unless `takesOpenLine`.
 */
export function* fileBlocks(
  { fd, codec, startOffset }: LogFile,
  takesOpenLine: boolean,
): Generator<readonly TestLine[]> {
  try {
    let pending: Buffer = Buffer.alloc(0);
    let offset = startOffset;
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const length = readSync(fd, chunk, 0, chunkBytes, offset);
      offset += length;
      const bytes =
        pending.length === 0
          ? chunk.subarray(0, length)
          : Buffer.concat([pending, chunk.subarray(0, length)]);
      const { lines, end } = splitLines(bytes, codec);
      pending = bytes.subarray(end);
      const isOver = length === 0;
      if (pending.length > 0 && (isOver ? takesOpenLine : pending.length > longestLineBytes)) {
        lines.push({ text: codec.decode(pending, 0, pending.length) });
        pending = Buffer.alloc(0);
      }
      if (lines.length > 0) yield lines;
      if (isOver) return;
    }
  } finally {
    closeSync(fd);
  }
}

/** The whole lines in some bytes, and where the last one ends. */
function splitLines(bytes: Buffer, codec: LineCodec): { lines: TestLine[]; end: number } {
  const lines: TestLine[] = [];
  let start = 0;
  for (let end = lineEndAfter(bytes, start, codec.lineFeed); end >= 0; ) {
    lines.push({ text: codec.decode(bytes, start, trimLineEnd(bytes, start, end, codec.lineFeed)) });
    start = end;
    end = lineEndAfter(bytes, start, codec.lineFeed);
  }
  return { lines, end: start };
}
