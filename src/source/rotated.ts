import { basename, dirname, extname, join } from 'node:path';
import type { FileStat, FileSystem } from './file-system.ts';
import { type FirstLine, noFirstLine, readFirstLine } from './first-line.ts';

/** A rotated file that holds lines which nobody has read yet. */
export interface Remains {
  readonly path: string;
  readonly fd: number;
  readonly stat: FileStat;
  /** Where the unread part begins. */
  readonly offset: number;
}

export interface RemainsQuery {
  /** The log that was rotated. */
  readonly path: string;
  /** Which of the rotated files was read before. */
  readonly isKnown: (file: { readonly stat: FileStat; readonly firstLine: FirstLine }) => boolean;
  /** How far it was read. */
  readonly offset: number;
  /** The file that is being read now, should it have been rotated too: younger ones come after it, and so are left alone. */
  readonly isPresent?: (stat: FileStat) => boolean;
  /** Files without a change since then hold only lines that are too old to matter. */
  readonly changedAfterSec: number;
  /** Whether the known file, and those that are younger, are read anyway by somebody else. */
  readonly isTaken: (path: string, known: boolean, stat: FileStat) => boolean;
}

/** Of a directory with more rotated files than this, the youngest are looked at. */
const mostCandidates = 100;

/**
 * Finds the unread lines of a log that was rotated (renamed, or copied and truncated) while nobody looked: the rest of
 * the file that was being read, and the whole of those that came after it. Nothing if that file is not found. Oldest
 * first; the caller closes the descriptors.
 */
export function findRemains(fs: FileSystem, query: RemainsQuery): Remains[] {
  const candidates = rotatedNames(fs, query.path)
    .flatMap((path) => youngEnough(fs, path, query.changedAfterSec))
    .sort(youngestFirst)
    .slice(0, mostCandidates);
  let found: Remains[] = [];
  for (const { path, stat } of candidates) {
    if (query.isPresent?.(stat)) found = closeAll(fs, found);
    const opened = openRegular(fs, path);
    if (opened === undefined) continue;
    const known = query.isKnown({ stat: opened.stat, firstLine: safeFirstLine(fs, opened.fd) });
    if (query.isTaken(path, known, opened.stat)) fs.close(opened.fd);
    else found.unshift({ path, ...opened, offset: known ? query.offset : 0 });
    if (known) return found;
  }
  return closeAll(fs, found);
}

function closeAll(fs: FileSystem, remains: readonly Remains[]): Remains[] {
  for (const { fd } of remains) fs.close(fd);
  return [];
}

/** Opens a path if it is a regular file. Throws as `open` does. */
export function openLog(fs: FileSystem, path: string): { fd: number; stat: FileStat } | undefined {
  const fd = fs.open(path);
  try {
    const stat = fs.fstat(fd);
    if (stat.isFile()) return { fd, stat };
  } catch (error) {
    fs.close(fd);
    throw error;
  }
  fs.close(fd);
  return undefined;
}

/**
 * Whether a path is named as a rotated file of a log: `auth.log.1`, `auth.log-20261122`, `auth-20261122.log`,
 * `auth.log.old` for `auth.log`, in the same directory. Compressed ones are not.
 */
export function isRotatedName(path: string, log: string): boolean {
  if (dirname(path) !== dirname(log)) return false;
  const entry = basename(path);
  const name = basename(log);
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length);
  return isMark(between(entry, name, '')) || isMark(between(entry, stem, extension));
}

/** Whether two paths are the same log, or rotated files of it. */
export function areOfOneLog(a: string, b: string): boolean {
  return withoutMark(a) === withoutMark(b);
}

function withoutMark(path: string): string {
  const name = basename(path).replace(/[.\-_](?:\d[\d.\-_:T]{0,30}|old|bak|prev)(?=(?:\.[A-Za-z]+)?$)/, '');
  return join(dirname(path), name);
}

function rotatedNames(fs: FileSystem, log: string): string[] {
  const directory = dirname(log);
  return safeEntries(fs, directory)
    .map((entry) => join(directory, entry))
    .filter((path) => isRotatedName(path, log));
}

function between(text: string, start: string, end: string): string {
  if (text.length <= start.length + end.length || !text.startsWith(start) || !text.endsWith(end)) return '';
  return text.slice(start.length, text.length - end.length);
}

function isMark(text: string): boolean {
  return /^[.\-_](?:\d[\d.\-_:T]{0,30}|old|bak|prev)$/.test(text);
}

/** By change; of two changed at the same moment, `.1` is younger than `.2`, and a later date in the name than an earlier one. */
function youngestFirst(a: { path: string; stat: FileStat }, b: { path: string; stat: FileStat }): number {
  if (a.stat.mtimeMs !== b.stat.mtimeMs) return b.stat.mtimeMs - a.stat.mtimeMs;
  const order = a.path.localeCompare(b.path, 'en', { numeric: true });
  return /\D\d{1,3}$/.test(a.path) ? order : -order;
}

function youngEnough(
  fs: FileSystem,
  path: string,
  changedAfterSec: number,
): { path: string; stat: FileStat }[] {
  try {
    const stat = fs.stat(path);
    return stat.isFile() && stat.mtimeMs >= changedAfterSec * 1000 ? [{ path, stat }] : [];
  } catch {
    return [];
  }
}

function openRegular(fs: FileSystem, path: string): { fd: number; stat: FileStat } | undefined {
  try {
    return openLog(fs, path);
  } catch {
    return undefined;
  }
}

function safeFirstLine(fs: FileSystem, fd: number): FirstLine {
  try {
    return readFirstLine(fs, fd);
  } catch {
    return noFirstLine;
  }
}

function safeEntries(fs: FileSystem, directory: string): string[] {
  try {
    return fs.readDirectory(directory);
  } catch {
    return [];
  }
}
