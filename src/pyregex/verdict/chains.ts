import { type Branching, findBranching } from './ambiguity.ts';
import type { Automaton } from './automaton.ts';
import type { Loop } from './components.ts';
import type { Budget } from './search.ts';

/** More loops than this are not compared with each other. */
const mostLoops = 80;

/**
 * Branchings that follow one another: with n of them, a text of length N has N^n ways to be read, and a search that fails takes
 * N^(n+1) steps.
 */
export type Chain = readonly Branching[];

/** All branchings between the loops of an automaton, and the chains that they make. */
export class Chains {
  readonly #loops: readonly Loop[];
  /** By first and second loop. */
  readonly #branchings: ReadonlyMap<number, ReadonlyMap<number, Branching>>;
  /** Length of the longest chain that begins in a loop. */
  readonly #longest: number[];

  constructor(automaton: Automaton, loops: readonly Loop[], budget: Budget) {
    this.#loops = loops.slice(0, mostLoops);
    this.#branchings = new Map(
      this.#loops.map((first, index) => [
        index,
        branchingsFrom(automaton, first, index, this.#loops, budget),
      ]),
    );
    this.#longest = this.#measure();
  }

  /** The most branchings that follow one another. */
  get longest(): number {
    return Math.max(0, ...this.#longest);
  }

  /** The chains of so many branchings. */
  *ofLength(length: number): Generator<Chain> {
    for (const index of this.#loops.keys()) yield* this.#from(index, length);
  }

  *#from(index: number, length: number): Generator<Chain> {
    if (this.#longest[index]! < length) return;
    for (const [second, branching] of this.#branchings.get(index)!) {
      if (length === 1) {
        yield [branching];
        continue;
      }
      for (const next of this.#after(second)) {
        for (const rest of this.#from(next, length - 1)) yield [branching, ...rest];
      }
    }
  }

  #measure(): number[] {
    const longest: number[] = this.#loops.map(() => 0);
    for (let index = this.#loops.length - 1; index >= 0; index -= 1) {
      for (const second of this.#branchings.get(index)!.keys()) {
        const rest = Math.max(...this.#after(second).map((next) => longest[next]!));
        longest[index] = Math.max(longest[index]!, 1 + rest);
      }
    }
    return longest;
  }

  /** The loop itself, and those that it leads to. */
  #after(index: number): number[] {
    const { states } = this.#loops[index]!;
    const later = [...this.#loops.keys()].filter(
      (other) => other > index && this.#loops[other]!.sources.has(states[0]!),
    );
    return [index, ...later];
  }
}

function branchingsFrom(
  automaton: Automaton,
  first: Loop,
  index: number,
  loops: readonly Loop[],
  budget: Budget,
): Map<number, Branching> {
  const found = new Map<number, Branching>();
  for (const [second, loop] of loops.entries()) {
    if (second <= index) continue;
    const branching = findBranching(automaton, first, loop, budget);
    if (branching !== undefined) found.set(second, branching);
  }
  return found;
}
