import type { LineCodec } from './encoding.ts';
import { lineEndAfter, trimLineEnd } from './line-feed.ts';
import type { LogFile } from './log-file.ts';

/** Tells the date of a line (given without its line end), in seconds since the epoch. */
export type DateOfLine = (
  bytes: Buffer,
  start: number,
  end: number,
  offset: number,
  codec: LineCodec,
) => number | undefined;

/** The search ends when the place is known this closely; the older lines that remain are dropped by their date. */
const closeEnoughBytes = 32_768;

/** A probe gives up when it found no date within so many lines. */
const linesPerProbe = 50;

/**
 * Where in a log, whose dates ascend, lines begin that are not older than `oldestSec`: a line start at or after `from`,
 * never behind the first such line (fail2ban's first read seeks likewise). Where no dates are found it stays before.
 */
export function findStart(
  file: LogFile,
  from: number,
  oldestSec: number,
  dateOf: DateOfLine,
  buffer: Buffer,
): number {
  let low = from;
  let high = file.size;
  while (high - low > closeEnoughBytes) {
    const middle = low + Math.floor((high - low) / 2);
    const probe = firstDate(file, middle, high, dateOf, buffer);
    if (probe !== undefined && probe.dateSec < oldestSec) low = probe.endOffset;
    else high = middle;
  }
  return low;
}

function firstDate(
  file: LogFile,
  offset: number,
  high: number,
  dateOf: DateOfLine,
  buffer: Buffer,
): { dateSec: number; endOffset: number } | undefined {
  const lineFeed = file.codec.lineFeed;
  let at = file.nextLineStart(offset, buffer);
  for (let lines = 0; lines < linesPerProbe && at < high; ) {
    const block = file.readBlock(at, buffer);
    // An incomplete or overlong line: nothing to be learnt here.
    if (block === undefined || block.endOffset - block.offset !== block.bytes.length) return undefined;
    let start = 0;
    while (start < block.bytes.length && lines < linesPerProbe) {
      const end = lineEndAfter(block.bytes, start, lineFeed);
      if (end < 0) break;
      const textEnd = trimLineEnd(block.bytes, start, end, lineFeed);
      const dateSec = dateOf(block.bytes, start, textEnd, at + start, file.codec);
      if (dateSec !== undefined) return { dateSec, endOffset: at + end };
      start = end;
      lines += 1;
    }
    at = block.endOffset;
  }
  return undefined;
}
