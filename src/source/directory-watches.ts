import { basename, dirname } from 'node:path';
import { errorCode, type FileSystem } from './file-system.ts';

interface Watch {
  readonly directory: string;
  /** How often it is wanted: by files in it, or by a directory below that does not exist yet. */
  wanted: number;
  /** Ends the watch; undefined while there is none. */
  end: (() => void) | undefined;
  /** Which directory is being watched, since another one may take its place. */
  identity: string;
  /** The parent is watched for this directory to appear. */
  waitsInParent: boolean;
}

export interface WatchEvents {
  /** An entry of a wanted directory changed; null when anything in it may have. */
  changed(directory: string, kind: 'rename' | 'change', name: string | null): void;
  /** The system refuses to watch a directory that exists (no watches left, say). */
  refused(directory: string, reason: string): void;
}

/**
 * Watches directories, also such as do not exist yet, vanish, come back or are replaced: where there is none, the nearest
 * parent is watched for it.
 */
export class DirectoryWatches {
  readonly #fs: FileSystem;
  readonly #events: WatchEvents;
  readonly #watches = new Map<string, Watch>();

  constructor(fs: FileSystem, events: WatchEvents) {
    this.#fs = fs;
    this.#events = events;
  }

  /** Asks for a directory to be watched; each call needs its `release`. */
  want(directory: string): void {
    let watch = this.#watches.get(directory);
    if (watch === undefined) {
      watch = { directory, wanted: 0, end: undefined, identity: '', waitsInParent: false };
      this.#watches.set(directory, watch);
      this.#begin(watch);
    }
    watch.wanted += 1;
  }

  release(directory: string): void {
    const watch = this.#watches.get(directory);
    if (watch === undefined) return;
    watch.wanted -= 1;
    if (watch.wanted > 0) return;
    this.#watches.delete(directory);
    watch.end?.();
    watch.end = undefined;
    this.#leaveParent(watch);
  }

  /** Whether changes in the directory are told. */
  isWatched(directory: string): boolean {
    return this.#watches.get(directory)?.end !== undefined;
  }

  /** Looks whether every watch is still on the directory of that name; for the slow, regular check. */
  verifyAll(): void {
    for (const watch of [...this.#watches.values()]) this.#verify(watch);
  }

  /** As `verifyAll`, for one directory. */
  verify(directory: string): void {
    const watch = this.#watches.get(directory);
    if (watch !== undefined) this.#verify(watch);
  }

  stop(): void {
    for (const watch of this.#watches.values()) watch.end?.();
    this.#watches.clear();
  }

  #begin(watch: Watch): void {
    watch.identity = this.#identify(watch.directory);
    if (watch.identity !== '') {
      try {
        watch.end = this.#fs.watch(
          watch.directory,
          (kind, name) => this.#onEvent(watch, kind, name),
          () => this.#lost(watch),
        );
        this.#leaveParent(watch);
        return;
      } catch (error) {
        const code = errorCode(error);
        if (code !== 'ENOENT') {
          this.#events.refused(watch.directory, code || String(error));
          return;
        }
      }
    }
    const parent = dirname(watch.directory);
    if (watch.waitsInParent || parent === watch.directory) return;
    watch.waitsInParent = true;
    this.want(parent);
  }

  #onEvent(watch: Watch, kind: 'rename' | 'change', name: string | null): void {
    // A watched directory that is deleted or moved away reports itself by its own name.
    if (name === null || name === basename(watch.directory)) this.#lost(watch);
    // The kernel does not report its end as long as one of its deleted files is held open, as we do with logs.
    else if (kind === 'rename') this.#verify(watch);
    if (kind === 'rename') this.#beginBelow(watch.directory, name);
    this.#events.changed(watch.directory, kind, name);
  }

  /** Something appeared: is it a directory that is waited for? */
  #beginBelow(parent: string, name: string | null): void {
    for (const watch of [...this.#watches.values()]) {
      if (!watch.waitsInParent || watch.end !== undefined || dirname(watch.directory) !== parent) continue;
      if (name !== null && basename(watch.directory) !== name) continue;
      this.#begin(watch);
      if (watch.end !== undefined) this.#appeared(watch);
    }
  }

  #appeared(watch: Watch): void {
    this.#beginBelow(watch.directory, null);
    this.#events.changed(watch.directory, 'rename', null);
  }

  #verify(watch: Watch): void {
    if (!this.#watches.has(watch.directory)) return;
    if (watch.end !== undefined && this.#identify(watch.directory) === watch.identity) return;
    this.#lost(watch);
  }

  #lost(watch: Watch): void {
    const wasWatched = watch.end !== undefined;
    watch.end?.();
    watch.end = undefined;
    if (this.#watches.get(watch.directory) !== watch) return;
    this.#begin(watch);
    if (wasWatched || watch.end !== undefined) this.#appeared(watch);
  }

  #leaveParent(watch: Watch): void {
    if (!watch.waitsInParent) return;
    watch.waitsInParent = false;
    this.release(dirname(watch.directory));
  }

  #identify(directory: string): string {
    try {
      const stat = this.#fs.stat(directory);
      // Inode numbers are used again at once, so the number alone does not tell.
      return stat.isDirectory() ? `${stat.dev}:${stat.ino}:${stat.birthtimeMs}` : '';
    } catch {
      return '';
    }
  }
}
