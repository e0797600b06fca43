import { rarestWindow } from './byte-rarity.ts';

/** A text to look for in the bytes of a log. */
export interface Literal {
  /** At least two bytes, no line feed; with `ignoreCase` its ASCII letters are in lower case. */
  readonly bytes: Buffer;
  /** ASCII letters count in either case. */
  readonly ignoreCase: boolean;
  /** Holds bytes beyond ASCII. */
  readonly isForeign: boolean;
}

/** What is looked at of each literal first, at most; a longer window skips more bytes at once. */
const longestWindow = 16;
/** Slots of the table: few enough to stay in the processor's nearest cache. Pairs that share one cost a comparison. */
const slots = 4096;
const none = -1;
/** All bits of a byte but the one that tells lower from upper case. */
const caseMask = 0xdf;

/**
 * Finds several literals in one pass (Wu and Manber's way): of each literal a window is chosen, all of the same length.
 * A table tells for each pair of bytes how far the window may be moved when it ends with that pair; only where that
 * is nowhere are the literals with such a window compared. So most bytes are never looked at, and the cost hardly grows
 * with the number of literals. It works on any memory, a shared one too, and makes no string.
 */
export class LiteralScanner {
  readonly #literals: readonly Literal[];
  /** Length of the windows. */
  readonly #length: number;
  /** How far to move on, by the pair of bytes at the window's end; 0: compare. */
  readonly #shift = new Uint8Array(slots);
  /** First entry by pair, and the next one by entry. */
  readonly #first = new Int32Array(slots).fill(none);
  readonly #next: Int32Array;
  /** Where each literal's window ends in it. */
  readonly #windowEnd: Int32Array;
  readonly #entryLiteral: Int32Array;
  /** The first byte of each entry's window. */
  readonly #entryByte: Uint8Array;
  /** All literals behind each other, and where each begins. */
  readonly #text: Uint8Array;
  readonly #textStart: Int32Array;
  /** By byte: the byte with ASCII letters in lower case. */
  readonly #lower: Uint8Array;
  /** What the last call of `next` found; only the first `foundCount`. */
  readonly found: Int32Array;
  foundCount = 0;

  constructor(literals: readonly Literal[]) {
    this.#literals = literals;
    this.found = new Int32Array(literals.length * 4);
    this.#length = Math.min(longestWindow, ...literals.map(({ bytes }) => bytes.length));
    this.#lower = Uint8Array.from({ length: 256 }, (_, byte) =>
      byte >= 65 && byte <= 90 ? byte + 32 : byte,
    );
    this.#text = Buffer.concat(literals.map(({ bytes }) => bytes));
    this.#textStart = new Int32Array(literals.length);
    this.#windowEnd = new Int32Array(literals.length);
    const entries: { pair: number; literal: number }[] = [];
    this.#shift.fill(Math.max(1, this.#length - 1));
    let start = 0;
    for (const [index, { bytes, ignoreCase }] of literals.entries()) {
      this.#textStart[index] = start;
      start += bytes.length;
      const from = rarestWindow(bytes, this.#length);
      this.#windowEnd[index] = from + this.#length - 1;
      for (let at = 0; at < this.#length - 1; at += 1) {
        const distance = this.#length - 2 - at;
        for (const pair of spellings(bytes[from + at]!, bytes[from + at + 1]!, ignoreCase)) {
          this.#shift[pair] = Math.min(this.#shift[pair]!, distance);
          if (distance === 0) entries.push({ pair, literal: index });
        }
      }
    }
    this.#next = new Int32Array(entries.length).fill(none);
    this.#entryLiteral = Int32Array.from(entries, ({ literal }) => literal);
    this.#entryByte = Uint8Array.from(this.#entryLiteral, (literal) => {
      return literals[literal]!.bytes[this.#windowEnd[literal]! - this.#length + 1]!;
    });
    for (const [index, { pair }] of entries.entries()) {
      this.#next[index] = this.#first[pair]!;
      this.#first[pair] = index;
    }
  }

  /**
   * Looks for the first window that ends at `from` or later, and with which a literal lies between `lowest` and `end`.
   * Returns the index behind it, to go on from, and leaves the literals in `found`; -1 when there is none.
   */
  next(bytes: Uint8Array, from: number, lowest: number, end: number): number {
    const shift = this.#shift;
    const firstBytes = this.#entryByte;
    const last = this.#length - 1;
    this.foundCount = 0;
    for (let at = from; at < end; ) {
      const slot = ((bytes[at - 1]! << 5) ^ bytes[at]!) & 4095;
      const distance = shift[slot]!;
      if (distance !== 0) {
        at += distance;
        continue;
      }
      for (let entry = this.#first[slot]!; entry !== none; entry = this.#next[entry]!) {
        // Mostly the first byte tells; the case of letters is left to the comparison.
        if (((bytes[at - last]! ^ firstBytes[entry]!) & caseMask) !== 0) continue;
        const literal = this.#entryLiteral[entry]!;
        if (!this.#isAt(bytes, at - this.#windowEnd[literal]!, literal, lowest, end)) continue;
        this.found[this.foundCount] = literal;
        this.foundCount += 1;
      }
      at += 1;
      if (this.foundCount > 0) return at;
    }
    return -1;
  }

  /** The end of the first window that begins at an index. */
  firstWindow(start: number): number {
    return start + this.#length - 1;
  }

  #isAt(bytes: Uint8Array, start: number, literal: number, lowest: number, end: number): boolean {
    const { bytes: text, ignoreCase } = this.#literals[literal]!;
    const { length } = text;
    if (start < lowest || start + length > end) return false;
    const all = this.#text;
    const from = this.#textStart[literal]!;
    if (ignoreCase) {
      const lower = this.#lower;
      for (let at = 0; at < length; at += 1) if (lower[bytes[start + at]!] !== all[from + at]) return false;
    } else {
      for (let at = 0; at < length; at += 1) if (bytes[start + at] !== all[from + at]) return false;
    }
    return true;
  }
}

/** The ways to write two bytes as one number, in upper and lower case. */
function spellings(one: number, other: number, ignoreCase: boolean): number[] {
  if (!ignoreCase) return [slotOf(one, other)];
  return casesOf(one).flatMap((first) => casesOf(other).map((second) => slotOf(first, second)));
}

function casesOf(byte: number): number[] {
  return byte >= 97 && byte <= 122 ? [byte, byte - 32] : [byte];
}

/** Different for different letters; a formula that has to be the one of the loop in `next`. */
function slotOf(one: number, other: number): number {
  return ((one << 5) ^ other) & (slots - 1);
}
