import type { Clock, LogLevel } from '../base/index.ts';
import type { LineCodec } from './encoding.ts';
import type { FileStat, FileSystem } from './file-system.ts';
import { isHashOf } from './first-line.ts';
import { hasGlobMagic } from './glob.ts';
import type { LogFile } from './log-file.ts';
import { LogReader, type LogSink, type LogSubscriber } from './log-reader.ts';
import type { LogTail } from './log-tail.ts';
import { areOfOneLog } from './rotated.ts';
import type { FilePosition, LogPath, LogState } from './types.ts';

/** What one jail wants of log files. */
export interface LogsOptions {
  readonly paths: readonly LogPath[];
  /** Do not rely on the kernel's notifications. */
  readonly polling: boolean;
  readonly codec: LineCodec;
  readonly positions: readonly FilePosition[];
  /** False for an idle jail: it keeps its places and reads nothing. */
  readonly active: boolean;
  /** Paths whose first catch-up was over before (the worker was replaced). */
  readonly inOperation: ReadonlySet<string>;
  /** Bytes before the kept positions to read again for the memory. */
  readonly warmUpBytes: number;
  /** Called once for every path that comes to be followed. */
  openSink(path: string): LogSink;
  /** Seconds that matter at a first read. */
  findTimeSec(): number;
  readonly events: LogsEvents;
}

export interface LogsEvents {
  notice(level: LogLevel, message: string): void;
  stateChanged(path: string, state: LogState, reason: string): void;
  /** The path is not followed any more. */
  removed(path: string): void;
  /** The first catch-up of one log is over. */
  caughtUp(path: string): void;
  /** The first catch-up of all logs that exist is over; once. */
  allCaughtUp(): void;
}

/** What a subscription needs of the follower behind it. */
export interface TailRegistry {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** The tail of a path, made if need be; it is looked at soon. */
  tail(path: string, codec: LineCodec): LogTail;
  /** Attach a reader to the tail, and look at it. */
  attach(tail: LogTail, reader: LogReader): void;
  detach(tail: LogTail, reader: LogReader): void;
  expand(pattern: string): readonly string[];
  /** Something may be there to read. */
  wake(tail: LogTail): void;
}

interface Followed {
  readonly tail: LogTail;
  readonly reader: LogReader;
  readonly pattern: string;
}

/** The logs of one jail: which files its paths and globs stand for, and how far each was read. */
export class LogSubscription implements LogSubscriber {
  readonly options: LogsOptions;
  readonly #registry: TailRegistry;
  readonly #followed = new Map<string, Followed>();
  #paths: readonly LogPath[] = [];
  #active: boolean;
  #allCaughtUp = false;
  /** Not all paths have been looked at yet. */
  #settling = false;
  /** Positions for files that are not followed yet, by path. */
  readonly #kept: Map<string, FilePosition>;

  constructor(registry: TailRegistry, options: LogsOptions) {
    this.#registry = registry;
    this.options = options;
    this.#active = options.active;
    this.#kept = new Map(options.positions.map((position) => [position.path, position]));
  }

  get patterns(): readonly LogPath[] {
    return this.#paths;
  }

  /** Follows the given paths and globs from now on, and no others; those it follows already go on undisturbed. */
  setPaths(paths: readonly LogPath[]): void {
    this.#paths = paths;
    const patterns = new Set(paths.map((path) => path.pattern));
    for (const [path, followed] of this.#followed) {
      if (!patterns.has(followed.pattern)) this.#unfollow(path, followed);
    }
    this.#settling = true;
    for (const path of paths) this.#addMatches(path, path.tail);
    this.#settling = false;
    this.#checkCaughtUp();
  }

