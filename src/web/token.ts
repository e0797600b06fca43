import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { WarderError } from '../base/index.ts';

/** A shorter one could be guessed. */
const leastLength = 24;
const mostBytes = 1024;

/**
 * The token of a file; makes file and token where there is none, readable by its owner only from its first moment on.
 * Throws `WEB_TOKEN` for a file that others could have read or written, or that holds no token.
 */
export function ensureToken(path: string): string {
  const known = readToken(path);
  if (known !== undefined) return known;
  const token = randomBytes(24).toString('base64url');
  try {
    createToken(path, token);
  } catch (cause) {
    throw new WarderError('WEB_TOKEN', 'the token of the page cannot be written', { file: path, cause });
  }
  return readToken(path) ?? token;
}

/** The token of a file; undefined where there is no such file. Throws `WEB_TOKEN`. */
export function readToken(path: string): string | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return undefined;
    throw new WarderError('WEB_TOKEN', 'the token of the page cannot be read', { file: path, cause });
  }
  try {
    return checkedToken(file, path);
  } finally {
    closeSync(file);
  }
}

/** What the page's process compares with. */
export function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

function checkedToken(file: number, path: string): string {
  const stat = fstatSync(file);
  const owner = process.getuid?.() ?? 0;
  const isPrivate = stat.isFile() && (stat.uid === owner || stat.uid === 0) && (stat.mode & 0o077) === 0;
  if (!isPrivate) {
    throw new WarderError('WEB_TOKEN', 'others can read or change the token of the page', {
      file: path,
      hint: 'make it a file of root with mode 600, or delete it: a new one is made',
    });
  }
  const bytes = Buffer.alloc(mostBytes);
  const text = bytes.toString('utf8', 0, readSync(file, bytes)).trim();
  if (text.length < leastLength || !/^[\x21-\x7e]+$/.test(text)) {
    throw new WarderError(
      'WEB_TOKEN',
      `the token of the page has fewer than ${leastLength} plain characters`,
      {
        file: path,
        hint: 'delete the file, a new token is made; or write one, as by: openssl rand -hex 24',
      },
    );
  }
  return text;
}

/** Whole or not at all: a link to a finished file takes the name, if nobody was faster. */
function createToken(path: string, token: string): void {
  const temporary = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
  const file = openSync(temporary, flags, 0o600);
  try {
    writeSync(file, `${token}\n`);
    linkSync(temporary, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    closeSync(file);
    unlinkSync(temporary);
  }
}
