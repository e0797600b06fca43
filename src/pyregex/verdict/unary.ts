import { hasLetter } from './alphabet.ts';
import type { Automaton, Edge } from './automaton.ts';
import { components } from './components.ts';

/** Loops that one after the other can be gone through by repeating one letter. */
export interface UnaryChain {
  readonly letter: number;
  /** A state of each loop, in their order. */
  readonly states: readonly number[];
}

interface Link {
  readonly length: number;
  readonly state: number;
  readonly next: Link | undefined;
}

/**
 * For each letter the longest chain of loops that it runs through; the longest first, each chain once. A text of one
 * letter can then be divided among the loops in any way. Most slow patterns are slow for such a text, and it is found
 * quickly, where longer words have to be searched for.
 */
export function unaryChains(automaton: Automaton): UnaryChain[] {
  const chains = new Map<string, UnaryChain>();
  for (const letter of automaton.alphabet.samples.keys()) {
    const edges = edgesOf(automaton, letter);
    // With less than two states that lead back there cannot be two loops.
    if (edges === undefined) continue;
    const states = longestChain(edges);
    const key = states.join();
    if (states.length > 1 && !chains.has(key)) chains.set(key, { letter, states });
  }
  return [...chains.values()].sort((one, other) => other.states.length - one.states.length);
}

/** The edges of each state by a letter; undefined if less than two states lead back by it. */
function edgesOf({ states }: Automaton, letter: number): (readonly Edge[])[] | undefined {
  let turning = 0;
  for (let index = 0; index < states.length; index += 1) {
    if (states[index]!.edges.some(({ to, letters }) => to <= index && hasLetter(letters, letter)))
      turning += 1;
  }
  if (turning < 2) return undefined;
  const has = ({ letters }: Edge): boolean => hasLetter(letters, letter);
  return states.map(({ edges }) => (edges.some(has) ? edges.filter(has) : noEdges));
}

const noEdges: readonly Edge[] = [];

function longestChain(edges: readonly (readonly Edge[])[]): number[] {
  const links = new Map<number, Link>();
  let longest: Link | undefined;
  // What a state leads to comes before it.
  for (const members of components(edges).reverse()) {
    const inside = new Set(members);
    let next: Link | undefined;
    let isLoop = false;
    for (const member of members) {
      for (const { to } of edges[member]!) {
        if (inside.has(to)) isLoop = true;
        const link = links.get(to);
        if (link !== undefined && link.length > (next?.length ?? 0)) next = link;
      }
    }
    const link = isLoop ? { length: 1 + (next?.length ?? 0), state: members[0]!, next } : next;
    if (link === undefined) continue;
    for (const member of members) links.set(member, link);
    if (link.length > (longest?.length ?? 0)) longest = link;
  }
  const chain: number[] = [];
  for (let link = longest; link !== undefined; link = link.next) chain.push(link.state);
  return chain;
}
