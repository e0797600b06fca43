import * as fs from 'node:fs';

/** What the reader asks of a file: identity, size and kind. */
export interface FileStat {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
  readonly mtimeMs: number;
  readonly birthtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
}

/**
 * The file system, as far as log files need it. All calls are synchronous: they run in a worker of their own, and
 * the thread pool that asynchronous ones would use is shared with name lookups.
 */
export interface FileSystem {
  /** Opens for reading without ever waiting (a FIFO would block otherwise). */
  open(path: string): number;
  close(fd: number): void;
  fstat(fd: number): FileStat;
  stat(path: string): FileStat;
  read(fd: number, buffer: Buffer, start: number, length: number, position: number): number;
  /** Sets the time of the last change to now; fails where the file is another user's. */
  touch(fd: number): void;
  readDirectory(path: string): string[];
  realPath(path: string): string;
  /**
   * Watches a directory. Calls back with the entry concerned, or null when anything may have changed; `rename` when an
   * entry came or went. Returns the function that ends it.
   */
  watch(
    path: string,
    onEvent: (kind: 'rename' | 'change', name: string | null) => void,
    onError: (error: unknown) => void,
  ): () => void;
}

export const nodeFileSystem: FileSystem = {
  open: (path) => fs.openSync(path, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY),
  close: (fd) => fs.closeSync(fd),
  fstat: (fd) => fs.fstatSync(fd),
  stat: (path) => fs.statSync(path),
  read: (fd, buffer, start, length, position) => fs.readSync(fd, buffer, start, length, position),
  touch: (fd) => fs.futimesSync(fd, fs.fstatSync(fd).atimeMs / 1000, Date.now() / 1000),
  readDirectory: (path) => fs.readdirSync(path),
  realPath: (path) => fs.realpathSync.native(path),
  watch(path, onEvent, onError) {
    const watcher = fs.watch(path, { persistent: false }, (kind, name) =>
      onEvent(kind === 'rename' ? 'rename' : 'change', name),
    );
    watcher.on('error', onError);
    return () => watcher.close();
  },
};

/** The errno name of a failed call (`ENOENT`), or an empty text. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Whether the call failed since there is nothing at that path. */
export function isAbsent(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(errorCode(error));
}
