import { createServer, type Server, type Socket } from 'node:net';
import {
  type Clock,
  describeError,
  escapeControl,
  type Logger,
  systemClock,
  WarderError,
} from '../../base/index.ts';
import type { Dispatcher } from '../dispatcher.ts';
import { EventHub } from '../events/hub.ts';
import { Connection, type ConnectionHost } from './connection.ts';
import { longestIdle, oneAnswer, slowReaders, turningAway } from './crowd.ts';
import type { CommandRunner, Door, DoorPort } from './door.ts';
import { JsonDoor } from './json-door.ts';
import { defaultSocketLimits, type SocketLimits } from './limits.ts';
import { PickleDoor } from './pickle-door.ts';
import { claimSocketPath } from './socket-file.ts';

const loggerName = 'fail2ban.asyncserver';
/** First bytes of JSON; none of them begins a pickle. */
const jsonBytes: readonly number[] = Array.from('{[ \t\r\n', (char) => char.charCodeAt(0));

/** Clients beyond the limit that are told so, each within this time; further ones are cut off without a word. */
const mostTurnedAway = 32;
const turnAwaySec = 2;

export interface ControlServerOptions {
  readonly path: string;
  readonly dispatcher: Dispatcher;
  readonly logger: Logger;
  /** Where clients hear what happens; without one nothing ever does. */
  readonly events?: EventHub;
  /** Take over from a server that accepts but does not answer (`-x`). */
  readonly force?: boolean;
  readonly clock?: Clock;
  readonly limits?: Partial<SocketLimits>;
}

/** The control socket: only its owner may connect, and each client is bounded on its own. */
export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #limits: SocketLimits;
  readonly #clock: Clock;
  readonly #connections = new Set<Connection>();
  readonly #turnedAway = new Set<Connection>();
  readonly #events: EventHub;
  #server: Server | undefined;

  constructor(options: ControlServerOptions) {
    this.#options = options;
    this.#limits = { ...defaultSocketLimits, ...options.limits };
    this.#clock = options.clock ?? systemClock;
    this.#events = options.events ?? new EventHub();
  }

  /** Number of clients at the moment. */
  get connectionCount(): number {
    return this.#connections.size;
  }

  /** Opens the socket. Throws `SOCKET_IN_USE`, `SOCKET_PATH`, or `SOCKET_FAILED` when it cannot be made. */
  async start(): Promise<void> {
    const { path, force } = this.#options;
    await claimSocketPath(path, force ?? false);
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: false }, (socket) =>
      this.#accept(socket),
    );
    await listenPrivately(server, path);
    server.on('error', (error) => this.#warn(`accept failed: ${error.message}`));
    this.#server = server;
  }

  /**
   * Closes the socket, whose file goes too. Clients get the answer that is being worked on, for at most
   * `closeTimeoutSec`.
   */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const connection of this.#turnedAway) connection.destroy();
    for (const connection of this.#connections) connection.close();
    const cancel = this.#clock.after(this.#limits.closeTimeoutSec, () => {
      for (const connection of this.#connections) connection.destroy();
    });
    await closed;
    cancel();
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= this.#limits.maxConnections && !this.#makeRoom()) this.#turnAway(socket);
    else this.#take(socket, this.#connections, this.#host());
  }

  #take(socket: Socket, crowd: Set<Connection>, host: ConnectionHost): void {
    const connection = new Connection(socket, host);
    crowd.add(connection);
    connection.start(() => crowd.delete(connection));
  }

  /** Drops the client that is idle for longest. */
  #makeRoom(): boolean {
    const longest = longestIdle(this.#connections);
    if (longest === undefined) return false;
    this.#connections.delete(longest);
    longest.destroy();
    return true;
  }

  /** Answers a client too many in its own language, once. */
  #turnAway(socket: Socket): void {
    this.#warn(`a client was refused: ${this.#connections.size} are connected and busy`);
    if (this.#turnedAway.size >= mostTurnedAway) {
      socket.destroy();
      return;
    }
    const limits = {
      ...this.#limits,
      maxRequestBytes: 64 * 1024,
      silentTimeoutSec: turnAwaySec,
      requestTimeoutSec: turnAwaySec,
      answerTimeoutSec: turnAwaySec,
    };
    this.#take(socket, this.#turnedAway, {
      ...this.#host(),
      limits,
      chooseDoor: (firstByte, port) => oneAnswer(this.#makeDoor(firstByte, port, turningAway, 0)),
    });
  }

  #host(): ConnectionHost {
    const { dispatcher } = this.#options;
    return {
      clock: this.#clock,
      limits: this.#limits,
      chooseDoor: (firstByte, port) =>
        this.#makeDoor(firstByte, port, dispatcher, this.#limits.maxSubscribers),
      pendingBytes: () => {
        let sum = 0;
        for (const connection of this.#connections) sum += connection.pendingBytes;
        return sum;
      },
      sending: (connection) => {
        const { maxUnsentBytes } = this.#limits;
        for (const slow of slowReaders(this.#connections, maxUnsentBytes, connection)) {
          slow.destroy('it is slow to fetch its answer, and others need the room');
        }
      },
      dropped: (reason) => this.#warn(`a client was dropped: ${reason}`),
    };
  }

  #makeDoor(firstByte: number, port: DoorPort, runner: CommandRunner, maxSubscribers: number): Door {
    const { logger } = this.#options;
    if (!jsonBytes.includes(firstByte)) return new PickleDoor(runner, logger);
    return new JsonDoor({ runner, events: this.#events, port, clock: this.#clock, maxSubscribers });
  }

  #warn(message: string): void {
    this.#options.logger.log('WARNING', loggerName, escapeControl(message));
  }
}

/** Listens on a socket that has mode 0700 from its first moment on. */
async function listenPrivately(server: Server, path: string): Promise<void> {
  // The file is created within listen(), before anything else can run in this thread.
  const umask = process.umask(0o077);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ path, backlog: 1024 }, () => {
        server.off('error', reject);
        resolve();
      });
      process.umask(umask);
    });
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE') {
      throw new WarderError('SOCKET_IN_USE', 'Server already running', { file: path, cause });
    }
    const message = `Unable to bind socket ${path}: ${describeError(cause)}`;
    throw new WarderError('SOCKET_FAILED', message, { file: path, cause });
  } finally {
    process.umask(umask);
  }
}
