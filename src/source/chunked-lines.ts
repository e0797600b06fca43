/** Cuts a stream of chunks into lines and keeps them until they are asked for. A line beyond the limit is dropped. */
export class ChunkedLines {
  readonly #longestBytes: number;
  #chunks: Buffer[] = [];
  #lines: Buffer[] = [];
  #partBytes = 0;
  #pendingBytes = 0;
  #dropping = false;
  #dropped = 0;

  constructor(longestBytes: number) {
    this.#longestBytes = longestBytes;
  }

  /** Bytes of whole lines that wait. */
  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  /** How many lines were dropped since this was asked last. */
  takeDropped(): number {
    const dropped = this.#dropped;
    this.#dropped = 0;
    return dropped;
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      this.#append(chunk.subarray(start, end));
      this.#finishLine();
      start = end + 1;
    }
    this.#append(chunk.subarray(start));
  }

  /** The next line without its line feed. */
  next(): Buffer | undefined {
    const line = this.#lines.shift();
    if (line !== undefined) this.#pendingBytes -= line.length;
    return line;
  }

  clear(): void {
    this.#chunks = [];
    this.#lines = [];
    this.#partBytes = 0;
    this.#pendingBytes = 0;
    this.#dropping = false;
  }

  #append(part: Buffer): void {
    if (this.#dropping || part.length === 0) return;
    this.#partBytes += part.length;
    if (this.#partBytes > this.#longestBytes) {
      this.#dropping = true;
      this.#chunks = [];
    } else this.#chunks.push(part);
  }

  #finishLine(): void {
    if (this.#dropping) this.#dropped += 1;
    else {
      const line = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks);
      this.#lines.push(line);
      this.#pendingBytes += line.length;
    }
    this.#chunks = [];
    this.#partBytes = 0;
    this.#dropping = false;
  }
}
