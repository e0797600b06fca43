import { execFile } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { expandGlob, nodeFileSystem } from '../../source/index.ts';

/** What a program that only looks has said. */
export interface LookResult {
  /** Undefined: it is not installed, or was ended since it took too long. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FileFacts {
  readonly isFile: boolean;
  readonly sizeBytes: number;
  /** Last change of its content, seconds since the epoch. */
  readonly changedSec: number;
  readonly canRead: boolean;
  readonly canWrite: boolean;
}

/** What the checks see of the machine; a test has its own. Nothing here changes anything. */
export interface Machine {
  readonly isRoot: boolean;
  nowSec(): number;
  /** Runs a program that only reads. Never rejects. */
  run(command: string, args: readonly string[]): Promise<LookResult>;
  /** Where a program is installed. */
  find(program: string): string | undefined;
  file(path: string): FileFacts | undefined;
  /** The whole of a small file; undefined where it cannot be read. */
  read(path: string): Buffer | undefined;
  /** The last bytes of a file. */
  tail(path: string, bytes: number): Buffer | undefined;
  /** Names in a folder; none where it cannot be read. */
  list(folder: string): readonly string[];
  expand(pattern: string): readonly string[];
  /** Of the file system that a path lies in, or would. */
  space(path: string): { readonly freeBytes: number; readonly isOutOfNames: boolean } | undefined;
  /** Command lines of all processes, their words separated by blanks. */
  processes(): readonly string[];
}

const timeoutMs = 15_000;
const mostFileBytes = 32 * 1024 * 1024;
const mostFiles = 1000;
const folders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The machine that we run on. */
export function thisMachine(): Machine {
  return {
    isRoot: process.getuid?.() === 0,
    nowSec: () => Date.now() / 1000,
    run: look,
    find: (program) => folders.map((folder) => join(folder, program)).find((path) => existsSync(path)),
    file: factsOf,
    read: (path) => tail(path, mostFileBytes),
    tail,
    list: (folder) => orElse(() => readdirSync(folder).sort(), []),
    expand: (pattern) => orElse(() => expandGlob(pattern, nodeFileSystem, mostFiles).paths, []),
    space,
    processes,
  };
}

function look(command: string, args: readonly string[]): Promise<LookResult> {
  const env = { ...process.env, LC_ALL: 'C', PATH: `${folders.join(':')}:${process.env.PATH ?? ''}` };
  return new Promise((resolve) => {
    const child = execFile(command, [...args], { timeout: timeoutMs, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : undefined;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end();
  });
}

function factsOf(path: string): FileFacts | undefined {
  return orElse(() => {
    const stats = statSync(path);
    return {
      isFile: stats.isFile(),
      sizeBytes: stats.size,
      changedSec: stats.mtimeMs / 1000,
      canRead: may(path, constants.R_OK),
      canWrite: may(path, constants.W_OK),
    };
  }, undefined);
}

function may(path: string, mode: number): boolean {
  return orElse(() => {
    accessSync(path, mode);
    return true;
  }, false);
}

function tail(path: string, bytes: number): Buffer | undefined {
  return orElse(() => {
    // A pipe in place of a file must not hold us up.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const { size } = statSync(path);
      const buffer = Buffer.alloc(Math.min(size, bytes));
      const count = readSync(descriptor, buffer, 0, buffer.length, Math.max(size - bytes, 0));
      return buffer.subarray(0, count);
    } finally {
      closeSync(descriptor);
    }
  }, undefined);
}

function space(path: string): ReturnType<Machine['space']> {
  let at = path;
  while (at !== '/' && !existsSync(at)) at = join(at, '..');
  return orElse(() => {
    const { bavail, bsize, files, ffree } = statfsSync(at);
    return { freeBytes: bavail * bsize, isOutOfNames: files > 0 && ffree === 0 };
  }, undefined);
}

function processes(): readonly string[] {
  const ids = orElse(() => readdirSync('/proc').filter((name) => /^\d+$/.test(name)), []);
  return ids.flatMap((id) => {
    const line = orElse(() => readFileSync(`/proc/${id}/cmdline`, 'latin1'), '');
    return line === '' ? [] : [line.replaceAll('\0', ' ').trim()];
  });
}

function orElse<T>(look: () => T, otherwise: T): T {
  try {
    return look();
  } catch {
    return otherwise;
  }
}
