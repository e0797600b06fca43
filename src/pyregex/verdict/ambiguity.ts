import { firstCommon } from './alphabet.ts';
import type { Automaton } from './automaton.ts';
import type { Loop } from './components.ts';
import { type Budget, edgesWithin, findWord, type Visit, wordBetween } from './search.ts';

/** A word that leads from the state to itself in two ways: each repetition doubles the ways. */
export interface Doubling {
  readonly state: number;
  readonly word: readonly number[];
}

/** A word that leads from `from` to itself, from there to `to`, and from `to` to itself: each repetition adds a way. */
export interface Branching {
  readonly from: number;
  readonly to: number;
  readonly word: readonly number[];
}

/** Attempts to begin the search for a branching elsewhere in the two loops. */
const mostStarts = 64;

/**
 * Exponential ambiguity of a loop: two ways that part and meet again (Weber and Seidl's criterion EDA). Undefined if
 * there is none, or if the budget is spent.
 */
export function findDoubling(automaton: Automaton, loop: Loop, budget: Budget): Doubling | undefined {
  const { states } = automaton;
  const count = states.length;
  const met = 2 * count * count;
  const keyOf = (one: number, other: number): number => Math.min(one, other) * count + Math.max(one, other);
  const [start] = loop.states;
  const edgesOf = new Map(loop.states.map((state) => [state, edgesWithin(automaton, state, loop.members)]));
  const expand = (key: number, visit: Visit): void => {
    const [one, other] = [Math.floor(key / count), key % count];
    const [edges, others] = [edgesOf.get(one)!, edgesOf.get(other)!];
    for (const [index, edge] of edges.entries()) {
      for (const [otherIndex, otherEdge] of others.entries()) {
        if (one === other && otherIndex < index) continue;
        const letter = firstCommon(edge.letters, otherEdge.letters);
        if (letter === undefined) continue;
        const parted = one !== other || otherIndex !== index;
        if (parted && edge.to === otherEdge.to) visit(met + edge.to, letter);
        else visit(keyOf(edge.to, otherEdge.to), letter);
      }
    }
  };
  const found = findWord(keyOf(start!, start!), (key) => key >= met, expand, budget);
  if (found === undefined) return undefined;
  const back = wordBetween(restrict(automaton, loop), found.goal - met, start!, budget);
  return back === undefined ? undefined : { state: start!, word: [...found.word, ...back] };
}

/** The automaton with the edges inside of the loop only. */
function restrict(automaton: Automaton, loop: Loop): Automaton {
  const states = automaton.states.map((state, index) =>
    loop.members.has(index) ? { ...state, edges: edgesWithin(automaton, index, loop.members) } : state,
  );
  return { ...automaton, states };
}

/** Polynomial ambiguity between two loops (the criterion IDA), likewise. */
export function findBranching(
  automaton: Automaton,
  first: Loop,
  second: Loop,
  budget: Budget,
): Branching | undefined {
  if (!first.states.some((state) => second.sources.has(state))) return undefined;
  let starts = mostStarts;
  for (const from of first.states) {
    for (const to of second.states) {
      if (starts === 0) return undefined;
      starts -= 1;
      const word = branchingWord(automaton, first, second, { from, to }, budget);
      if (word !== undefined) return { from, to, word };
    }
  }
  return undefined;
}

function branchingWord(
  automaton: Automaton,
  first: Loop,
  second: Loop,
  { from, to }: { from: number; to: number },
  budget: Budget,
): readonly number[] | undefined {
  // Keys stay small, so that a search among loops of one state is quick: places in the loops, not states.
  const [ones, twos] = [first.states, second.states];
  const keyOf = (one: number, middle: number, two: number): number =>
    (middle * ones.length + ones.indexOf(one)) * twos.length + twos.indexOf(two);
  const edgesOfFirst = ones.map((state) => edgesWithin(automaton, state, first.members));
  const edgesOfSecond = twos.map((state) => edgesWithin(automaton, state, second.members));
  const expand = (key: number, visit: Visit): void => {
    const place = Math.floor(key / twos.length);
    const middle = Math.floor(place / ones.length);
    for (const edge of automaton.states[middle]!.edges) {
      if (!second.sources.has(edge.to)) continue;
      for (const edgeOne of edgesOfFirst[place % ones.length]!) {
        if (firstCommon(edge.letters, edgeOne.letters) === undefined) continue;
        for (const edgeTwo of edgesOfSecond[key % twos.length]!) {
          const letter = firstCommon(edge.letters, edgeOne.letters, edgeTwo.letters);
          if (letter !== undefined) visit(keyOf(edgeOne.to, edge.to, edgeTwo.to), letter);
        }
      }
    }
  };
  const goal = keyOf(from, to, to);
  return findWord(keyOf(from, from, to), (key) => key === goal, expand, budget)?.word;
}
