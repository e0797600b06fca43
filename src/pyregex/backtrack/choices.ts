import { GrowingInts } from './growing-ints.ts';

/** What to do when the way after a choice fails. */
export const choiceKinds = {
  /** Go on at the address. */
  retry: 0,
  /** Give one character of a greedy repetition back; `extra`: the first place after its least count. */
  giveBack: 1,
  /** Take one more character in a lazy repetition; `extra`: the place after its greatest count. */
  takeMore: 2,
  /** Make a turn of a lazy loop at the address. */
  turn: 3,
  /** Barriers; `extra`: the barrier around. Nothing is left inside: */
  look: 4,
  lookNot: 5,
  atomic: 6,
} as const;

/** A choice and the state to come back to. */
export interface Choice {
  kind: number;
  address: number;
  place: number;
  lastMark: number;
  /** Length of the marks' trail to undo to; -1 where marks stay as they are. */
  trailLength: number;
  context: number;
  contextCount: number;
  extra: number;
}

const fields = 8;

/** The stack of choices. A choice is read into and written from one object, so that nothing is allocated. */
export class Choices {
  readonly #ints = new GrowingInts();
  #length = 0;

  /** Index of the next choice. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
  }

  release(): void {
    this.clear();
    this.#ints.release();
  }

  push(choice: Choice): void {
    const at = this.#length * fields;
    this.#ints.reserve(at + fields);
    const { values } = this.#ints;
    values[at] = choice.kind;
    values[at + 1] = choice.address;
    values[at + 2] = choice.place;
    values[at + 3] = choice.lastMark;
    values[at + 4] = choice.trailLength;
    values[at + 5] = choice.context;
    values[at + 6] = choice.contextCount;
    values[at + 7] = choice.extra;
    this.#length += 1;
  }

  /** Takes the last choice into `choice`; false if there is none. */
  pop(choice: Choice): boolean {
    if (this.#length === 0) return false;
    this.cutTo(this.#length - 1, choice);
    return true;
  }

  /** Takes that choice into `choice`, and drops those after it. */
  cutTo(index: number, choice: Choice): void {
    this.#length = index;
    const at = index * fields;
    const { values } = this.#ints;
    choice.kind = values[at]!;
    choice.address = values[at + 1]!;
    choice.place = values[at + 2]!;
    choice.lastMark = values[at + 3]!;
    choice.trailLength = values[at + 4]!;
    choice.context = values[at + 5]!;
    choice.contextCount = values[at + 6]!;
    choice.extra = values[at + 7]!;
  }
}
