import type { Clock } from '../base/index.ts';
import { findStart } from './bisect.ts';
import type { FileSystem } from './file-system.ts';
import { isHashOf } from './first-line.ts';
import { adoptLogFile, type LogFile } from './log-file.ts';
import type { LogReader, LogStart } from './log-reader.ts';
import { findRemains, type RemainsQuery } from './rotated.ts';
import type { FilePosition } from './types.ts';

export interface StartDeps {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly buffer: Buffer;
}

/**
 * Gives a reader its place in a file that its path leads to for the first time, by what is kept, by date, or at the end.
 * Returns the rotated files that it has to read before, oldest first.
 */
export function startReader(reader: LogReader, file: LogFile, appeared: boolean, deps: StartDeps): LogFile[] {
  const start = reader.takeStart();
  const takenOver = reader.subscriber.takeOver(file, reader);
  if (takenOver === 'elsewhere') return [];
  const kept = fits(start.kept, file) ? start.kept : reader.subscriber.keptPositionOf(file, reader.path);
  let remains: LogFile[] = [];
  let at = takenOver;
  if (at === undefined && kept !== undefined) {
    at = file.nextLineStart(kept.offset, deps.buffer);
    if (!start.inOperation) at = bisect(reader, file, at, deps);
  }
  if (at === undefined && start.kept !== undefined) {
    remains = remainsAfterPosition(reader, start.kept, deps);
    at = start.inOperation ? 0 : bisect(reader, file, 0, deps);
  }
  at ??= firstRead(reader, file, start, appeared, deps);
  begin(reader, file, at, start, deps);
  return remains;
}

/** The path of a reader leads nowhere (yet), but the file of its kept position may lie beside it, rotated. */
export function startWithoutFile(reader: LogReader, deps: StartDeps): LogFile[] {
  const kept = reader.takeKeptOnce();
  return kept === undefined ? [] : remainsAfterPosition(reader, kept, deps);
}

/**
 * A reader of a file that the path led to before goes on at the start of the new one. Returns the rotated files that
 * came between, and what a truncated file left in its copy.
 */
export function continueReader(
  reader: LogReader,
  old: { readonly file: LogFile; readonly place: number | undefined },
  file: LogFile,
  deps: StartDeps,
): LogFile[] {
  const truncated = old.file.fd === file.fd;
  const what = truncated ? 'truncated' : 'replaced';
  const detail = `size ${file.size}, inode ${file.inode}, hash ${file.firstLine.hash || '-'}`;
  reader.subscriber.notice('NOTICE', `Log rotation detected for ${reader.path}: ${what} (${detail})`);
  if (!isHashOf(old.file.firstLine.hash, file.firstLine)) reader.place(file, 0);
  else {
    // An editor or a copy brought the same log back: what is old in it must not count as having just happened.
    reader.catchUpAgain();
    reader.place(file, bisect(reader, file, 0, deps));
  }
  if (!reader.active || old.place === undefined) return [];
  return truncated ? remainsInCopy(reader, old.file, old.place, deps) : filesBetween(reader, old.file, deps);
}

function firstRead(
  reader: LogReader,
  file: LogFile,
  start: LogStart,
  appeared: boolean,
  deps: StartDeps,
): number {
  // A file that appears while we watch is read from its start: its lines are news, whatever `tail` says.
  if (!start.atEnd || appeared) return bisect(reader, file, 0, deps);
  reader.reachedEnd();
  return file.lastLineStart(deps.buffer);
}

function begin(reader: LogReader, file: LogFile, at: number, start: LogStart, deps: StartDeps): void {
  if (start.warmUpBytes > 0 && at > 0) {
    const from = file.nextLineStart(Math.max(0, at - start.warmUpBytes), deps.buffer);
    reader.placeWithWarmUp(file, at, Math.min(from, at));
  } else reader.place(file, at);
  file.startAt(at);
  const hash = file.firstLine.hash || '-';
  reader.subscriber.notice('INFO', `Added logfile: '${reader.path}' (pos = ${at}, hash = ${hash})`);
}

function bisect(reader: LogReader, file: LogFile, from: number, deps: StartDeps): number {
  const dateOf = reader.sink.dateOf;
  if (dateOf === undefined) return from;
  return findStart(file, from, reader.subscriber.oldestSec(), dateOf, deps.buffer);
}

/** After a restart: the file of the kept position was rotated. Such as the jail follows itself are not read twice. */
function remainsAfterPosition(reader: LogReader, kept: FilePosition, deps: StartDeps): LogFile[] {
  if (kept.firstLineHash === '') return [];
  return openRemains(reader, deps, {
    isKnown: ({ stat, firstLine }) => isHashOf(kept.firstLineHash, firstLine) && stat.size >= kept.offset,
    offset: kept.offset,
    isTaken: (path) => reader.subscriber.follows(path),
  });
}

/** Copied and truncated: the lines that only the copy has. */
function remainsInCopy(reader: LogReader, old: LogFile, place: number, deps: StartDeps): LogFile[] {
  if (old.firstLine.hash === '') return [];
  return openRemains(reader, deps, {
    isKnown: ({ stat, firstLine }) => isHashOf(old.firstLine.hash, firstLine) && stat.size >= place,
    offset: place,
    isPresent: (stat) => old.isAt(stat),
    isTaken: (path, known) => !known && reader.subscriber.follows(path),
  });
}

/** Rotated more than once between two looks: the files that the path never led to when we looked. */
function filesBetween(reader: LogReader, old: LogFile, deps: StartDeps): LogFile[] {
  return openRemains(reader, deps, {
    isKnown: ({ stat }) => old.isAt(stat),
    offset: 0,
    isTaken: (path, known) => known || reader.subscriber.follows(path),
  });
}

function openRemains(
  reader: LogReader,
  deps: StartDeps,
  query: Pick<RemainsQuery, 'isKnown' | 'offset' | 'isPresent' | 'isTaken'>,
): LogFile[] {
  const changedAfterSec = reader.subscriber.oldestSec();
  const remains = findRemains(deps.fs, {
    ...query,
    isTaken: (path, known, stat) => reader.isReading(stat) || query.isTaken(path, known, stat),
    path: reader.path,
    changedAfterSec,
  });
  return remains.map((part) => {
    const file = adoptLogFile(deps.fs, part.fd, part.stat, reader.codec);
    file.leavingSinceSec = deps.clock.nowSec();
    reader.place(file, part.offset);
    reader.subscriber.notice('INFO', `Reading the rest of '${part.path}' from ${part.offset}`);
    return file;
  });
}

function fits(kept: FilePosition | undefined, file: LogFile): boolean {
  if (kept === undefined || kept.offset > file.size) return false;
  const hasNone = kept.firstLineHash === '' && file.firstLine.hash === '';
  return hasNone || isHashOf(kept.firstLineHash, file.firstLine);
}
