import { GrowingInts } from './growing-ints.ts';

export const noContext = -1;
const noPlace = -1;
const fields = 3;

/**
 * The state of the repetitions that are under way: how many turns, where the last optional turn began, and the
 * repetition around. A context never changes; each turn makes a new one, so going back only needs the old index.
 */
export class LoopContexts {
  readonly #ints = new GrowingInts();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Forgets the contexts made since. */
  truncate(count: number): void {
    this.#count = count;
  }

  release(): void {
    this.#count = 0;
    this.#ints.release();
  }

  /** The context of a repetition before its first turn. */
  enter(around: number): number {
    return this.make(-1, noPlace, around);
  }

  make(turns: number, turnPlace: number, around: number): number {
    const at = this.#count * fields;
    this.#ints.reserve(at + fields);
    this.#ints.values[at] = turns;
    this.#ints.values[at + 1] = turnPlace;
    this.#ints.values[at + 2] = around;
    this.#count += 1;
    return this.#count - 1;
  }

  turns(context: number): number {
    return this.#ints.values[context * fields]!;
  }

  turnPlace(context: number): number {
    return this.#ints.values[context * fields + 1]!;
  }

  around(context: number): number {
    return this.#ints.values[context * fields + 2]!;
  }
}
