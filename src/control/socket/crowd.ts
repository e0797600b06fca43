import { WarderError } from '../../base/index.ts';
import type { CommandRunner, Door } from './door.ts';

/** What the clients of the socket hold together, as far as the bounds go. */
export interface Member {
  /** Since when nothing is going on, or undefined while something is. */
  readonly idleSinceSec: number | undefined;
  /** Bytes of an answer that the client has not fetched, and since when it waits. */
  readonly unsentBytes: number;
  readonly unsentSinceSec: number;
}

/** The client that is idle for longest. */
export function longestIdle<T extends Member>(members: Iterable<T>): T | undefined {
  let longest: T | undefined;
  for (const member of members) {
    const since = member.idleSinceSec;
    if (since !== undefined && since < (longest?.idleSinceSec ?? Number.POSITIVE_INFINITY)) longest = member;
  }
  return longest;
}

/** Clients to be dropped, slowest first, until the answers that wait take no more than `maxBytes`; never `keep`. */
export function slowReaders<T extends Member>(members: Iterable<T>, maxBytes: number, keep: T): T[] {
  const waiting = [...members].filter((member) => member.unsentBytes > 0);
  let excess = waiting.reduce((sum, member) => sum + member.unsentBytes, 0) - maxBytes;
  const dropped: T[] = [];
  for (const member of waiting.sort((a, b) => a.unsentSinceSec - b.unsentSinceSec)) {
    if (excess <= 0) break;
    if (member === keep) continue;
    dropped.push(member);
    excess -= member.unsentBytes;
  }
  return dropped;
}

/** Answers every command with a polite no: the server has too many clients. */
export const turningAway: CommandRunner = {
  execute: async () => {
    throw new WarderError('SOCKET_BUSY', 'The server has too many clients', {
      hint: 'try again in a moment',
    });
  },
};

/** A door that closes behind its first answer. */
export function oneAnswer(door: Door): Door {
  return {
    mark: door.mark,
    ...(door.maxMessageBytes === undefined ? {} : { maxMessageBytes: door.maxMessageBytes }),
    handle: async (message) => ({ ...(await door.handle(message)), close: true }),
  };
}
