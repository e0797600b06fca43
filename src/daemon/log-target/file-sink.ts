import { closeSync, openSync, writeSync } from 'node:fs';
import { describeError, WarderError } from '../../base/index.ts';
import type { WriteBytes } from './fd-sink.ts';
import type { OnTrouble, Sink } from './sink.ts';

/** Readable for the group, which Debian gives to `adm`. */
const fileMode = 0o640;

/**
 * Lines for a file. Each is with the kernel before `write` returns. A full disk costs the lines that do not fit, and
 * says so; nothing else stops.
 */
export class FileSink implements Sink {
  readonly path: string;
  readonly #onTrouble: OnTrouble;
  readonly #writeBytes: WriteBytes;
  #fd: number;

  /** Throws `LOG_TARGET` when the file cannot be opened. */
  constructor(path: string, onTrouble: OnTrouble, writeBytes: WriteBytes = writeSync) {
    this.path = path;
    this.#onTrouble = onTrouble;
    this.#writeBytes = writeBytes;
    this.#fd = openLog(path);
  }

  write(text: string): void {
    let rest: Uint8Array = Buffer.from(`${text}\n`);
    try {
      while (rest.length > 0) rest = rest.subarray(this.#writeBytes(this.#fd, rest));
    } catch (error) {
      this.#onTrouble(`cannot write to ${this.path}: ${describeError(error)}`);
    }
  }

  /** The old file stays in use when the new one cannot be opened. */
  reopen(): void {
    try {
      const next = openLog(this.path);
      closeSync(this.#fd);
      this.#fd = next;
    } catch (error) {
      this.#onTrouble(describeError(error));
    }
  }

  close(): void {
    closeSync(this.#fd);
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
