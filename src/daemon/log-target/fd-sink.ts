import { writeSync } from 'node:fs';
import { type Clock, describeError } from '../../base/index.ts';
import { maxQueuedBytes, type OnTrouble, type Sink } from './sink.ts';

/** Writes bytes to a file descriptor and returns how many were taken; `fs.writeSync` in operation. */
export type WriteBytes = (fd: number, bytes: Uint8Array) => number;

const retrySec = 0.05;
const closeTries = 50;
const closePauseMs = 10;

/**
 * Lines for an open descriptor: standard output and error. Each is handed to the kernel before `write` returns, so that
 * a line that was announced survives any end of this process. Only a full pipe makes lines wait, up to a bound.
 */
export class FdSink implements Sink {
  readonly #fd: number;
  readonly #clock: Clock;
  readonly #onTrouble: OnTrouble;
  readonly #writeBytes: WriteBytes;
  #queue: Buffer[] = [];
  #queuedBytes = 0;
  #dropped = 0;
  #retrying = false;

  constructor(fd: number, clock: Clock, onTrouble: OnTrouble, writeBytes: WriteBytes = writeSync) {
    this.#fd = fd;
    this.#clock = clock;
    this.#onTrouble = onTrouble;
    this.#writeBytes = writeBytes;
  }

  write(text: string): void {
    const bytes = Buffer.from(`${text}\n`);
    if (this.#queuedBytes + bytes.length > maxQueuedBytes) {
      this.#dropped += 1;
      return;
    }
    this.#queue.push(bytes);
    this.#queuedBytes += bytes.length;
    if (!this.#retrying) this.#drain();
  }

  close(): void {
    const pause = new Int32Array(new SharedArrayBuffer(4));
    for (let i = 0; i < closeTries && this.#queue.length > 0; i += 1) {
      this.#drain();
      if (this.#queue.length > 0) Atomics.wait(pause, 0, 0, closePauseMs);
    }
  }

  #drain(): void {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const taken = this.#tryWrite(next);
      if (taken === undefined) return;
      this.#queuedBytes -= taken;
      if (taken < next.length) this.#queue[0] = next.subarray(taken);
      else this.#queue.shift();
    }
    if (this.#dropped === 0) return;
    this.#onTrouble(`${this.#dropped} log messages were dropped: nobody reads them fast enough`);
    this.#dropped = 0;
  }

  /** Bytes taken, or undefined when there is no room now. */
  #tryWrite(bytes: Buffer): number | undefined {
    try {
      return this.#writeBytes(this.#fd, bytes);
    } catch (error) {
      if (isAgain(error)) {
        this.#retryLater();
        return undefined;
      }
      // A reader that went away (EPIPE) or a closed descriptor: nothing can be said there any more.
      this.#onTrouble(`cannot write the log: ${describeError(error)}`);
      return bytes.length;
    }
  }

  #retryLater(): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#clock.after(retrySec, () => {
      this.#retrying = false;
      this.#drain();
    });
  }
}

function isAgain(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
