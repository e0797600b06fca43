/** Longest part of a line in which a date is looked for. */
const mostBytes = 512;
/** So far behind the date its reading may look. */
const margin = 16;
/** Stands for whatever is not ASCII. */
const stranger = 0xff;

/** The beginning of a text as bytes, each for one UTF-16 unit, so that indices are the same. */
export class TextBytes {
  readonly bytes = new Uint8Array(mostBytes);
  /** Where the text ends, or as much of it as was taken. */
  end = 0;
  #isWhole = true;

  /** Takes so much of the text's beginning. */
  take(text: string, most: number): void {
    this.#isWhole = text.length <= most;
    this.end = Math.min(text.length, most, mostBytes);
    for (let at = 0; at < this.end; at += 1) {
      const unit = text.charCodeAt(at);
      this.bytes[at] = unit < 0x80 ? unit : stranger;
    }
  }

  /** Whether a date that ends here was read without the missing rest. */
  isSafe(dateEnd: number): boolean {
    return this.#isWhole || dateEnd + margin <= this.end;
  }
}
