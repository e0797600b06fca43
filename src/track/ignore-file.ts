import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Clock, describeError, escapeControl } from '../base/index.ts';
import { IgnoreEntries } from './ignore-entries.ts';

/** Of a longer file the rest is not read. */
export const longestIgnoreFileBytes = 2 * 1024 * 1024;

/** Each name is looked up every minute or two; of a file, not more. */
export const mostNamesOfFile = 200;

/** So often do we look whether the file has changed, and only when somebody asks. */
const lookSec = 1;

export interface IgnoreFileParts {
  readonly clock: Clock;
  /** Takes what the administrator should know about the file. */
  readonly warn: (message: string) => void;
  readonly maxBytes?: number;
}

const none = new IgnoreEntries([]);

/**
 * The file behind `ignoreip = file:/path` (as of fail2ban 1.1): addresses, networks, host names or raw ids, separated
 * by commas, blanks or line ends; from a `#` or `;` at the start of a word to the end of its line is a comment. It is
 * read when it is first needed, and again when it has changed.
 *
 * A file that cannot be read spares nobody, or still those whom it spared before, and never stops a jail; that is
 * warned of once. A file that an ordinary user could write is used all the same, since its owner was chosen by the
 * administrator, and named in the log: who writes it decides who is never banned.
 */
export class IgnoreFile {
  readonly path: string;
  readonly #parts: IgnoreFileParts;
  #entries = none;
  /** What tells one state of the file from another; undefined while it cannot be read. */
  #stamp: string | undefined;
  #lookedAtSec = Number.NEGATIVE_INFINITY;
  #problem = '';

  constructor(path: string, parts: IgnoreFileParts) {
    this.path = path;
    this.#parts = parts;
  }

  /** What stands in the file now; the same object until it changes. */
  entries(): IgnoreEntries {
    const nowSec = this.#parts.clock.nowSec();
    if (Math.abs(nowSec - this.#lookedAtSec) < lookSec) return this.#entries;
    this.#lookedAtSec = nowSec;
    try {
      const stamp = stampOf(statSync(this.path));
      if (stamp !== this.#stamp) this.#read();
    } catch (error) {
      this.#lose(error);
    }
    return this.#entries;
  }

  #read(): void {
    // Not to be held up by a pipe.
    const file = openSync(this.path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(file);
      if (!stats.isFile()) throw new Error('it is no regular file');
      const { maxBytes = longestIgnoreFileBytes } = this.#parts;
      const { text, isWhole } = readText(file, maxBytes);
      const { words, droppedNames } = limitNames(wordsOf(text));
      this.#entries = new IgnoreEntries(words);
      this.#stamp = stampOf(stats);
      this.#warnOf([
        ...(isWhole ? [] : [`it is longer than ${maxBytes} bytes, the rest is not read`]),
        ...(droppedNames ? [`it has more than ${mostNamesOfFile} host names, the rest are left out`] : []),
        ...writersOf(stats, statSync(dirname(this.path))),
      ]);
    } finally {
      closeSync(file);
    }
  }

  #lose(error: unknown): void {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isGone) this.#entries = none;
    this.#stamp = undefined;
    const consequence = isGone ? 'it spares nobody until it is there' : 'what was read before holds';
    this.#warnOf([`cannot be read, ${consequence}: ${describeError(error)}`]);
  }

  /** Says what is new. */
  #warnOf(problems: readonly string[]): void {
    const problem = problems.join('; ');
    if (problem === this.#problem) return;
    this.#problem = problem;
    if (problem !== '') this.#parts.warn(escapeControl(`ignoreip file:${this.path}: ${problem}`));
  }
}

/** The path of an entry `file:/path` or `file:///path`; undefined for any other entry, and for a relative path. */
export function ignoreFilePath(entry: string): string | undefined {
  const path = /^file:(?:\/\/)?(\/(?!\/).*)$/s.exec(entry)?.[1];
  return path?.includes('\0') ? undefined : path;
}

/** The words of a file without its comments. */
export function wordsOf(text: string): string[] {
  return text.split('\n').flatMap((line) => {
    const words = line.split(/[\s,]+/).filter((word) => word !== '');
    const comment = words.findIndex((word) => word.startsWith('#') || word.startsWith(';'));
    return comment < 0 ? words : words.slice(0, comment);
  });
}

function limitNames(words: readonly string[]): { words: readonly string[]; droppedNames: boolean } {
  const { names } = new IgnoreEntries(words);
  if (names.length <= mostNamesOfFile) return { words, droppedNames: false };
  const dropped = new Set(names.slice(mostNamesOfFile));
  return { words: words.filter((word) => !dropped.has(word)), droppedNames: true };
}

function readText(file: number, maxBytes: number): { text: string; isWhole: boolean } {
  const bytes = Buffer.alloc(Math.min(fstatSync(file).size + 1, maxBytes + 1));
  let length = 0;
  for (;;) {
    const count = readSync(file, bytes, length, bytes.length - length, null);
    length += count;
    if (count === 0 || length === bytes.length) break;
  }
  const isWhole = length <= maxBytes;
  const text = bytes.toString('utf8', 0, Math.min(length, maxBytes)).replace(/^\uFEFF/, '');
  // A word that was cut could be another address.
  return { text: isWhole ? text : text.slice(0, text.lastIndexOf('\n') + 1), isWhole };
}

function stampOf({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return [dev, ino, size, mtimeMs, ctimeMs].join(' ');
}

/** Who, other than root and ourselves, may write the file or put another in its place. */
function writersOf(file: Stats, folder: Stats): string[] {
  const own = [0, process.geteuid?.() ?? 0];
  const isOpen = ({ uid, mode }: Stats, foreign: number): boolean =>
    !own.includes(uid) || (mode & foreign) !== 0;
  const isSticky = (folder.mode & 0o1000) !== 0;
  if (!isOpen(file, 0o022) && (isSticky || !isOpen(folder, 0o022))) return [];
  return ['others than root can write it, so they decide who is never banned'];
}
