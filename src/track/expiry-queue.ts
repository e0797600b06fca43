/** Room in the beginning; doubled when it is full. */
const firstRoom = 64;

/** A place in the queue. */
export interface Ending {
  readonly endSec: number;
  /** Grows with each that is added. */
  readonly order: number;
  readonly row: number;
}

/**
 * A binary heap that gives back what ends first; of two that end together, the one added first. Holds numbers only, so that
 * an end costs 20 bytes.
 */
export class ExpiryQueue {
  #ends = new Float64Array(0);
  #orders = new Float64Array(0);
  #rows = new Int32Array(0);
  #size = 0;
  #order = 0;

  get size(): number {
    return this.#size;
  }

  /** What ends first. */
  peek(): Ending | undefined {
    if (this.#size === 0) return undefined;
    return { endSec: this.#ends[0]!, order: this.#orders[0]!, row: this.#rows[0]! };
  }

  /** Adds the end of a row. Returns its number in the order of adding. */
  push(endSec: number, row: number): number {
    if (this.#size === this.#rows.length) this.#resize(Math.max(firstRoom, this.#size * 2));
    const order = this.#order++;
    const at = this.#size++;
    this.#ends[at] = endSec;
    this.#orders[at] = order;
    this.#rows[at] = row;
    this.#up(at);
    return order;
  }

  /** Takes out what ends first. */
  pop(): Ending | undefined {
    const first = this.peek();
    if (first === undefined) return undefined;
    this.#size--;
    if (this.#size > 0) {
      this.#swap(0, this.#size);
      this.#down();
    }
    if (this.#size * 4 < this.#rows.length && this.#rows.length > firstRoom) this.#resize(this.#size * 2);
    return first;
  }

  clear(): void {
    this.#size = 0;
    this.#resize(0);
  }

  #resize(room: number): void {
    this.#ends = resized(new Float64Array(room), this.#ends);
    this.#orders = resized(new Float64Array(room), this.#orders);
    this.#rows = resized(new Int32Array(room), this.#rows);
  }

  #before(a: number, b: number): boolean {
    const left = this.#ends[a]!;
    const right = this.#ends[b]!;
    return left < right || (left === right && this.#orders[a]! < this.#orders[b]!);
  }

  #swap(a: number, b: number): void {
    swap(this.#ends, a, b);
    swap(this.#orders, a, b);
    swap(this.#rows, a, b);
  }

  #up(start: number): void {
    for (let at = start; at > 0; ) {
      const parent = (at - 1) >> 1;
      if (!this.#before(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #down(): void {
    for (let at = 0; ; ) {
      let next = at * 2 + 1;
      if (next >= this.#size) return;
      if (next + 1 < this.#size && this.#before(next + 1, next)) next++;
      if (!this.#before(next, at)) return;
      this.#swap(at, next);
      at = next;
    }
  }
}

function resized<T extends Float64Array | Int32Array>(next: T, old: T): T {
  next.set(old.subarray(0, next.length));
  return next;
}

function swap(numbers: Float64Array | Int32Array, a: number, b: number): void {
  const item = numbers[a]!;
  numbers[a] = numbers[b]!;
  numbers[b] = item;
}
