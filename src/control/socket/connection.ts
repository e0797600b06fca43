import type { Socket } from 'node:net';
import { type Clock, describeError } from '../../base/index.ts';
import type { Door } from './door.ts';
import type { SocketLimits } from './limits.ts';
import { MessageReader } from './message-reader.ts';

/** What a connection needs of the server around it. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly limits: SocketLimits;
  /** Chooses the door by the first byte. */
  chooseDoor(firstByte: number): Door;
  /** Bytes of unfinished requests over all connections, this one included. */
  pendingBytes(): number;
  /** Says why a client was dropped. */
  dropped(reason: string): void;
}

/**
 * One client: its requests are answered one after the other. While one is worked on nothing more is read, so a client
 * that sends without fetching answers fills its own socket buffer and nothing else.
 */
export class Connection {
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  #door: Door | undefined;
  #reader: MessageReader | undefined;
  readonly #waiting: Buffer[] = [];
  #busy = false;
  /** Nothing more is read or worked on. */
  #ending = false;
  /** The client sends nothing more. */
  #clientDone = false;
  #cancelTimer: (() => void) | undefined;
  #idleSinceSec: number;

  constructor(socket: Socket, host: ConnectionHost) {
    this.#socket = socket;
    this.#host = host;
    this.#idleSinceSec = host.clock.nowSec();
  }

  /** Begins to listen to the client. `onClosed` is called once, when the connection is gone. */
  start(onClosed: () => void): void {
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('end', () => this.#clientEnded());
    // An error is always followed by 'close'; a client that went away is nothing to report.
    this.#socket.on('error', () => undefined);
    this.#socket.once('close', () => {
      this.#stopTimer();
      onClosed();
    });
  }

  /** Bytes of a request that has not ended. */
  get pendingBytes(): number {
    return this.#reader?.pendingBytes ?? 0;
  }

  /** Since when nothing is going on, or undefined while something is. */
  get idleSinceSec(): number | undefined {
    return this.#busy || this.pendingBytes > 0 ? undefined : this.#idleSinceSec;
  }

  /** Lets the client fetch the answer that is being worked on, then ends. */
  close(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (!this.#busy) this.#end();
  }

  /** Ends at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    if (this.#ending) return;
    this.#door ??= this.#host.chooseDoor(chunk[0]!);
    this.#reader ??= new MessageReader(this.#door.mark);
    this.#waiting.push(...this.#reader.push(chunk));
    const { limits } = this.#host;
    if (this.pendingBytes > limits.maxRequestBytes) this.#drop('its request is too long');
    else if (this.#host.pendingBytes() > limits.maxPendingBytes)
      this.#drop('all requests together are too long');
    else if (!this.#busy) this.#proceed();
  }

  #proceed(): void {
    if (this.#waiting.length > 0) {
      this.#work().catch((error: unknown) => this.#drop(`of an internal error: ${describeError(error)}`));
    } else if (this.#cancelTimer === undefined) {
      this.#awaitRequest();
    }
  }

  async #work(): Promise<void> {
    this.#busy = true;
    this.#stopTimer();
    this.#socket.pause();
    for (let message = this.#waiting.shift(); message !== undefined; message = this.#waiting.shift()) {
      const reply = await this.#door!.handle(message);
      if (reply.bytes !== undefined) await this.#send(reply.bytes);
      if (reply.close) this.#ending = true;
      if (this.#ending || this.#socket.destroyed) break;
    }
    this.#busy = false;
    this.#idleSinceSec = this.#host.clock.nowSec();
    if (this.#ending || this.#clientDone) this.#end();
    else this.#awaitRequest();
  }

  /** Resolves when the client has taken the answer, or is gone. */
  async #send(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed) return;
    this.#startTimer(this.#host.limits.answerTimeoutSec, 'it does not fetch its answer');
    await new Promise<void>((resolve) => {
      this.#socket.once('close', resolve);
      this.#socket.write(bytes, () => {
        this.#socket.off('close', resolve);
        resolve();
      });
    });
    this.#stopTimer();
  }

  #awaitRequest(): void {
    if (this.pendingBytes > 0) {
      this.#startTimer(this.#host.limits.requestTimeoutSec, 'its request does not end');
    }
    this.#socket.resume();
  }

  /** The client still gets the answers to what it asked. */
  #clientEnded(): void {
    this.#clientDone = true;
    if (!this.#busy && !this.#ending) this.#end();
  }

  #end(): void {
    this.#ending = true;
    this.#stopTimer();
    this.#startTimer(this.#host.limits.answerTimeoutSec, 'it does not close');
    this.#socket.end(() => this.#socket.destroy());
  }

  #drop(reason: string): void {
    this.#ending = true;
    this.#host.dropped(reason);
    this.#socket.destroy();
  }

  #startTimer(delaySec: number, reason: string): void {
    this.#cancelTimer?.();
    this.#cancelTimer = this.#host.clock.after(delaySec, () => this.#drop(reason));
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
