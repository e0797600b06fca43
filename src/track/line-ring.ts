/** Lines are kept in pieces of this size, each taken when the one before is full. */
const segmentBytes = 1 << 18;
const headerBytes = 16;
/** Whoever adds lines cuts them much shorter; this is so that each fits into a segment. */
const mostCharacters = 100_000;

/** A place that holds nothing. */
export const nowhere = -1;

/**
 * Remembers log lines in a fixed amount of memory outside the JavaScript heap: the eldest make room for the newest. Each
 * line refers to another one before it, so that who wants several keeps the place of the newest only. Shared by all
 * jails; takes no memory before there are lines.
 */
export class LineRing {
  readonly #segments: Buffer[] = [];
  readonly #segmentCount: number;
  /** Where the next line goes. Places only grow; a segment's place in memory is its number modulo their count. */
  #next = 0;

  /** `maxBytes` is rounded up to whole segments of 256 KiB, at least two. */
  constructor(maxBytes: number) {
    this.#segmentCount = Math.max(2, Math.ceil(maxBytes / segmentBytes));
  }

  /** Memory taken now. */
  get bytes(): number {
    return this.#segments.length * segmentBytes;
  }

  /** Keeps a line and returns its place. `before`: the place of another one, or `nowhere`. */
  add(text: string, before: number): number {
    const line = text.length > mostCharacters ? text.slice(0, mostCharacters) : text;
    const wide = /[^\0-\xff]/.test(line);
    const length = wide ? line.length * 2 : line.length;
    const place = this.#room(headerBytes + length);
    const segment = this.#segmentAt(place);
    const at = place % segmentBytes;
    segment.writeDoubleLE(before, at);
    segment.writeUInt32LE(length, at + 8);
    segment[at + 12] = wide ? 1 : 0;
    segment.write(line, at + headerBytes, length, wide ? 'utf16le' : 'latin1');
    this.#next = place + headerBytes + length;
    return place;
  }

  /** The line at a place and up to `count` in all with those before it, the oldest first; fewer where they made room. */
  read(place: number, count: number): string[] {
    const lines: string[] = [];
    let at = place;
    while (lines.length < count && this.#has(at)) {
      const segment = this.#segmentAt(at);
      const header = at % segmentBytes;
      const start = header + headerBytes;
      const encoding = segment[header + 12] === 1 ? 'utf16le' : 'latin1';
      lines.push(segment.toString(encoding, start, start + segment.readUInt32LE(header + 8)));
      at = segment.readDoubleLE(header);
    }
    return lines.reverse();
  }

  #has(place: number): boolean {
    if (place < 0) return false;
    const newest = Math.floor(Math.max(this.#next - 1, 0) / segmentBytes);
    return Math.floor(place / segmentBytes) > newest - this.#segmentCount;
  }

  /** A line lies within one segment. */
  #room(length: number): number {
    const left = segmentBytes - (this.#next % segmentBytes);
    return left >= length ? this.#next : this.#next + left;
  }

  #segmentAt(place: number): Buffer {
    const index = Math.floor(place / segmentBytes) % this.#segmentCount;
    this.#segments[index] ??= Buffer.allocUnsafeSlow(segmentBytes);
    return this.#segments[index];
  }
}

/** Where the matches of all jails are kept. */
export interface MatchMemory {
  readonly counted: LineRing;
  readonly banned: LineRing;
}

/** Memory for some sixty thousand lines of ids that are counted, and half as many of banned ones; taken as they come. */
export function createMatchMemory(): MatchMemory {
  return { counted: new LineRing(1 << 23), banned: new LineRing(1 << 22) };
}
