import { join } from 'node:path';
import type { Clock } from '../base/index.ts';
import { DirectoryWatches } from './directory-watches.ts';
import type { LineCodec } from './encoding.ts';
import type { FileSystem } from './file-system.ts';
import { expandGlob, hasGlobMagic } from './glob.ts';
import { LogPlaces } from './log-places.ts';
import type { LogReader } from './log-reader.ts';
import { LogSubscription, type LogsOptions, type TailRegistry } from './log-subscription.ts';
import { LogTail } from './log-tail.ts';

export interface FollowerDeps {
  readonly fs: FileSystem;
  readonly clock: Clock;
  /** For reading; more than 64 KiB. A block's bytes lie in it until the next read. */
  readonly buffer: Buffer;
  /** There is something to read: call `readNext` until it returns false. */
  onWork(): void;
}

/** Logs that are polled are looked at this often. */
const pollSec = 1;
/** All others too, more slowly: for what the kernel does not tell (network file systems, links within a path). */
const safetyPollSec = 2;
/** Every so many looks the globs are expanded again. */
const looksPerRescan = 5;
/** Files that one glob may stand for. */
const mostFilesPerGlob = 2000;

/**
 * Follows the logs of all jails: each path once, however many jails read it. It wakes up by the kernel's notifications
 * and by a slow timer, and says `onWork`; the caller then reads, block by block, as long as he can take more.
 */
export class LogFollower {
  readonly #deps: FollowerDeps;
  readonly #watches: DirectoryWatches;
  readonly #places: LogPlaces;
  readonly #subscriptions = new Set<LogSubscription>();
  /** By encoding and path: jails that read a file in different encodings cannot share its lines. */
  readonly #tails = new Map<string, LogTail>();
  readonly #generations = new Map<LogTail, number>();
  /** With rotated files still open. */
  readonly #leaving = new Set<LogTail>();
  /** To be looked at before the next read. */
  readonly #dirty = new Set<LogTail>();
  /** Possibly with something to read; the first one is next. */
  readonly #busy = new Set<LogTail>();
  readonly #globDirectories = new Map<string, readonly string[]>();
  #rescanDue = false;
  #looks = 0;
  #cancelTimer: (() => void) | undefined;
  readonly #refused = new Set<string>();

