/** A set of groups that remembers the order in which they came, so that ways can be tried and taken back. */
export class SetGroups {
  readonly #groups = new Set<number>();
  readonly #added: number[] = [];

  has(group: number): boolean {
    return this.#groups.has(group);
  }

  add(group: number): void {
    if (this.#groups.has(group)) return;
    this.#groups.add(group);
    this.#added.push(group);
  }

  /** To be given to `undoTo`. */
  mark(): number {
    return this.#added.length;
  }

  /** Takes back what was added since; the result is just that. */
  undoTo(mark: number): number[] {
    const undone = this.#added.splice(mark);
    for (const group of undone) this.#groups.delete(group);
    return undone;
  }

  /** Goes each of the ways from here, and keeps what all of them add. */
  either(ways: readonly (() => void)[]): void {
    const before = this.mark();
    const counts = new Map<number, number>();
    for (const way of ways) {
      way();
      for (const group of this.undoTo(before)) counts.set(group, (counts.get(group) ?? 0) + 1);
    }
    for (const [group, count] of counts) if (count === ways.length) this.add(group);
  }
}
