import { closeSync, openSync, writeSync } from 'node:fs';
import { describeError, type LogLevel, type LogRecord, WarderError } from '../../base/index.ts';
import type { WriteBytes } from './fd-sink.ts';
import type { OnTrouble, Sink } from './sink.ts';

/** Readable for the group, which Debian gives to `adm`. */
const fileMode = 0o640;
/** Characters that wait for the end of a step at most. */
const mostWaiting = 256 * 1024;
/** What says that something broke may be the last that is said. */
const urgent: ReadonlySet<LogLevel> = new Set(['ERROR', 'CRITICAL']);

/**
 * Lines for a file. Those of one step of the daemon are handed to the kernel together when the step ends, before anything
 * else happens: an error, an exit, a rotation and the end of the step find all lines before them written, in their order. A full
 * disk costs the lines that do not fit, and says so; nothing else stops.
 */
export class FileSink implements Sink {
  readonly path: string;
  readonly #onTrouble: OnTrouble;
  readonly #writeBytes: WriteBytes;
  #fd: number;
  #lines: string[] = [];
  #waiting = 0;
  #isScheduled = false;

  /** Throws `LOG_TARGET` when the file cannot be opened. */
  constructor(path: string, onTrouble: OnTrouble, writeBytes: WriteBytes = writeSync) {
    this.path = path;
    this.#onTrouble = onTrouble;
    this.#writeBytes = writeBytes;
    this.#fd = openLog(path);
  }

  write(text: string, { level }: LogRecord): void {
    this.#lines.push(text);
    this.#waiting += text.length;
    if (urgent.has(level) || this.#waiting > mostWaiting) this.#flush();
    else if (!this.#isScheduled) this.#flushSoon();
  }

  /** The old file stays in use when the new one cannot be opened. */
  reopen(): void {
    this.#flush();
    try {
      const next = openLog(this.path);
      closeSync(this.#fd);
      this.#fd = next;
    } catch (error) {
      this.#onTrouble(describeError(error));
    }
  }

  close(): void {
    this.#flush();
    closeSync(this.#fd);
  }

  /** After what runs now, and before anything that waits for it goes on; at the end of the process where that comes first. */
  #flushSoon(): void {
    this.#isScheduled = true;
    const flush = (): void => {
      process.off('exit', flush);
      this.#isScheduled = false;
      this.#flush();
    };
    process.on('exit', flush);
    queueMicrotask(flush);
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    let rest: Uint8Array = Buffer.from(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
    this.#waiting = 0;
    try {
      while (rest.length > 0) rest = rest.subarray(this.#writeBytes(this.#fd, rest));
    } catch (error) {
      this.#onTrouble(`cannot write to ${this.path}: ${describeError(error)}`);
    }
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a', fileMode);
  } catch (cause) {
    throw new WarderError('LOG_TARGET', `cannot open the log: ${describeError(cause)}`, {
      file: path,
      hint: 'create its folder, or set another logtarget',
      cause,
    });
  }
}
