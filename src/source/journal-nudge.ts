import type { Clock } from '../base/index.ts';
import type { FileStat, FileSystem } from './file-system.ts';
import { expandGlob } from './glob.ts';

/**
 * New entries are looked for this often while readers get some. Each look wakes the processor up, so once they have got none
 * for a while, not at all: the first entry then waits until journald announces it itself, as every entry does without us.
 */
const lookSec = 0.03;
const quietAfterSec = 15;
/** Which files there are is looked up again after so many seconds' worth of looks. */
const searchEverySec = 5;
const mostFiles = 64;

/** The part of a journal file's header that tells whether it has grown: `state` is its first byte, `n_entries` its last eight. */
const header = { start: 16, length: 144, entriesAt: 136, archived: 2 };

interface ActiveFile {
  readonly fd: number;
  readonly stat: FileStat;
  entries: Buffer;
  /** It can be touched; a file of somebody else, or on a file system that is read-only, cannot. */
  canTouch: boolean;
}

/**
 * Wakes up journal readers as soon as an entry was written. They wait for the kernel to tell of a change of the file,
 * but journald writes through mapped memory, of which the kernel tells nothing: it announces its entries itself, by
 * setting the file's size, up to half a second later. So, while entries come, we look at the count in the file's header, and
 * announce earlier what journald would announce later: by setting the time of the last change to now.
 */
export class JournalNudge {
  readonly #deps: { readonly fs: FileSystem; readonly clock: Clock };
  readonly #wanted = new Map<object, readonly string[]>();
  #files = new Map<string, ActiveFile>();
  readonly #scratch = Buffer.alloc(header.length);
  #searchInSec = 0;
  #quietInSec = quietAfterSec;
  #cancelTimer: (() => void) | undefined;

  constructor(deps: { readonly fs: FileSystem; readonly clock: Clock }) {
    this.#deps = deps;
  }

  /** Watches the journal files that globs stand for, until the returned function is called. */
  want(patterns: readonly string[]): () => void {
    const key = {};
    this.#wanted.set(key, patterns);
    this.#searchInSec = 0;
    this.hurry();
    return () => {
      this.#wanted.delete(key);
      this.#searchInSec = 0;
      if (this.#wanted.size === 0) this.stop();
    };
  }

  /** A reader got entries, so that more may come soon. */
  hurry(): void {
    if (this.#wanted.size === 0) return;
    this.#quietInSec = quietAfterSec;
    this.#arm();
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#rest();
  }

  #arm(): void {
    this.#cancelTimer ??= this.#deps.clock.after(lookSec, () => {
      this.#cancelTimer = undefined;
      this.#quietInSec -= lookSec;
      this.#look();
      if (this.#quietInSec > 0) this.#arm();
      else this.#rest();
    });
  }

  /** No file stays open meanwhile: one that was rotated and removed would keep its place on the disk. */
  #rest(): void {
    for (const file of this.#files.values()) this.#deps.fs.close(file.fd);
    this.#files = new Map();
    this.#searchInSec = 0;
  }

  #look(): void {
    if (this.#searchInSec <= 0) this.#search();
    this.#searchInSec -= lookSec;
    for (const file of this.#files.values()) {
      try {
        if (this.#hasGrown(file) && file.canTouch) this.#deps.fs.touch(file.fd);
      } catch {
        file.canTouch = false;
      }
    }
  }

  #hasGrown(file: ActiveFile): boolean {
    const got = this.#deps.fs.read(file.fd, this.#scratch, 0, header.length, header.start);
    if (got < header.length) return false;
    // It was rotated: entries go to another file now.
    if (this.#scratch[0] === header.archived) this.#searchInSec = 0;
    const entries = this.#scratch.subarray(header.entriesAt);
    if (entries.equals(file.entries)) return false;
    file.entries = Buffer.from(entries);
    return true;
  }

  #search(): void {
    this.#searchInSec = searchEverySec;
    const { fs } = this.#deps;
    const patterns = new Set([...this.#wanted.values()].flat());
    const paths = [...patterns].flatMap((pattern) => expandGlob(pattern, fs, mostFiles).paths);
    const files = new Map<string, ActiveFile>();
    for (const path of paths.slice(0, mostFiles)) {
      const file = this.#open(path);
      if (file !== undefined) files.set(path, file);
    }
    const kept = new Set([...files.values()].map((file) => file.fd));
    for (const { fd } of this.#files.values()) if (!kept.has(fd)) fs.close(fd);
    this.#files = files;
  }

  /** The file at a path: the one that is open already, if the path leads to it still. */
  #open(path: string): ActiveFile | undefined {
    const { fs } = this.#deps;
    try {
      const known = this.#files.get(path);
      const stat = fs.stat(path);
      if (known?.stat.ino === stat.ino && known.stat.dev === stat.dev) return known;
      return { fd: fs.open(path), stat, entries: Buffer.alloc(0), canTouch: true };
    } catch {
      return undefined;
    }
  }
}
