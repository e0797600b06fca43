import { GrowingInts } from './growing-ints.ts';

const unset = -1;

/**
 * The places where groups begin (even index) and end (odd), as Python's engine keeps them.
 *
 * Only marks up to `last`, the highest that is valid, count. Going back lowers `last`; older values of the marks
 * below it come back only where Python saves them, that is inside repetitions (`undoTo`). Everywhere else a mark
 * is set once on a way, so the difference shows only to a conditional on a group that is still open.
 */
export class Marks {
  last = unset;
  readonly #values: Int32Array;
  /** Pairs of a mark and the value it had. */
  readonly #trail = new GrowingInts();
  #trailLength = 0;

  constructor(groupCount: number) {
    this.#values = new Int32Array(2 * groupCount).fill(unset);
  }

  get trailLength(): number {
    return this.#trailLength;
  }

  clear(): void {
    this.last = unset;
    this.#trailLength = 0;
  }

  release(): void {
    this.clear();
    this.#trail.release();
  }

  set(mark: number, place: number): void {
    if (mark > this.last) {
      this.#values.fill(unset, this.last + 1, mark);
      this.last = mark;
    } else {
      this.#trail.reserve(this.#trailLength + 2);
      this.#trail.values[this.#trailLength] = mark;
      this.#trail.values[this.#trailLength + 1] = this.#values[mark]!;
      this.#trailLength += 2;
    }
    this.#values[mark] = place;
  }

  /** Gives marks the values they had when the trail was that long. */
  undoTo(trailLength: number): void {
    while (this.#trailLength > trailLength) {
      this.#trailLength -= 2;
      const mark = this.#trail.values[this.#trailLength]!;
      this.#values[mark] = this.#trail.values[this.#trailLength + 1]!;
    }
  }

  /** Whether the group has begun and ended. */
  isSet(group: number): boolean {
    const [start, end] = [this.start(group), this.end(group)];
    return 2 * group - 1 <= this.last && start !== unset && end !== unset && start <= end;
  }

  start(group: number): number {
    return this.#values[2 * group - 2]!;
  }

  end(group: number): number {
    return this.#values[2 * group - 1]!;
  }
}
