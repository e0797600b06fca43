import { firstCommon } from './alphabet.ts';
import type { Automaton, Edge } from './automaton.ts';

/** How much may still be looked at. */
export interface Budget {
  left: number;
}

/** A step of a search: the key of where it leads, and the letter on the way. */
export type Visit = (key: number, letter: number) => void;

export interface Found {
  readonly word: readonly number[];
  /** Where each letter leads. */
  readonly keys: readonly number[];
  readonly goal: number;
}

/**
 * A shortest word of at least one letter that leads from `start` to a goal, breadth first. Undefined if there is none, or
 * if the budget is spent before.
 */
export function findWord(
  start: number,
  isGoal: (key: number) => boolean,
  expand: (key: number, visit: Visit) => void,
  budget: Budget,
): Found | undefined {
  const from = new Map<number, readonly [key: number, letter: number]>();
  let level = [start];
  let goal: number | undefined;
  while (level.length > 0 && goal === undefined && budget.left > 0) {
    const next: number[] = [];
    for (const key of level) {
      expand(key, (to, letter) => {
        budget.left -= 1;
        if (goal !== undefined || from.has(to)) return;
        from.set(to, [key, letter]);
        next.push(to);
        if (isGoal(to)) goal = to;
      });
      if (goal !== undefined || budget.left <= 0) break;
    }
    level = next;
  }
  if (goal === undefined) return undefined;
  const word: number[] = [];
  const keys: number[] = [];
  let key = goal;
  do {
    const [before, letter] = from.get(key)!;
    word.unshift(letter);
    keys.unshift(key);
    key = before;
  } while (key !== start);
  return { word, keys, goal };
}

/** A word that leads from one state to another; empty if they are the same. */
export function wordBetween(
  { states }: Automaton,
  from: number,
  to: number,
  budget: Budget,
): readonly number[] | undefined {
  if (from === to) return [];
  const expand = (state: number, visit: Visit): void => {
    for (const edge of states[state]!.edges) {
      const letter = firstCommon(edge.letters, edge.letters);
      if (letter !== undefined) visit(edge.to, letter);
    }
  };
  return findWord(from, (state) => state === to, expand, budget)?.word;
}

/** The edges of a state that stay in a set of states. */
export function edgesWithin({ states }: Automaton, state: number, within: ReadonlySet<number>): Edge[] {
  return states[state]!.edges.filter(({ to }) => within.has(to));
}
