import type { LineCodec } from './encoding.ts';
import { type FileStat, isAbsent } from './file-system.ts';
import { adoptLogFile, LogFile } from './log-file.ts';
import { LogHealth } from './log-health.ts';
import type { LogReader, LogSink } from './log-reader.ts';
import { continueReader, type StartDeps, startReader, startWithoutFile } from './log-start.ts';
import { lowestPlace } from './lowest-place.ts';
import { openLog } from './rotated.ts';
import type { Block, FilePosition, LogState } from './types.ts';

/** `buffer`: for reading, more than 64 KiB. What it holds is a block's bytes until the next read. */
export type TailDeps = StartDeps;

/** A rotated file may still be written to by a program that has not been told; so long after its last growth it is closed. */
const lingerSec = 30;
/** Rotated files held open at most, per log. */
const mostLeaving = 10;

/**
 * Follows one path through rotations and reads it once for all its readers. Files that the path led to before are
 * finished first. The caller says when to look (`check`) and when to read (`readNext`).
 */
export class LogTail {
  readonly path: string;
  readonly codec: LineCodec;
  readonly #deps: TailDeps;
  readonly #readers = new Set<LogReader>();
  /** Of all readers; undefined since one came or went. */
  #sinks: readonly LogSink[] | undefined;
  /** Oldest first; the last one is the current one if it has no `leavingSinceSec`. */
  #files: LogFile[] = [];
  readonly #health = new LogHealth();
  #wasAbsent = false;
  #generation = 0;

  constructor(path: string, codec: LineCodec, deps: TailDeps) {
    this.path = path;
    this.codec = codec;
    this.#deps = deps;
  }

  get readers(): ReadonlySet<LogReader> {
    return this.#readers;
  }

  get state(): LogState {
    return this.#health.state ?? 'missing';
  }

  get reason(): string {
    return this.#health.reason;
  }

  /** Changes whenever the path leads to another file, or to a truncated one. */
  get generation(): number {
    return this.#generation;
  }

  /** Whether rotated files are still held open. */
  get isLeaving(): boolean {
    return this.#files.some((file) => file.leavingSinceSec !== undefined);
  }

  attach(reader: LogReader): void {
    this.#readers.add(reader);
    this.#sinks = undefined;
    const current = this.#current();
    try {
      if (current !== undefined) this.#orDrop(current, () => this.#start(reader, current));
    } catch (error) {
      this.#failed(error);
    }
    if (this.#health.state !== undefined) this.#tellState([reader]);
  }

  detach(reader: LogReader): void {
    this.#readers.delete(reader);
    this.#sinks = undefined;
    for (const file of reader.files()) reader.forget(file);
    this.#closeFinished();
  }

  position(reader: LogReader): FilePosition | undefined {
    return reader.position(this.#files);
  }

  close(): void {
    for (const file of this.#files) this.#deps.fs.close(file.fd);
    this.#files = [];
  }

  /** Looks where the path leads and what has grown, been rotated or truncated. */
  check(): void {
    this.#refreshLeaving();
    try {
      const stat = this.#deps.fs.stat(this.path);
      const current = this.#current();
      if (!current?.isAt(stat)) this.#follow(stat);
      else if (!current.isUnchanged(stat)) this.#refreshCurrent(current);
      if (this.#health.isFound()) this.#tellState();
    } catch (error) {
      this.#failed(error);
    }
    this.#closeFinished();
  }

  /** Reads one block and hands it to every reader that needs it. Returns false when there is nothing to do. */
  readNext(): boolean {
    for (const file of this.#files) {
      const offset = lowestPlace(this.#readers, file);
      if (offset === undefined) continue;
      const block = this.#read(file, offset);
      if (block !== undefined) this.#handOut(file, block);
      return true;
    }
    if (this.#current() !== undefined) this.#noteEnd();
    return false;
  }

  #handOut(file: LogFile, block: Block): void {
    this.#sinks ??= [...this.#readers].map(({ sink }) => sink);
    const read = { bytes: block.bytes, offset: block.offset, sinks: this.#sinks };
    for (const reader of [...this.#readers]) reader.take(file, { ...block, read });
  }

  #read(file: LogFile, offset: number): Block | undefined {
    try {
      return file.readBlock(offset, this.#deps.buffer);
    } catch (error) {
      this.#drop(file);
      this.#failed(error);
      return undefined;
    }
  }

  #current(): LogFile | undefined {
    const last = this.#files.at(-1);
    return last?.leavingSinceSec === undefined ? last : undefined;
  }

  #noteEnd(): void {
    const current = this.#current();
    if (current === undefined) return;
    for (const reader of this.#readers) {
      const place = reader.active ? reader.placeIn(current) : undefined;
      if (place !== undefined && !current.hasMore(place)) reader.reachedEnd();
    }
  }

  #refreshLeaving(): void {
    for (const file of this.#files.filter((other) => other.leavingSinceSec !== undefined)) {
      const sizeBefore = file.size;
      if (!file.tryRefresh()) this.#drop(file);
      else if (file.size > sizeBefore) file.leavingSinceSec = this.#deps.clock.nowSec();
    }
  }

  #refreshCurrent(current: LogFile): void {
    if (current.refresh()) return;
    // Truncated: the same descriptor, but a file of its own as far as places in it are concerned.
    const { fs } = this.#deps;
    const anew = new LogFile(fs, current.fd, fs.fstat(current.fd), this.codec);
    const places = new Map<LogReader, number>();
    for (const reader of this.#readers) {
      const place = reader.placeIn(current);
      if (place === undefined) continue;
      this.position(reader);
      reader.forget(current);
      places.set(reader, place);
    }
    this.#files.splice(this.#files.indexOf(current), 1, anew);
    this.#generation += 1;
    this.#orDrop(anew, () => {
      for (const [reader, place] of places) {
        this.#insert(continueReader(reader, { file: current, place }, anew, this.#deps));
      }
    });
  }

  /** The path leads to another file: a new one, or again one that it had left a short while ago. */
  #follow(stat: FileStat): void {
    const file = this.#files.find((other) => other.isAt(stat));
    if (file === undefined) {
      this.#openNew(stat);
      return;
    }
    this.#leave();
    file.leavingSinceSec = undefined;
    this.#files.splice(this.#files.indexOf(file), 1);
    this.#files.push(file);
    this.#generation += 1;
  }

  #openNew(stat: FileStat): void {
    const opened = stat.isFile() ? openLog(this.#deps.fs, this.path) : undefined;
    if (opened === undefined) throw new Error('it is not a regular file');
    const file = adoptLogFile(this.#deps.fs, opened.fd, opened.stat, this.codec);
    this.#generation += 1;
    const old = this.#leave();
    this.#files.push(file);
    this.#orDrop(file, () => {
      for (const reader of this.#readers) {
        if (old === undefined) this.#start(reader, file);
        else this.#continue(reader, old, file);
      }
    });
    this.#wasAbsent = false;
  }

