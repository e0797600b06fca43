/**
 * Cuts a stream of bytes into messages at a mark, which may be spread over several chunks. Every byte is searched once, however
 * small the chunks are.
 */
export class MessageReader {
  readonly #mark: Buffer;
  #chunks: Buffer[] = [];
  #size = 0;
  /** The last bytes before the next chunk: as many as can belong to a mark that goes on there. */
  #tail: Buffer = Buffer.alloc(0);

  constructor(mark: string) {
    this.#mark = Buffer.from(mark);
  }

  /** Bytes of a message that has not ended yet. */
  get pendingBytes(): number {
    return this.#size;
  }

  /** Takes a chunk and returns the messages that it completes, without their marks. */
  push(chunk: Buffer): Buffer[] {
    const messages: Buffer[] = [];
    let rest = chunk;
    for (;;) {
      const end = this.#findEnd(rest);
      if (end === undefined) break;
      messages.push(this.#take(rest, end));
      rest = rest.subarray(end);
    }
    if (rest.length > 0) this.#keep(rest);
    return messages;
  }

  /** Index behind the mark in `chunk`, seen together with what came before. */
  #findEnd(chunk: Buffer): number | undefined {
    const window = this.#tail.length === 0 ? chunk : Buffer.concat([this.#tail, chunk]);
    const at = window.indexOf(this.#mark);
    return at < 0 ? undefined : at + this.#mark.length - this.#tail.length;
  }

  #take(chunk: Buffer, end: number): Buffer {
    const whole = Buffer.concat([...this.#chunks, chunk.subarray(0, end)]);
    this.#chunks = [];
    this.#size = 0;
    this.#tail = Buffer.alloc(0);
    return whole.subarray(0, whole.length - this.#mark.length);
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const overlap = this.#mark.length - 1;
    const window = chunk.length >= overlap ? chunk : Buffer.concat([this.#tail, chunk]);
    this.#tail = Buffer.from(window.subarray(Math.max(0, window.length - overlap)));
  }
}
