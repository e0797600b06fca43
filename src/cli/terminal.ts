import { writeSync } from 'node:fs';

/** Where a program speaks to; a test collects it. */
export interface Terminal {
  /** Standard output, text with its line ends. */
  out(text: string): void;
  /** Standard error. */
  err(text: string): void;
  /** Standard output is a terminal: colours may be used. */
  readonly isTerminal: boolean;
}

/** The process's own output. Written at once; a reader that went away (`| head`) is no error. */
export function processTerminal(): Terminal {
  return {
    out: (text) => writeAll(1, text),
    err: (text) => writeAll(2, text),
    isTerminal: process.stdout.isTTY === true && process.env.NO_COLOR === undefined,
  };
}

const pauseMs = 5;

function writeAll(fd: number, text: string): void {
  let rest: Uint8Array = Buffer.from(text);
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      // A full pipe of a slow reader: wait for it. Anything else cannot be helped.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) return;
      Atomics.wait(pause, 0, 0, pauseMs);
    }
  }
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
