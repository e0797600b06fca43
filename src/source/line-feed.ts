/** How a file marks the end of a line: the byte 0x0A, or the 16-bit or 32-bit unit of that value. */
export type LineFeed = 'byte' | 'utf16le' | 'utf16be' | 'utf32le' | 'utf32be';

/** Bytes of one unit: every line, and its end, is a whole number of them. */
export function unitBytes(lineFeed: LineFeed): 1 | 2 | 4 {
  if (lineFeed === 'byte') return 1;
  return lineFeed === 'utf16le' || lineFeed === 'utf16be' ? 2 : 4;
}

/** Index behind the first line feed at or after `from`, or -1. `bytes` begins at a whole unit of the file. */
export function lineEndAfter(bytes: Buffer, from: number, lineFeed: LineFeed): number {
  if (lineFeed === 'byte') return bytes.indexOf(10, from) + 1 || -1;
  for (let at = bytes.indexOf(10, from); at >= 0; at = bytes.indexOf(10, at + 1)) {
    const start = unitStart(bytes, at, lineFeed);
    if (start !== undefined) return start + unitBytes(lineFeed);
  }
  return -1;
}

/** Index behind the last line feed in `bytes`, or -1. */
export function lastLineEnd(bytes: Buffer, lineFeed: LineFeed): number {
  if (lineFeed === 'byte') return bytes.lastIndexOf(10) + 1 || -1;
  for (let at = bytes.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : bytes.lastIndexOf(10, at - 1)) {
    const start = unitStart(bytes, at, lineFeed);
    if (start !== undefined) return start + unitBytes(lineFeed);
  }
  return -1;
}

/** `end` without the carriage returns and line feeds before it. */
export function trimLineEnd(bytes: Buffer, start: number, end: number, lineFeed: LineFeed): number {
  let at = end;
  if (lineFeed === 'byte') {
    while (at > start && isLineEnd(bytes[at - 1])) at -= 1;
    return at;
  }
  const unit = unitBytes(lineFeed);
  const low = lowByte(lineFeed);
  while (at - unit >= start && isLineEnd(bytes[at - unit + low])) {
    if (unitStart(bytes, at - unit + low, lineFeed) === undefined) break;
    at -= unit;
  }
  return at;
}

/** The start of the unit of which the byte at `at` is the lowest, if all its others are zero; undefined otherwise. */
function unitStart(bytes: Buffer, at: number, lineFeed: LineFeed): number | undefined {
  const unit = unitBytes(lineFeed);
  const low = lowByte(lineFeed);
  if (at % unit !== low) return undefined;
  const start = at - low;
  if (start + unit > bytes.length) return undefined;
  for (let index = 0; index < unit; index += 1) {
    if (index !== low && bytes[start + index] !== 0) return undefined;
  }
  return start;
}

/** Where in a unit its lowest byte lies. */
function lowByte(lineFeed: LineFeed): number {
  return lineFeed.endsWith('le') ? 0 : unitBytes(lineFeed) - 1;
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 10 || byte === 13;
}
