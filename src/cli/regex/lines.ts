import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { lineCodec, lineEndAfter, longestLineBytes, trimLineEnd } from '../../source/index.ts';
import { shorten } from './rules.ts';

const chunkBytes = 1024 * 1024;
const shownLines = 5;

/** The lines that are tried, and how the report calls them. */
export interface TestLines {
  readonly lines: Iterable<string>;
  readonly description: readonly string[];
}

/** LOG of the command line: a file, or else the line (or lines) itself. */
export function testLines(log: string, encoding: string, maxLines: number): TestLines {
  if (statSync(log, { throwIfNoEntry: false })?.isFile()) {
    const shown = encoding === 'auto' ? 'UTF-8' : encoding;
    return {
      lines: fileLines(log, encoding),
      description: [`Use         log file : ${log}`, `Use         encoding : ${shown}`],
    };
  }
  if (maxLines <= 1 && !log.includes('\n')) {
    return { lines: [log], description: [`Use      single line : ${shorten(log)}`] };
  }
  const lines = log.split('\n');
  const shown = lines
    .slice(0, shownLines)
    .map((line, index) => `| ${String(index + 1).padStart(2)}: ${shorten(line)}`);
  const more = lines.length > shownLines ? ['| ...'] : [];
  return { lines, description: [`Use      multi line : ${lines.length} line(s)`, ...shown, ...more, '`-'] };
}

/** Reads a log of any size without having it in memory; a line beyond the limit of a jail comes in pieces. */
function* fileLines(path: string, encoding: string): Generator<string> {
  const codec = lineCodec(encoding);
  const fd = openSync(path, 'r');
  try {
    let pending = Buffer.alloc(0);
    for (;;) {
      const chunk = Buffer.allocUnsafe(chunkBytes);
      const length = readSync(fd, chunk);
      pending = Buffer.concat([pending, chunk.subarray(0, length)]);
      let start = 0;
      for (let end = lineEndAfter(pending, start, codec.lineFeed); end >= 0; ) {
        yield codec.decode(pending, start, trimLineEnd(pending, start, end, codec.lineFeed));
        start = end;
        end = lineEndAfter(pending, start, codec.lineFeed);
      }
      pending = pending.subarray(start);
      if (pending.length > 0 && (length === 0 || pending.length > longestLineBytes)) {
        yield codec.decode(pending, 0, pending.length);
        pending = Buffer.alloc(0);
      }
      if (length === 0) return;
    }
  } finally {
    closeSync(fd);
  }
}