  constructor(deps: FollowerDeps) {
    this.#deps = deps;
    this.#watches = new DirectoryWatches(deps.fs, {
      changed: (directory, kind, name) => this.#changed(directory, kind, name),
      refused: (directory, reason) => this.#refusedToWatch(directory, reason),
    });
    this.#places = new LogPlaces(deps.fs, this.#watches);
  }

  /** Begins to follow a jail's logs. The first look is taken at once, reading is up to `readNext`. */
  subscribe(options: LogsOptions): LogSubscription {
    const subscription = new LogSubscription(this.#registry(), options);
    this.#subscriptions.add(subscription);
    this.setPaths(subscription, options.paths);
    return subscription;
  }

  /** Changes which paths a subscription follows; the others of its settings stay. */
  setPaths(subscription: LogSubscription, paths: LogsOptions['paths']): void {
    subscription.setPaths(paths);
    this.#watchGlobs();
    this.#arm();
  }

  unsubscribe(subscription: LogSubscription): void {
    subscription.close();
    this.#subscriptions.delete(subscription);
    this.#watchGlobs();
    if (this.#subscriptions.size === 0) this.#disarm();
  }

  /** Looks at what may have changed and reads one block. Returns false when nothing is left to do. */
  readNext(): boolean {
    for (const tail of [...this.#dirty]) this.#look(tail);
    this.#dirty.clear();
    if (this.#rescanDue) this.#rescan();
    for (const tail of this.#busy) {
      this.#busy.delete(tail);
      if (!tail.readNext()) continue;
      // To the end of the queue: one long log must not hold up the others.
      this.#busy.add(tail);
      return true;
    }
    return false;
  }

  /** Looks at every log, as the timer does. */
  lookAtAll(): void {
    this.#watches.verifyAll();
    this.#looks += 1;
    if (this.#looks % looksPerRescan === 0) this.#rescanDue = true;
    for (const tail of this.#tails.values()) this.#dirty.add(tail);
    this.#deps.onWork();
  }

  /** Ends it all; positions have to be asked for before. */
  stop(): void {
    this.#disarm();
    this.#watches.stop();
    for (const tail of this.#tails.values()) tail.close();
    this.#tails.clear();
    this.#generations.clear();
    this.#subscriptions.clear();
    this.#dirty.clear();
    this.#busy.clear();
  }

  #registry(): TailRegistry {
    return {
      fs: this.#deps.fs,
      clock: this.#deps.clock,
      tail: (path, codec) => this.#tailOf(path, codec),
      attach: (tail, reader) => this.#attach(tail, reader),
      detach: (tail, reader) => this.#detach(tail, reader),
      expand: (pattern) => this.#expand(pattern),
      wake: (tail) => this.#wake(tail),
    };
  }

  #tailOf(path: string, codec: LineCodec): LogTail {
    const key = tailKey(path, codec);
    const known = this.#tails.get(key);
    if (known !== undefined) return known;
    const tail = new LogTail(path, codec, this.#deps);
    this.#tails.set(key, tail);
    this.#generations.set(tail, tail.generation);
    this.#places.follow(tail);
    return tail;
  }

  #attach(tail: LogTail, reader: LogReader): void {
    tail.attach(reader);
    this.#look(tail);
    this.#wake(tail);
  }

  #detach(tail: LogTail, reader: LogReader): void {
    tail.detach(reader);
    if (tail.readers.size > 0) return;
    this.#tails.delete(tailKey(tail.path, tail.codec));
    this.#generations.delete(tail);
    this.#dirty.delete(tail);
    this.#busy.delete(tail);
    this.#leaving.delete(tail);
    this.#places.forget(tail);
    tail.close();
  }

  #wake(tail: LogTail): void {
    this.#dirty.add(tail);
    this.#deps.onWork();
  }

  #look(tail: LogTail): void {
    tail.check();
    this.#busy.add(tail);
    if (tail.isLeaving) this.#leaving.add(tail);
    else this.#leaving.delete(tail);
    if (this.#generations.get(tail) === tail.generation) return;
    this.#generations.set(tail, tail.generation);
    this.#places.follow(tail);
    this.#places.verify(tail);
    // A glob may match the rotated file too: then it is taken over while it is known how far it was read.
    this.#rescanDue = true;
  }

  #changed(directory: string, kind: 'rename' | 'change', name: string | null): void {
    const before = this.#dirty.size;
    if (name === null) {
      for (const tail of this.#places.tailsIn(directory)) this.#dirty.add(tail);
    } else {
      for (const tail of this.#places.tailsAt(join(directory, name))) this.#dirty.add(tail);
      // A rotated file goes on under a name that we do not know.
      for (const tail of this.#leaving) this.#dirty.add(tail);
    }
    if (kind === 'rename' && this.#isGlobDirectory(directory)) this.#rescanDue = true;
    if (this.#dirty.size > before || this.#rescanDue) this.#deps.onWork();
  }

  #isGlobDirectory(directory: string): boolean {
    return [...this.#globDirectories.values()].some((directories) => directories.includes(directory));
  }

  #rescan(): void {
    this.#rescanDue = false;
    const before = [...this.#busy];
    this.#busy.clear();
    for (const subscription of this.#subscriptions) subscription.rescan();
    // New names may be rotated files; what they still hold comes before what was written after the rotation.
    for (const tail of before) this.#busy.add(tail);
    this.#watchGlobs();
  }

  /** Watches the directories that decide what the globs in use stand for. */
  #watchGlobs(): void {
    const patterns = new Set<string>();
    for (const subscription of this.#subscriptions) {
      for (const { pattern } of subscription.patterns) if (hasGlobMagic(pattern)) patterns.add(pattern);
    }
    for (const pattern of [...this.#globDirectories.keys(), ...patterns]) {
      const before = this.#globDirectories.get(pattern) ?? [];
      const now = patterns.has(pattern)
        ? expandGlob(pattern, this.#deps.fs, mostFilesPerGlob).directories
        : [];
      for (const directory of now) this.#watches.want(directory);
      for (const directory of before) this.#watches.release(directory);
      if (now.length > 0) this.#globDirectories.set(pattern, now);
      else this.#globDirectories.delete(pattern);
    }
  }

  #expand(pattern: string): readonly string[] {
    const { paths, cut } = expandGlob(pattern, this.#deps.fs, mostFilesPerGlob);
    if (cut)
      this.#tellAll(`'${pattern}' matches more than ${mostFilesPerGlob} files, the rest is not followed`);
    return paths;
  }

  #refusedToWatch(directory: string, reason: string): void {
    this.#tellAll(`Cannot watch ${directory} (${reason}), it is polled instead`);
  }

  /** Once per message; there is no jail of its own that it concerns. */
  #tellAll(message: string): void {
    if (this.#refused.has(message) || this.#refused.size > 100) return;
    this.#refused.add(message);
    for (const subscription of this.#subscriptions) subscription.notice('WARNING', message);
  }

  #arm(): void {
    if (this.#cancelTimer !== undefined || this.#subscriptions.size === 0) return;
    this.#cancelTimer = this.#deps.clock.after(this.#intervalSec(), () => {
      this.#cancelTimer = undefined;
      this.lookAtAll();
      this.#arm();
    });
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #intervalSec(): number {
    const polled = [...this.#subscriptions].some((subscription) => subscription.options.polling);
    return polled || this.#refused.size > 0 ? pollSec : safetyPollSec;
  }
}

function tailKey(path: string, codec: LineCodec): string {
  return `${codec.name}\0${path}`;
}
