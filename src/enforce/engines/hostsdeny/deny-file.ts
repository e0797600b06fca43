import {
  closeSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';

/** What tells that a file was changed, without reading it. */
export interface FileMark {
  readonly inode: number;
  readonly sizeBytes: number;
  readonly changedMs: number;
}

/** A larger one is no list of hosts. */
const mostBytes = 64 * 1024 * 1024;
const usualMode = 0o644;

/** The text of the file; empty where there is none. Throws what the system says, and for a file that is none. */
export function readDenyFile(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return '';
  if (!stats.isFile()) throw new Error(`${path} is not a file`);
  if (stats.size > mostBytes) throw new Error(`${path} is larger than ${mostBytes} bytes`);
  return readFileSync(path, 'utf8');
}

/**
 * Replaces the file in one step, so that nobody ever reads half of it; owner and mode stay as they are. Where it cannot be
 * replaced (a mount of its own, a read-only folder) it is written in place. Throws what the system says.
 */
export function writeDenyFile(path: string, text: string): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  const real = stats === undefined ? path : realpathSync(path);
  const temporary = `${real}.${process.pid}.new`;
  try {
    unlinkSync(temporary);
  } catch {
    // The usual case: none is left of an earlier run.
  }
  const file = openBeside(temporary);
  if (file === undefined) {
    writeFileSync(real, text);
    return;
  }
  try {
    writeFileSync(file, text);
    if (stats !== undefined) fchownSync(file, stats.uid, stats.gid);
    fchmodSync(file, stats === undefined ? usualMode : stats.mode & 0o7777);
    fsyncSync(file);
  } catch (error) {
    // No part of a list stays on a disk that is full.
    unlinkSync(temporary);
    throw error;
  } finally {
    closeSync(file);
  }
  try {
    renameSync(temporary, real);
  } catch {
    unlinkSync(temporary);
    writeFileSync(real, text);
  }
}

/** Undefined where nothing may be written but the file itself, as in a sandbox that leaves /etc read-only. */
function openBeside(path: string): number | undefined {
  try {
    return openSync(path, 'wx', 0o600);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EROFS') return undefined;
    throw error;
  }
}

/** Undefined for a missing file. */
export function markOf(path: string): FileMark | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  return { inode: stats.ino, sizeBytes: stats.size, changedMs: stats.mtimeMs };
}
