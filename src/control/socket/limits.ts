/** Bounds of the control socket. What goes beyond costs one client, never the daemon. */
export interface SocketLimits {
  /** Clients at a time. A further one takes the place of the one that is idle for longest; if none is idle it is refused. */
  readonly maxConnections: number;
  /** Clients that listen to the live stream at a time. */
  readonly maxSubscribers: number;
  /** Bytes of one request. */
  readonly maxRequestBytes: number;
  /** Bytes of unfinished requests of all clients together. */
  readonly maxPendingBytes: number;
  /** Bytes of answers that wait to be fetched, of all clients together. */
  readonly maxUnsentBytes: number;
  /** A client that connects must say something within this time. */
  readonly silentTimeoutSec: number;
  /** A client that has said something may be idle for so long. */
  readonly idleTimeoutSec: number;
  /** A request that began must have ended within this time. */
  readonly requestTimeoutSec: number;
  /** A client must have fetched its answer within this time. */
  readonly answerTimeoutSec: number;
  /** At the end, clients get this long to fetch their last answer. */
  readonly closeTimeoutSec: number;
}

export const defaultSocketLimits: SocketLimits = {
  maxConnections: 300,
  maxSubscribers: 50,
  maxRequestBytes: 32 * 1024 * 1024,
  maxPendingBytes: 64 * 1024 * 1024,
  maxUnsentBytes: 128 * 1024 * 1024,
  silentTimeoutSec: 60,
  idleTimeoutSec: 3600,
  requestTimeoutSec: 30,
  answerTimeoutSec: 30,
  closeTimeoutSec: 2,
};
