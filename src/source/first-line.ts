import type { FileSystem } from './file-system.ts';

/** Of a longer line its beginning counts. */
const longestBytes = 64 * 1024;

/** The first line of a log, by which the log is known again; both are empty while it has none. */
export interface FirstLine {
  /** SHA-1, in hexadecimal: what fail2ban keeps, under Python 3, in a column that is called `firstlinemd5`. */
  readonly hash: string;
  /** MD5, which fail2ban kept under Python 2. */
  readonly formerHash: string;
}

export const noFirstLine: FirstLine = { hash: '', formerHash: '' };

/** Reads the first line with its line feed. `head`: the first bytes, if they are known already. */
export function readFirstLine(fs: FileSystem, fd: number, head: Buffer = Buffer.alloc(0)): FirstLine {
  let line = head;
  let end = line.indexOf(10);
  if (end < 0) {
    const buffer = Buffer.alloc(longestBytes);
    line = buffer.subarray(0, fs.read(fd, buffer, 0, buffer.length, 0));
    end = line.indexOf(10);
    if (end < 0 && line.length < longestBytes) return noFirstLine;
    if (end < 0) end = line.length - 1;
  }
  const bytes = line.subarray(0, end + 1);
  // Loaded where it is needed: programs that only read a file start faster without it.
  const { createHash } = process.getBuiltinModule('node:crypto');
  const digest = (name: string): string => createHash(name).update(bytes).digest('hex');
  return { hash: digest('sha1'), formerHash: digest('md5') };
}

/** Whether a kept hash is that of the line. */
export function isHashOf(kept: string, line: FirstLine): boolean {
  return kept !== '' && (kept === line.hash || kept === line.formerHash);
}
