import { dirname, normalize } from 'node:path';
import type { DirectoryWatches } from './directory-watches.ts';
import type { FileSystem } from './file-system.ts';
import type { LogTail } from './log-tail.ts';

/** Which changes in which directories concern which logs; keeps those directories watched. */
export class LogPlaces {
  readonly #fs: FileSystem;
  readonly #watches: DirectoryWatches;
  readonly #paths = new Map<LogTail, readonly string[]>();
  readonly #tails = new Map<string, Set<LogTail>>();

  constructor(fs: FileSystem, watches: DirectoryWatches) {
    this.#fs = fs;
    this.#watches = watches;
  }

  /** Watches the directory of the path and, where it is a link, the one of the file that it leads to now. */
  follow(tail: LogTail): void {
    const before = this.#paths.get(tail) ?? [];
    const paths = [...new Set([normalize(tail.path), realPath(this.#fs, tail.path)])];
    for (const path of paths) {
      this.#watches.want(dirname(path));
      this.#tails.set(path, (this.#tails.get(path) ?? new Set()).add(tail));
    }
    this.#paths.set(tail, paths);
    this.#release(tail, before, paths);
  }

  forget(tail: LogTail): void {
    const before = this.#paths.get(tail) ?? [];
    this.#paths.delete(tail);
    this.#release(tail, before, []);
  }

  /** Looks whether the watches of a log are still on the right directories. */
  verify(tail: LogTail): void {
    for (const path of this.#paths.get(tail) ?? []) this.#watches.verify(dirname(path));
  }

  tailsAt(path: string): Iterable<LogTail> {
    return this.#tails.get(path) ?? [];
  }

  tailsIn(directory: string): LogTail[] {
    return [...this.#paths]
      .filter(([, paths]) => paths.some((path) => dirname(path) === directory))
      .map(([tail]) => tail);
  }

  #release(tail: LogTail, before: readonly string[], now: readonly string[]): void {
    for (const path of before) {
      this.#watches.release(dirname(path));
      if (now.includes(path)) continue;
      const tails = this.#tails.get(path);
      tails?.delete(tail);
      if (tails?.size === 0) this.#tails.delete(path);
    }
  }
}

function realPath(fs: FileSystem, path: string): string {
  try {
    return fs.realPath(path);
  } catch {
    return normalize(path);
  }
}
