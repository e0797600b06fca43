/** Something that ends. */
export interface Ending {
  readonly endSec: number;
  /** The queue's: which of those that end together was added first. */
  order: number;
}

/** A binary heap that gives back what ends first; of two that end together, the one added first. */
export class ExpiryQueue<T extends Ending> {
  readonly #heap: T[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** The item that ends first. */
  peek(): T | undefined {
    return this.#heap[0];
  }

  push(item: T): void {
    item.order = this.#order++;
    this.#heap.push(item);
    this.#up(this.#heap.length - 1);
  }

  /** Takes out the item that ends first. */
  pop(): T | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (first === undefined || last === undefined) return undefined;
    if (this.#heap.length > 0) {
      this.#heap[0] = last;
      this.#down();
    }
    return first;
  }

  clear(): void {
    this.#heap.length = 0;
  }

  #before(a: number, b: number): boolean {
    const left = this.#heap[a]!;
    const right = this.#heap[b]!;
    return left.endSec < right.endSec || (left.endSec === right.endSec && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const item = this.#heap[a]!;
    this.#heap[a] = this.#heap[b]!;
    this.#heap[b] = item;
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
      if (next >= this.#heap.length) return;
      if (next + 1 < this.#heap.length && this.#before(next + 1, next)) next++;
      if (!this.#before(next, at)) return;
      this.#swap(at, next);
      at = next;
    }
  }
}
