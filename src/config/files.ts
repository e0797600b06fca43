import { isUtf8 } from 'node:buffer';
import { closeSync, fstatSync, lstatSync, opendirSync, openSync, readSync, statSync } from 'node:fs';
import { WarderError } from '../base/index.ts';

/** What the reader needs of a file system; tests bring their own. */
export interface ConfigFileSystem {
  /** What the path leads to, links followed; undefined when it leads nowhere. */
  kind(path: string): 'file' | 'directory' | 'other' | undefined;
  /** Whether the name exists, be it a dangling link. */
  nameExists(path: string): boolean;
  /** Names in a directory in the file system's own order; empty when it cannot be read. At most `limit`. */
  list(directory: string, limit: number): string[];
  /** At most `limit` bytes of a file. Throws what the system says. */
  read(path: string, limit: number): Uint8Array;
}

/** The machine's file system. */
export const machineFiles: ConfigFileSystem = {
  kind(path) {
    const stats = quietly(() => statSync(path));
    if (stats === undefined) return undefined;
    return stats.isFile() ? 'file' : stats.isDirectory() ? 'directory' : 'other';
  },
  nameExists: (path) => quietly(() => lstatSync(path)) !== undefined,
  list(directory, limit) {
    // opendir, unlike readdir, keeps the order of the file system, which decides the order of fail2ban's globs.
    const opened = quietly(() => opendirSync(directory));
    if (opened === undefined) return [];
    const names: string[] = [];
    try {
      for (let entry = opened.readSync(); entry !== null && names.length < limit; entry = opened.readSync()) {
        names.push(entry.name);
      }
    } finally {
      opened.closeSync();
    }
    return names;
  },
  read(path, limit) {
    const descriptor = openSync(path, 'r');
    try {
      // One byte more than the size shows the end at once; a size of 0 need not be true.
      let buffer = new Uint8Array(Math.min(limit, Math.max(fstatSync(descriptor).size + 1, 4096)));
      let length = 0;
      for (;;) {
        const count = readSync(descriptor, buffer, length, buffer.length - length, null);
        length += count;
        if (count === 0 || length === limit) return buffer.subarray(0, length);
        if (length < buffer.length) continue;
        const larger = new Uint8Array(Math.min(limit, 2 * length));
        larger.set(buffer);
        buffer = larger;
      }
    } finally {
      closeSync(descriptor);
    }
  },
};

function quietly<T>(call: () => T): T | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}

/** A configuration file beyond this size, or with more lines, is an accident or an attack. */
const largestFile = 16_777_216;
const mostLines = 250_000;

/**
 * Reads a configuration file as text. A device such as `/dev/null` counts as empty, since masking a file with a link
 * to it is common. Throws `CONFIG_FILE_UNREADABLE`, `CONFIG_FILE_TOO_LARGE` with the line at
 * which it is too large, or `CONFIG_ENCODING` with the line of the first bad byte.
 */
export function readText(files: ConfigFileSystem, path: string): string {
  const kind = files.kind(path);
  if (kind === 'other') return '';
  if (kind !== 'file') {
    throw new WarderError('CONFIG_FILE_UNREADABLE', 'is not a file', { file: path });
  }
  let bytes: Uint8Array;
  try {
    bytes = files.read(path, largestFile + 1);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WarderError('CONFIG_FILE_UNREADABLE', `cannot be read: ${reason}`, { file: path, cause });
  }
  const lines = countLines(bytes);
  if (bytes.length > largestFile || lines > mostLines) {
    const message = `is larger than ${largestFile} bytes or ${mostLines} lines`;
    throw new WarderError('CONFIG_FILE_TOO_LARGE', message, { file: path, line: lines });
  }
  if (!isUtf8(bytes)) {
    throw new WarderError('CONFIG_ENCODING', 'is not UTF-8 and is left out', {
      file: path,
      line: lineOfBadByte(bytes),
      hint: 'convert the file, for example with iconv -f latin1 -t utf8',
    });
  }
  // Editors of other systems put a byte order mark first; Python would take it for text before the first header.
  return new TextDecoder('utf-8').decode(bytes);
}

/** Lines up to one more than are allowed. */
function countLines(bytes: Uint8Array): number {
  let lines = 1;
  for (let at = bytes.indexOf(0x0a); at >= 0 && lines <= mostLines; at = bytes.indexOf(0x0a, at + 1)) lines++;
  return lines;
}

function lineOfBadByte(bytes: Uint8Array): number {
  let line = 1;
  for (let start = 0; start < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline < 0 ? bytes.length : newline;
    if (!isUtf8(bytes.subarray(start, end))) return line;
    start = end + 1;
  }
  return line;
}
