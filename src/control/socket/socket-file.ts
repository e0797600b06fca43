import { lstatSync, mkdirSync, rmSync, type Stats } from 'node:fs';
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
  const state = await probe(path);
  if (state === 'answers' || (state === 'silent' && !force)) {
    throw new WarderError('SOCKET_IN_USE', 'Server already running', { file: path });
  }
  rmSync(path, { force: true });
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
    socket.once('error', () => settle(connected ? 'silent' : 'dead'));
  });
}

function statOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}
