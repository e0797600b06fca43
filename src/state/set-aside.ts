import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { WarderError } from '../base/index.ts';

/** What SQLite keeps beside a database. */
const companions = ['-wal', '-shm', '-journal'];

/** Which file a path means at this moment; undefined if there is none. */
export function identityOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat === undefined ? undefined : `${stat.dev}:${stat.ino}`;
}

/** Deletes what lies beside a database. */
export function removeCompanions(file: string): void {
  for (const companion of companions) rmSync(file + companion, { force: true });
}

/**
 * Makes sure that the file exists, creating it (and its folder) for its owner alone, before anything is in it.
 * Returns false if it was there. Throws `STATE_UNUSABLE`.
 */
export function createFile(file: string): boolean {
  try {
    makeFolder(dirname(file));
    if (existsSync(file)) {
      if (statSync(file).isFile()) return false;
      throw new WarderError('STATE_UNUSABLE', 'the database is not a regular file', { file });
    }
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (error instanceof WarderError) throw error;
    throw new WarderError('STATE_UNUSABLE', `cannot create the database: ${String(error)}`, {
      file,
      hint: 'check the folder, its owner and the space on the disk, or set another dbfile',
      cause: error,
    });
  }
  // Left over from a file that is gone; they would be taken for parts of the new one.
  removeCompanions(file);
  return true;
}

/** A name with the time in it that no file has yet. */
export function freeName(stem: string, nowSec: number): string {
  const stamp = new Date(nowSec * 1000).toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');
  let name = `${stem}-${stamp}`;
  for (let n = 2; existsSync(name); n++) name = `${stem}-${stamp}-${n}`;
  return name;
}

/** Gives a damaged database, with what lies beside it, a new name, and returns it. Nothing is deleted. */
export function setAside(file: string, nowSec: number): string {
  const aside = freeName(`${file}.damaged`, nowSec);
  renameSync(file, aside);
  for (const companion of companions) {
    if (existsSync(file + companion)) renameSync(file + companion, aside + companion);
  }
  return aside;
}

/** Not with `recursive`, which never returns where a file system refuses new folders with ENOENT, as /proc does. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  makeFolder(dirname(folder));
  mkdirSync(folder, { mode: 0o755 });
}