  /** Some reader has no place in the file yet, so if that fails it has to be opened again later. */
  #orDrop(file: LogFile, givePlaces: () => void): void {
    try {
      givePlaces();
    } catch (error) {
      this.#drop(file);
      throw error;
    }
  }

  #start(reader: LogReader, file: LogFile): void {
    this.position(reader);
    this.#insert(startReader(reader, file, this.#wasAbsent, this.#deps));
  }

  #continue(reader: LogReader, old: LogFile, file: LogFile): void {
    const place = reader.placeIn(old);
    if (!reader.active) reader.forget(old);
    const takenOver = reader.subscriber.takeOver(file, reader);
    if (takenOver === undefined) this.#insert(continueReader(reader, { file: old, place }, file, this.#deps));
    else if (takenOver !== 'elsewhere') reader.place(file, takenOver);
  }

  /** The path no longer leads to the current file, which is still to be finished. */
  #leave(): LogFile | undefined {
    this.#refreshQuietly();
    const file = this.#current();
    if (file !== undefined) file.leavingSinceSec = this.#deps.clock.nowSec();
    return file;
  }

  #refreshQuietly(): void {
    const current = this.#current();
    if (current === undefined) return;
    try {
      this.#refreshCurrent(current);
    } catch {
      this.#drop(current);
    }
  }

  /** Rotated files that are still to be read come before the current one. */
  #insert(files: readonly LogFile[]): void {
    this.#files.splice(this.#current() === undefined ? this.#files.length : -1, 0, ...files);
  }

  /** Closes rotated files that nobody needs any more. */
  #closeFinished(): void {
    const nowSec = this.#deps.clock.nowSec();
    const leaving = this.#files.filter((file) => file.leavingSinceSec !== undefined);
    leaving.forEach((file, index) => {
      const readers = [...this.#readers].filter((reader) => reader.placeIn(file) !== undefined);
      const unread = readers.some((reader) => reader.active && file.hasMore(reader.placeIn(file)!));
      const lingers = nowSec - file.leavingSinceSec! < lingerSec;
      const tooMany = index < leaving.length - mostLeaving;
      if (readers.length > 0 && (unread || lingers) && !tooMany) return;
      const message = `Too many rotations of ${this.path} at once, lines were skipped`;
      if (unread) for (const reader of readers) reader.subscriber.notice('WARNING', message);
      this.#drop(file);
    });
  }

  #drop(file: LogFile): void {
    const index = this.#files.indexOf(file);
    if (index < 0) return;
    for (const reader of this.#readers) {
      this.position(reader);
      reader.forget(file);
    }
    this.#files.splice(index, 1);
    this.#deps.fs.close(file.fd);
  }

  #failed(error: unknown): void {
    const nowSec = this.#deps.clock.nowSec();
    const isKnown = this.#files.length > 0 || this.#health.state === 'reading';
    const isNews = this.#health.hasFailed(error, isKnown, nowSec);
    this.#wasAbsent = true;
    if (isAbsent(error)) {
      for (const reader of this.#readers) this.#insert(startWithoutFile(reader, this.#deps));
      this.#refreshQuietly();
      // A deleted file that is held open goes on taking space on the disk.
      if (this.#health.absentSec(nowSec) >= lingerSec) this.#leave();
    }
    if (isNews) this.#tellState();
  }

  #tellState(readers: Iterable<LogReader> = this.#readers): void {
    for (const reader of readers) reader.subscriber.stateChanged(this.path, this.state, this.reason);
  }
}
