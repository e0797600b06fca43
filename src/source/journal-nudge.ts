import type { Clock } from '../base/index.ts';
import type { FileStat, FileSystem } from './file-system.ts';
import { expandGlob } from './glob.ts';

/** New entries are looked for this often; each look wakes the processor up, so in quiet times less often. */
const lookSec = 0.03;
const quietLookSec = 0.08;
/** So many looks without a new entry, a minute's, make quiet times. */
const looksToQuiet = 2000;
/** Every so many looks, which files there are is looked up again. */
const looksPerSearch = 160;
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
 * setting the file's size, up to half a second later. So we look at the count in the file's header, and announce earlier
 * what journald would announce later: by setting the time of the last change to now.
 */
export class JournalNudge {
  readonly #deps: { readonly fs: FileSystem; readonly clock: Clock };
  readonly #wanted = new Map<object, readonly string[]>();
  #files = new Map<string, ActiveFile>();
  readonly #scratch = Buffer.alloc(header.length);
  #looksToSearch = 0;
  #looksWithoutNews = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(deps: { readonly fs: FileSystem; readonly clock: Clock }) {
    this.#deps = deps;
  }

  /** Watches the journal files that globs stand for, until the returned function is called. */
  want(patterns: readonly string[]): () => void {
    const key = {};
    this.#wanted.set(key, patterns);
    this.#looksToSearch = 0;
    this.#arm();
    return () => {
      this.#wanted.delete(key);
      this.#looksToSearch = 0;
      if (this.#wanted.size === 0) this.stop();
    };
  }

  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const file of this.#files.values()) this.#deps.fs.close(file.fd);
    this.#files = new Map();
  }

  #arm(): void {
    const delaySec = this.#looksWithoutNews < looksToQuiet ? lookSec : quietLookSec;
    this.#cancelTimer ??= this.#deps.clock.after(delaySec, () => {
      this.#cancelTimer = undefined;
      this.#look();
      this.#arm();
    });
  }

  #look(): void {
    if (this.#looksToSearch <= 0) this.#search();
    this.#looksToSearch -= 1;
    this.#looksWithoutNews += 1;
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
    if (this.#scratch[0] === header.archived) this.#looksToSearch = 0;
    const entries = this.#scratch.subarray(header.entriesAt);
    if (entries.equals(file.entries)) return false;
    file.entries = Buffer.from(entries);
    this.#looksWithoutNews = 0;
    return true;
  }

  #search(): void {
    this.#looksToSearch = looksPerSearch;
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