  /** Looks for new files that match the globs, and gives up such as are gone. */
  rescan(): void {
    for (const path of this.#paths) {
      if (!hasGlobMagic(path.pattern)) continue;
      const found = new Set(this.#addMatches(path, false));
      for (const [name, followed] of this.#followed) {
        const gone = followed.tail.state === 'missing' && !followed.tail.isLeaving;
        if (followed.pattern === path.pattern && gone && !found.has(name)) this.#unfollow(name, followed);
      }
    }
  }

  setActive(active: boolean): void {
    this.#active = active;
    for (const { reader, tail } of this.#followed.values()) {
      reader.active = active;
      if (active) this.#registry.wake(tail);
    }
  }

  /** How far each log was read. */
  positions(): FilePosition[] {
    return [...this.#followed.values()].flatMap(({ tail, reader }) => tail.position(reader) ?? []);
  }

  positionOf(path: string): FilePosition | undefined {
    const followed = this.#followed.get(path);
    return followed?.tail.position(followed.reader);
  }

  states(): { path: string; state: LogState; reason: string }[] {
    return [...this.#followed].map(([path, { tail }]) => ({ path, state: tail.state, reason: tail.reason }));
  }

  close(): void {
    for (const [path, followed] of this.#followed) this.#unfollow(path, followed);
  }

  oldestSec(): number {
    return this.#registry.clock.nowSec() - this.options.findTimeSec();
  }

  takeOver(file: LogFile, by: LogReader): number | 'elsewhere' | undefined {
    for (const { reader } of this.#followed.values()) {
      if (reader === by) continue;
      const same = reader.files().find((other) => other.device === file.device && other.inode === file.inode);
      if (same !== undefined) {
        if (leadsTo(this.#registry.fs, reader.path, file)) return 'elsewhere';
        const place = reader.placeIn(same)!;
        reader.handOver(same);
        return Math.min(place, file.size);
      }
      const copied = file.firstLine.hash !== '' && areOfOneLog(by.path, reader.path);
      // A copy made before a truncation: what it holds is read from the original, or from here as its remains.
      if (copied && reader.files().some((other) => other.firstLine.hash === file.firstLine.hash))
        return file.size;
    }
    return undefined;
  }

  keptPositionOf(file: LogFile, path: string): FilePosition | undefined {
    if (file.firstLine.hash === '') return undefined;
    // The furthest: an older one may be left from when the file had another name.
    return [...this.#kept.values()]
      .filter((kept) => isHashOf(kept.firstLineHash, file.firstLine) && kept.offset <= file.size)
      .filter((kept) => areOfOneLog(path, kept.path))
      .sort((a, b) => b.offset - a.offset)[0];
  }

  follows(path: string): boolean {
    return this.#followed.has(path);
  }

  notice(level: LogLevel, message: string): void {
    this.options.events.notice(level, message);
  }

  stateChanged(path: string, state: LogState, reason: string): void {
    this.options.events.stateChanged(path, state, reason);
    this.#checkCaughtUp();
  }

  caughtUp(path: string): void {
    this.options.events.caughtUp(path);
    this.#checkCaughtUp();
  }

  #addMatches(path: LogPath, atEnd: boolean): readonly string[] {
    const magic = hasGlobMagic(path.pattern);
    const names = magic ? this.#registry.expand(path.pattern) : [path.pattern];
    const added = names.filter((name) => !this.#followed.has(name));
    // All are known before the first one is looked at: each may ask whether another one is followed.
    const followed = added.map((name) => this.#follow(name, path.pattern, atEnd));
    for (const { tail, reader } of followed) this.#registry.attach(tail, reader);
    return names;
  }

  #follow(path: string, pattern: string, atEnd: boolean): Followed {
    const { options } = this;
    const tail = this.#registry.tail(path, options.codec);
    const start = {
      atEnd,
      kept: this.#kept.get(path),
      inOperation: options.inOperation.has(path),
      warmUpBytes: options.warmUpBytes,
    };
    const reader = new LogReader(
      { path, codec: options.codec },
      this,
      options.openSink(path),
      start,
      this.#active,
    );
    const followed = { tail, reader, pattern };
    this.#followed.set(path, followed);
    return followed;
  }

  #unfollow(path: string, { tail, reader }: Followed): void {
    const position = tail.position(reader);
    if (position !== undefined) this.#kept.set(path, position);
    this.#followed.delete(path);
    this.#registry.detach(tail, reader);
    this.notice('INFO', `Removed logfile: '${path}'`);
    this.options.events.removed(path);
  }

  #checkCaughtUp(): void {
    if (this.#allCaughtUp || this.#settling) return;
    const all = [...this.#followed.values()];
    if (!all.every(({ tail, reader }) => reader.hasCaughtUp || tail.state !== 'reading')) return;
    this.#allCaughtUp = true;
    this.options.events.allCaughtUp();
  }
}

function leadsTo(fs: FileSystem, path: string, file: LogFile): boolean {
  try {
    const stat: FileStat = fs.stat(path);
    return file.isAt(stat);
  } catch {
    return false;
  }
}
