import type { Socket } from 'node:net';
import { type Clock, describeError } from '../../base/index.ts';
import type { Member } from './crowd.ts';
import type { Door, DoorPort } from './door.ts';
import type { SocketLimits } from './limits.ts';
import { MessageReader } from './message-reader.ts';

/** What a connection needs of the server around it. */
export interface ConnectionHost {
  readonly clock: Clock;
  readonly limits: SocketLimits;
  /** Chooses the door by the first byte. */
  chooseDoor(firstByte: number, port: DoorPort): Door;
  /** Bytes of unfinished requests over all connections, this one included. */
  pendingBytes(): number;
  /** An answer is about to be sent; others that are slow to fetch theirs may have to go. */
  sending(connection: Connection): void;
  /** Says why a client was dropped. */
  dropped(reason: string): void;
}

/**
 * One client: its requests are answered one after the other. While one is worked on nothing more is read, so a client
 * that sends without fetching answers fills its own socket buffer and nothing else.
 */
export class Connection implements Member {
  readonly #socket: Socket;
  readonly #host: ConnectionHost;
  #door: Door | undefined;
  #reader: MessageReader | undefined;
  #waiting: Buffer[] = [];
  #busy = false;
  /** Nothing more is read or worked on. */
  #ending = false;
  /** The client sends nothing more. */
  #clientDone = false;
  #cancelTimer: (() => void) | undefined;
  /** The timer is that of a request that has begun. */
  #isTimingRequest = false;
  #idleSinceSec: number;
  #unsentBytes = 0;
  #unsentSinceSec = 0;

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
      this.#door?.abandon?.();
      onClosed();
    });
    this.#awaitRequest();
  }

  /** Bytes of a request that has not ended. */
  get pendingBytes(): number {
    return this.#reader?.pendingBytes ?? 0;
  }

  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  get unsentSinceSec(): number {
    return this.#unsentSinceSec;
  }

  get idleSinceSec(): number | undefined {
    const isIdle = !this.#busy && this.pendingBytes === 0 && this.#door?.isStreaming !== true;
    return isIdle ? this.#idleSinceSec : undefined;
  }

  /** Lets the client fetch the answer that is being worked on, then ends. */
  close(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#door?.end?.('the server ends');
    if (!this.#busy) this.#end();
  }

  /** Ends at once, and says why if that is worth a line in the log. */
  destroy(reason?: string): void {
    if (reason === undefined) this.#socket.destroy();
    else this.#drop(reason);
  }

  #receive(chunk: Buffer): void {
    if (this.#ending) return;
    this.#door ??= this.#host.chooseDoor(chunk[0]!, this.#port());
    this.#reader ??= new MessageReader(this.#door.mark);
    const messages = this.#reader.push(chunk);
    this.#waiting = this.#waiting.length === 0 ? messages : [...this.#waiting, ...messages];
    const { limits } = this.#host;
    const mostBytes = Math.min(limits.maxRequestBytes, this.#door.maxMessageBytes ?? limits.maxRequestBytes);
    if (this.pendingBytes > mostBytes || this.#waiting.some((message) => message.length > mostBytes))
      this.#drop('its request is too long');
    else if (this.#host.pendingBytes() > limits.maxPendingBytes)
      this.#drop('all requests together are too long');
    else if (!this.#busy) this.#proceed();
  }

  #proceed(): void {
    if (this.#waiting.length > 0) {
      this.#work().catch((error: unknown) => this.#drop(`of an internal error: ${describeError(error)}`));
    } else if (!this.#isTimingRequest) {
      this.#awaitRequest();
    }
  }

  async #work(): Promise<void> {
    this.#busy = true;
    this.#stopTimer();
    this.#socket.pause();
    // What arrives meanwhile (a chunk that was on its way at the pause) is worked on in its turn.
    for (let at = 0; at < this.#waiting.length; at += 1) {
      const message = this.#waiting[at] as Buffer;
      const reply = await this.#door!.handle(message);
      if (reply.bytes !== undefined) await this.#send(reply.bytes);
      if (reply.close) this.#ending = true;
      if (this.#ending || this.#socket.destroyed) break;
    }
    this.#waiting = [];
    this.#busy = false;
    this.#idleSinceSec = this.#host.clock.nowSec();
    if (this.#ending || (this.#clientDone && this.#door?.isStreaming !== true)) this.#end();
    else this.#awaitRequest();
  }

  /** Resolves when the client has taken the answer, or is gone. */
  async #send(bytes: Buffer): Promise<void> {
    if (this.#socket.destroyed) return;
    const { clock, limits } = this.#host;
    this.#unsentBytes = bytes.length;
    this.#unsentSinceSec = clock.nowSec();
    this.#host.sending(this);
    this.#startTimer(limits.answerTimeoutSec, 'it does not fetch its answer');
    await new Promise<void>((resolve) => {
      this.#socket.once('close', resolve);
      this.#socket.write(bytes, () => {
        this.#socket.off('close', resolve);
        resolve();
      });
    });
    this.#unsentBytes = 0;
    this.#stopTimer();
  }

  #awaitRequest(): void {
    const { requestTimeoutSec, silentTimeoutSec, idleTimeoutSec } = this.#host.limits;
    if (this.pendingBytes > 0) {
      this.#startTimer(requestTimeoutSec, 'its request does not end');
      this.#isTimingRequest = true;
    } else if (this.#door === undefined) {
      this.#startTimer(silentTimeoutSec, 'it says nothing');
    } else if (this.#door.isStreaming !== true) {
      this.#startTimer(idleTimeoutSec, 'it has said nothing for long');
    }
    this.#socket.resume();
  }

  /** The client still gets the answers to what it asked, and the stream if it listens to it. */
  #clientEnded(): void {
    this.#clientDone = true;
    this.#door?.clientDone?.();
    if (!this.#busy && !this.#ending && this.#door?.isStreaming !== true) this.#end();
  }

  #end(): void {
    this.#ending = true;
    this.#startTimer(this.#host.limits.answerTimeoutSec, 'it does not close');
    this.#socket.end(() => this.#socket.destroy());
  }

  #drop(reason: string): void {
    this.#ending = true;
    this.#host.dropped(reason);
    this.#socket.destroy();
  }

  #port(): DoorPort {
    return {
      write: (text, done) => {
        if (this.#socket.writable) this.#socket.write(text, () => done());
      },
      drop: (reason) => this.#drop(reason),
    };
  }

  #startTimer(delaySec: number, reason: string): void {
    this.#stopTimer();
    this.#cancelTimer = this.#host.clock.after(delaySec, () => this.#drop(reason));
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#isTimingRequest = false;
  }
}
