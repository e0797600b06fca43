import { isUtf8 } from 'node:buffer';
import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
} from 'node:fs';
import { posix } from 'node:path';
import { WarderError } from '../../base/index.ts';

const largestFile = 1024 * 1024;
const mostLinks = 20;
const writableByOthers = 0o022n;

/**
 * The text of an action's file, read only if nobody but root could have written it: the file itself, every folder above it,
 * and every link on the way belong to root, and neither the file nor a folder can be written by a group or by everybody. The file that is
 * read is the one that was looked at. Throws `ACTION_SCRIPT_FILE` or `ACTION_SCRIPT_UNSAFE`.
 */
export function readTrustedSource(path: string, jail: string): string {
  let descriptor: number;
  try {
    // A pipe in its place must not hold the daemon up.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw unreadable(path, jail, cause instanceof Error ? cause.message : String(cause));
  }
  try {
    const opened = fstatSync(descriptor, { bigint: true });
    if (!opened.isFile()) throw unreadable(path, jail, 'it is no file');
    const found = checkWay(path, jail);
    if (found.ino !== opened.ino || found.dev !== opened.dev)
      throw unsafe(path, jail, 'it was replaced while it was read');
    return readText(descriptor, path, jail);
  } finally {
    closeSync(descriptor);
  }
}

/** Walks from the root to the file, through links, and looks at every step. Returns what the way ends at. */
function checkWay(path: string, jail: string): BigIntStats {
  const left = namesOf(posix.resolve(path));
  let links = 0;
  let at = '/';
  let stats = look(at, jail);
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    if (name === '..') {
      at = posix.dirname(at);
      continue;
    }
    const next = posix.join(at, name);
    stats = look(next, jail);
    if (!stats.isSymbolicLink()) {
      at = next;
      continue;
    }
    links += 1;
    if (links > mostLinks) throw unreadable(path, jail, 'there are too many links on the way');
    const target = readlinkSync(next);
    if (target.startsWith('/')) at = '/';
    left.unshift(...namesOf(target));
  }
  return stats;
}

function namesOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function look(path: string, jail: string): BigIntStats {
  let stats: BigIntStats;
  try {
    stats = lstatSync(path, { bigint: true });
  } catch (cause) {
    throw unreadable(path, jail, cause instanceof Error ? cause.message : String(cause));
  }
  if (stats.uid !== 0n) throw unsafe(path, jail, `${path} belongs to the user ${stats.uid}`);
  // Everybody may write a link, which means nothing: to change it takes the folder.
  if (!stats.isSymbolicLink() && (stats.mode & writableByOthers) !== 0n) {
    const mode = (stats.mode & 0o7777n).toString(8);
    throw unsafe(path, jail, `${path} can be written by others than root (mode ${mode})`);
  }
  return stats;
}

function readText(descriptor: number, path: string, jail: string): string {
  const buffer = Buffer.alloc(largestFile + 1);
  let length = 0;
  for (let count = -1; count !== 0 && length < buffer.length; length += count)
    count = readSync(descriptor, buffer, length, buffer.length - length, null);
  if (length > largestFile) throw unreadable(path, jail, `it is larger than ${largestFile} bytes`);
  const bytes = buffer.subarray(0, length);
  if (!isUtf8(bytes)) throw unreadable(path, jail, 'it is not UTF-8');
  return bytes.toString('utf8');
}

function unreadable(file: string, jail: string, reason: string): WarderError {
  return new WarderError('ACTION_SCRIPT_FILE', `the action's file cannot be read: ${reason}`, {
    file,
    jail,
    hint: 'the jail bans without it',
  });
}

function unsafe(file: string, jail: string, reason: string): WarderError {
  return new WarderError('ACTION_SCRIPT_UNSAFE', `the action's file is not run, since ${reason}`, {
    file,
    jail,
    hint: 'chown root and chmod go-w the file and all folders above it; the jail bans without it',
  });
}
