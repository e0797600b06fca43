/** The set of a line in which nothing was found. */
export const emptySet = 0;

/** More different sets than that, and a line counts as if everything had been found in it. */
const mostSets = 4096;

/**
 * Numbers for sets of literals, so that what follows from a set is worked out once however many lines have it. Of the
 * very many sets that there could be, logs have few.
 */
export class LiteralSets {
  readonly #literals: number;
  /** The members of each set, in order; the set `emptySet` is the first. */
  readonly #members: number[][] = [[]];
  readonly #numbers = new Map<string, number>([['', emptySet]]);
  readonly #with = new Map<number, number>();
  #all: number | undefined;

  constructor(literals: number) {
    this.#literals = literals;
  }

  /** The set with one literal more. */
  add(set: number, literal: number): number {
    const key = set * this.#literals + literal;
    const known = this.#with.get(key);
    if (known !== undefined) return known;
    const members = this.#members[set]!;
    const next = members.includes(literal) ? set : this.#number([...members, literal].sort((a, b) => a - b));
    this.#with.set(key, next);
    return next;
  }

  members(set: number): readonly number[] {
    return this.#members[set]!;
  }

  #number(members: number[]): number {
    const key = members.join();
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    if (this.#members.length >= mostSets) return this.#everything();
    this.#members.push(members);
    this.#numbers.set(key, this.#members.length - 1);
    return this.#members.length - 1;
  }

  #everything(): number {
    if (this.#all === undefined) {
      this.#members.push(Array.from({ length: this.#literals }, (_, literal) => literal));
      this.#all = this.#members.length - 1;
    }
    return this.#all;
  }
}
