import { connect, type Socket } from 'node:net';
import { type PythonValue, WarderError } from '../../base/index.ts';
import { type Answer, decodeAnswer, encodePickle, type PickleLimits } from '../pickle/index.ts';
import { closeMark, endMark } from '../socket/marks.ts';
import { MessageReader } from '../socket/message-reader.ts';

/** Answers may be larger than requests: a list of a million bans. */
const answerLimits: PickleLimits = {
  maxValues: 20_000_000,
  maxDepth: 60,
  maxText: 1024 * 1024 * 1024,
};

/**
 * The client's end of the control socket, for our server and for fail2ban's. Errors of the system (`ENOENT`,
 * `ECONNREFUSED`, `EACCES`, …) come as they are; silence beyond a timeout throws `CLIENT_TIMEOUT`, a connection that ends
 * before the answer `CLIENT_RESET`.
 */
export class ControlClient {
  readonly #socket: Socket;
  readonly #reader = new MessageReader(endMark);
  #settle: { resolve: (message: Buffer) => void; reject: (error: unknown) => void } | undefined;
  #failure: unknown;

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error) => this.#fail(error));
    socket.on('close', () => this.#fail(new WarderError('CLIENT_RESET', 'Connection reset by peer')));
  }

  /** Connects; while the server's queue of new clients is full (`EAGAIN`) it tries again. */
  static async open(path: string, timeoutMs = longestConnectMs): Promise<ControlClient> {
    return new ControlClient(await connectSocket(path, timeoutMs));
  }

  /** Sends one command and waits for its answer; without a timeout for as long as the server works on it. */
  send(words: readonly PythonValue[], timeoutMs?: number): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) {
        reject(this.#failure);
        return;
      }
      const timer = deadline(timeoutMs, () => this.#fail(timedOut()));
      this.#settle = {
        resolve: (message) => {
          clearTimeout(timer);
          try {
            resolve(decodeAnswer(message, answerLimits));
          } catch (error) {
            reject(error);
          }
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      };
      this.#socket.write(Buffer.concat([encodePickle([...words], endMark), Buffer.from(endMark)]));
    });
  }

  /** Says good-bye and ends the connection. */
  close(): void {
    if (this.#socket.destroyed) return;
    this.#failure ??= new WarderError('CLIENT_RESET', 'the connection was closed');
    this.#socket.end(closeMark + endMark, () => this.#socket.destroy());
  }

  #receive(chunk: Buffer): void {
    const [message] = this.#reader.push(chunk);
    if (message === undefined) return;
    const waiting = this.#settle;
    this.#settle = undefined;
    waiting?.resolve(message);
  }

  #fail(error: unknown): void {
    this.#failure ??= error;
    const waiting = this.#settle;
    this.#settle = undefined;
    waiting?.reject(error);
    this.#socket.destroy();
  }
}

/** A unix socket connects at once or not at all; this is for a server that is swamped. */
const longestConnectMs = 10_000;
const retryMs = 20;

/** A connection; while the server's queue of new clients is full (`EAGAIN`) it is tried again. */
export async function connectSocket(path: string, timeoutMs: number): Promise<Socket> {
  const endMs = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await connected(path, endMs - Date.now());
    } catch (error) {
      if (!isBusy(error) || Date.now() + retryMs > endMs) throw error;
      await new Promise((resolve) => setTimeout(resolve, retryMs));
    }
  }
}

function connected(path: string, timeoutMs: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const timer = setTimeout(() => {
      socket.destroy();
      reject(timedOut());
    }, timeoutMs);
    socket.once('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.removeAllListeners('error');
      resolve(socket);
    });
  });
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}

function deadline(timeoutMs: number | undefined, callback: () => void): NodeJS.Timeout | undefined {
  return timeoutMs === undefined ? undefined : setTimeout(callback, timeoutMs);
}

function timedOut(): WarderError {
  return new WarderError('CLIENT_TIMEOUT', 'timed out');
}
