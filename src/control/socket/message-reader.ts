const firstRoom = 1024;

/**
 * Cuts a stream of bytes into messages at a mark, which may be spread over several chunks. Every byte is searched once, and
 * what waits takes little more room than its bytes, however small the chunks are.
 */
export class MessageReader {
  readonly #mark: Buffer;
  #kept: Buffer = Buffer.alloc(0);
  #size = 0;

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  /** Bytes of a message that has not ended yet. */
  get pendingBytes(): number {
    return this.#size;
  }

  /** Takes a chunk and returns the messages that it completes, without their marks. */
  push(chunk: Buffer): Buffer[] {
    const mark = this.#mark;
    const messages: Buffer[] = [];
    let rest = chunk;
    if (this.#size > 0) {
      // The mark may have begun in what is kept.
      const from = Math.max(0, this.#size - mark.length + 1);
      this.#keep(chunk);
      const kept = this.#kept.subarray(0, this.#size);
      const at = kept.indexOf(mark, from);
      if (at < 0) return messages;
      messages.push(kept.subarray(0, at));
      rest = kept.subarray(at + mark.length);
      this.#kept = Buffer.alloc(0);
      this.#size = 0;
    }
    for (let at = rest.indexOf(mark); at >= 0; at = rest.indexOf(mark)) {
      messages.push(rest.subarray(0, at));
      rest = rest.subarray(at + mark.length);
    }
    if (rest.length > 0) this.#keep(rest);
    return messages;
  }

  #keep(bytes: Buffer): void {
    const size = this.#size + bytes.length;
    if (size > this.#kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(size, Math.ceil(this.#kept.length * 1.5), firstRoom));
      this.#kept.copy(larger, 0, 0, this.#size);
      this.#kept = larger;
    }
    bytes.copy(this.#kept, this.#size);
    this.#size = size;
  }
}
