import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Writes the process id, as `fail2ban-server` does, creating the folder where it is missing. A link that stands
 * in its place is replaced, not followed.
 */
export function writePidFile(path: string, pid: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  rmSync(path, { force: true });
  writeFileSync(path, `${pid}\n`, { mode: 0o644, flag: 'wx' });
}

/** Removes the file if it still names this process; a successor's file stays. */
export function removePidFile(path: string, pid: number): void {
  try {
    if (readFileSync(path, 'utf8').trim() === String(pid)) rmSync(path, { force: true });
  } catch {
    // Somebody else removed it: that is what was wanted.
  }
}
