import { WarderError } from '../../base/index.ts';

/** Only protocol 0 writes lines; to read their escapes takes long. */
const longestLine = 4 * 1024 * 1024;

/** Reads a pickle's bytes from front to back; running out of them throws `PICKLE_BROKEN`. */
export class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get position(): number {
    return this.#at;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next `length` bytes, without a copy. */
  take(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) {
      throw new WarderError('PICKLE_BROKEN', 'The pickle ends too early', { index: this.#at });
    }
    const slice = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return slice;
  }

  uint8(): number {
    return this.take(1).readUInt8();
  }

  uint16(): number {
    return this.take(2).readUInt16LE();
  }

  int32(): number {
    return this.take(4).readInt32LE();
  }

  uint32(): number {
    return this.take(4).readUInt32LE();
  }

  /** A length of eight bytes; one that no buffer can have ends the pickle as too short. */
  uint64(): number {
    return Number(this.take(8).readBigUInt64LE());
  }

  float64(): number {
    return this.take(8).readDoubleBE();
  }

  /** Up to the next newline, which is skipped; each byte as one character. No line is as long as a text may be. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#at);
    if (end < 0) throw new WarderError('PICKLE_BROKEN', 'The pickle ends too early', { index: this.#at });
    if (end - this.#at > longestLine) {
      throw new WarderError('PICKLE_LIMIT', 'A line of the pickle is too long', { index: this.#at });
    }
    const text = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return text;
  }
}
