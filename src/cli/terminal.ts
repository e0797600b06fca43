import { writeSync } from 'node:fs';

/** Where a program speaks to; a test collects it. */
export interface Terminal {
  /** Standard output, text with its line ends. */
  out(text: string): void;
  /** Standard error. */
  err(text: string): void;
  /** Standard output is a terminal: colours may be used. */
  readonly isTerminal: boolean;
  /** Whoever read standard output is gone, as far as the last words to it have shown. */
  readonly isClosed?: boolean;
}

/** The process's own output. Written at once; a reader that went away (`| head`) is no error. */
export function processTerminal(): Terminal {
  let isClosed = false;
  return {
    out: (text) => {
      if (!writeAll(1, text)) isClosed = true;
    },
    err: (text) => void writeAll(2, text),
    isTerminal: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
    get isClosed() {
      return isClosed;
    },
  };
}

const pauseMs = 5;

/** Returns whether all of it could be written. */
function writeAll(fd: number, text: string): boolean {
  let rest: Uint8Array = Buffer.from(text);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      // A full pipe of a slow reader: wait for it. Anything else cannot be helped.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return false;
      Atomics.wait(pause, 0, 0, pauseMs);
    }
  }
  return true;
}

/** Collects what is said; for tests. */
export class MemoryTerminal implements Terminal {
  stdout = '';
  stderr = '';
  readonly isTerminal = false;

  out(text: string): void {
    this.stdout += text;
  }

  err(text: string): void {
    this.stderr += text;
  }
}
