import { type BigIntStats, linkSync, lstatSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { WarderError } from '../../base/index.ts';
import { encodePickle } from '../pickle/index.ts';
import { endMark } from './marks.ts';

const probeTimeoutMs = 1000;

/**
 * Makes way for a new socket: creates its folder, and removes a socket that nobody serves any more. Throws
 * `SOCKET_IN_USE` when a server is there, `SOCKET_PATH` when something else has the name. With `force`, a server that
 * accepts but does not answer a ping is taken for dead.
 */
export async function claimSocketPath(path: string, force: boolean): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  const stats = statOf(path);
  if (stats === undefined) return;
  if (!stats.isSocket()) {
    throw new WarderError('SOCKET_PATH', `${path} exists and is no socket`, {
      file: path,
      hint: 'remove it, or choose another path with -s',
    });
  }
  const state = await probeTwice(path, stats);
  if (state === 'answers' || (state === 'silent' && !force)) {
    throw new WarderError('SOCKET_IN_USE', 'Server already running', { file: path });
  }
  removeStale(path, stats);
}

/** Another server that is just starting has its socket for a moment before it listens there. */
const youngMs = 2000;
const patienceMs = 100;

async function probeTwice(path: string, stats: BigIntStats): Promise<'answers' | 'silent' | 'dead'> {
  const state = await probe(path);
  if (state !== 'dead' || Math.abs(Date.now() - Number(stats.ctimeMs)) > youngMs) return state;
  await new Promise((resolve) => setTimeout(resolve, patienceMs));
  return probe(path);
}

/**
 * Removes the socket that was looked at, and no other: one that a second starting server has put in its place meanwhile
 * goes back, and then binding fails.
 */
function removeStale(path: string, stats: BigIntStats): void {
  const aside = `${path}.stale-${process.pid}-${process.hrtime.bigint()}`;
  try {
    renameSync(path, aside);
    const moved = statOf(aside);
    // The number of an inode alone may have been given to a new one.
    const isSame = moved?.ino === stats.ino && moved.mtimeNs === stats.mtimeNs;
    if (moved !== undefined && !isSame) linkSync(aside, path);
  } catch (error) {
    // It went by itself, or there is a newer one already.
    if (!hasCode(error, 'ENOENT', 'EEXIST')) throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code));
}

/** What stands behind a socket: a server, one that accepts and says nothing, or nobody. */
function probe(path: string): Promise<'answers' | 'silent' | 'dead'> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let connected = false;
    const settle = (state: 'answers' | 'silent' | 'dead'): void => {
      socket.destroy();
      resolve(state);
    };
    socket.setTimeout(probeTimeoutMs, () => settle(connected ? 'silent' : 'dead'));
    socket.once('connect', () => {
      connected = true;
      socket.write(Buffer.concat([encodePickle(['ping']), Buffer.from(endMark)]));
    });
    socket.once('data', () => settle('answers'));
    socket.once('end', () => settle('silent'));
    // Only these two say that nobody is there; a server whose queue is full (`EAGAIN`) lives.
    socket.once('error', (error) =>
      settle(!connected && hasCode(error, 'ECONNREFUSED', 'ENOENT') ? 'dead' : 'silent'),
    );
  });
}

function statOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}
