const none = -1;
/** Rows come in blocks, so that growing copies nothing. */
const blockRows = 512;

/** The numbers of some rows side by side, and their neighbours in the order. */
interface Block {
  readonly numbers: Float64Array;
  readonly older: Int32Array;
  readonly newer: Int32Array;
}

/**
 * Rows by id, for a great many of them: numbers in columns outside the JavaScript heap and one text each, which many may
 * share, so that a row costs some 100 bytes. They are in an order, the oldest first, which a list within the rows keeps.
 */
export class RowTable {
  readonly #columns: number;
  readonly #rows = new Map<string, number>();
  #ids: string[] = [];
  #texts: string[] = [];
  #blocks: Block[] = [];
  #oldest = none;
  #newest = none;
  /** Rows that were used and are free again, as a list by `newer`. */
  #free = none;
  #used = 0;

  /** `columns`: numbers in a row. */
  constructor(columns: number) {
    this.#columns = columns;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** A number of a row. */
  get(row: number, at: number): number {
    return this.#blockOf(row).numbers[(row % blockRows) * this.#columns + at]!;
  }

  set(row: number, at: number, value: number): void {
    this.#blockOf(row).numbers[(row % blockRows) * this.#columns + at] = value;
  }

  /** The row of an id. */
  find(id: string): number | undefined {
    return this.#rows.get(id);
  }

  /** A row for an id that has none, as the newest; its numbers are to be set. */
  insert(id: string, text: string): number {
    const row = this.#freeRow();
    this.#rows.set(id, row);
    this.#ids[row] = id;
    this.#texts[row] = text;
    this.#append(row);
    return row;
  }

  idOf(row: number): string {
    return this.#ids[row]!;
  }

  /** As it was given. */
  textOf(row: number): string {
    return this.#texts[row]!;
  }

  setText(row: number, text: string): void {
    this.#texts[row] = text;
  }

  /** Makes the row the newest. */
  touch(row: number): void {
    if (row === this.#newest) return;
    this.#unlink(row);
    this.#append(row);
  }

  clear(): void {
    this.#rows.clear();
    this.#oldest = none;
    this.#newest = none;
    this.#reset();
  }

  remove(row: number): void {
    this.#rows.delete(this.#ids[row]!);
    this.#ids[row] = '';
    this.#texts[row] = '';
    this.#unlink(row);
    this.#setNewer(row, this.#free);
    this.#free = row;
    if (this.#rows.size === 0) this.#reset();
  }

  /** The first in the order. */
  get oldest(): number | undefined {
    return this.#oldest === none ? undefined : this.#oldest;
  }

  /** Every row, the oldest first. The row that was given out may be removed meanwhile. */
  *rows(): Generator<number> {
    for (let row = this.#oldest; row !== none; ) {
      const next = this.#newerOf(row);
      yield row;
      row = next;
    }
  }

  #freeRow(): number {
    if (this.#free === none) {
      if (this.#used === this.#blocks.length * blockRows) this.#blocks.push(makeBlock(this.#columns));
      return this.#used++;
    }
    const row = this.#free;
    this.#free = this.#newerOf(row);
    return row;
  }

  #append(row: number): void {
    this.#setOlder(row, this.#newest);
    this.#setNewer(row, none);
    if (this.#newest === none) this.#oldest = row;
    else this.#setNewer(this.#newest, row);
    this.#newest = row;
  }

  #unlink(row: number): void {
    const older = this.#blockOf(row).older[row % blockRows]!;
    const newer = this.#newerOf(row);
    if (older === none) this.#oldest = newer;
    else this.#setNewer(older, newer);
    if (newer === none) this.#newest = older;
    else this.#setOlder(newer, older);
  }

  #newerOf(row: number): number {
    return this.#blockOf(row).newer[row % blockRows]!;
  }

  #setNewer(row: number, newer: number): void {
    this.#blockOf(row).newer[row % blockRows] = newer;
  }

  #setOlder(row: number, older: number): void {
    this.#blockOf(row).older[row % blockRows] = older;
  }

  #blockOf(row: number): Block {
    return this.#blocks[Math.floor(row / blockRows)]!;
  }

  /** After an attack the memory goes back. */
  #reset(): void {
    this.#ids = [];
    this.#texts = [];
    this.#blocks = [];
    this.#free = none;
    this.#used = 0;
  }
}

function makeBlock(columns: number): Block {
  return {
    numbers: new Float64Array(blockRows * columns),
    older: new Int32Array(blockRows),
    newer: new Int32Array(blockRows),
  };
}
