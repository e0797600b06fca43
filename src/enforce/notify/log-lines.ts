import { constants } from 'node:fs';
import { type FileHandle, glob, open } from 'node:fs/promises';

/** What is searched: the end of each log, of a few logs. */
const mostFiles = 20;
const mostBytesPerFile = 8 * 1024 * 1024;
const chunkBytes = 256 * 1024;

/**
 * The newest lines of logs that name an address as a word of its own. `logPaths` is the jail's option: paths or globs, one
 * in a line or with blanks between. A log that cannot be read, or is no plain file, has no lines.
 */
export async function logLinesAbout(address: string, logPaths: string, mostLines: number): Promise<string> {
  const lines: string[] = [];
  for (const path of await filesOf(logPaths)) lines.push(...(await linesOf(path, address, mostLines)));
  return lines.slice(-mostLines).join('\n');
}

async function filesOf(logPaths: string): Promise<readonly string[]> {
  const files: string[] = [];
  for (const pattern of logPaths.split(/\s+/).filter((word) => word.startsWith('/'))) {
    for await (const path of glob(pattern)) {
      if (files.length >= mostFiles) return files;
      files.push(path);
    }
  }
  return [...new Set(files)];
}

async function linesOf(path: string, address: string, mostLines: number): Promise<readonly string[]> {
  let file: FileHandle | undefined;
  try {
    // A named pipe in the place of a log would hold us up without this.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const info = await file.stat();
    return info.isFile() ? await searchBackwards(file, info.size, address, mostLines) : [];
  } catch {
    return [];
  } finally {
    await file?.close();
  }
}

async function searchBackwards(
  file: FileHandle,
  size: number,
  address: string,
  mostLines: number,
): Promise<readonly string[]> {
  const found: string[] = [];
  const word = Buffer.from(address);
  const stop = Math.max(0, size - mostBytesPerFile);
  /** The beginning of a line whose rest was read already. */
  let rest = Buffer.alloc(0);
  for (let end = size; end > stop && found.length < mostLines; ) {
    const start = Math.max(stop, end - chunkBytes);
    const chunk = Buffer.alloc(end - start);
    const { bytesRead } = await file.read(chunk, 0, chunk.length, start);
    if (bytesRead < chunk.length) break;
    const bytes = Buffer.concat([chunk, rest]);
    const firstEnd = start === 0 ? -1 : bytes.indexOf(0x0a);
    if (start > 0 && firstEnd < 0 && bytes.length < 4 * chunkBytes) rest = bytes;
    else {
      rest = bytes.subarray(0, Math.max(firstEnd, 0));
      found.unshift(...matching(bytes.subarray(firstEnd + 1), word).slice(-(mostLines - found.length)));
    }
    end = start;
  }
  return found;
}

/** The lines of a text that hold the word. */
function matching(bytes: Buffer, word: Buffer): string[] {
  const lines: string[] = [];
  for (let at = bytes.indexOf(word); at >= 0; ) {
    const start = bytes.lastIndexOf(0x0a, at) + 1;
    const lineEnd = bytes.indexOf(0x0a, at);
    const end = lineEnd < 0 ? bytes.length : lineEnd;
    if (holdsWord(bytes.subarray(start, end), word)) lines.push(bytes.toString('utf8', start, end));
    at = end >= bytes.length ? -1 : bytes.indexOf(word, end);
  }
  return lines;
}

/** 192.0.2.1 is neither in 192.0.2.10 nor in 192.0.2.1.5 or 5.192.0.2.1; but what follows a colon may be a port. */
const besideIpv4 = { before: /(?:\w|[0-9]\.)$/, after: /^(?:\w|\.[0-9])/ };
const besideIpv6 = { before: /(?:\w|[0-9a-f]:)$/i, after: /^(?:\w|:[0-9a-f])/i };

function holdsWord(line: Buffer, word: Buffer): boolean {
  const neighbours = word.includes(':') ? besideIpv6 : besideIpv4;
  for (let at = line.indexOf(word); at >= 0; at = line.indexOf(word, at + 1)) {
    const before = line.toString('latin1', Math.max(0, at - 2), at);
    const after = line.toString('latin1', at + word.length, at + word.length + 2);
    if (!neighbours.before.test(before) && !neighbours.after.test(after)) return true;
  }
  return false;
}
