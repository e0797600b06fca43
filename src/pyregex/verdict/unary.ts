import { hasLetter } from './alphabet.ts';
import type { Automaton } from './automaton.ts';
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
    const turning = automaton.states.filter(({ edges }, index) =>
      edges.some(({ to, letters }) => to <= index && hasLetter(letters, letter)),
    );
    // With less than two states that lead back there cannot be two loops.
    if (turning.length < 2) continue;
    const states = longestChain(automaton, letter);
    const key = states.join();
    if (states.length > 1 && !chains.has(key)) chains.set(key, { letter, states });
  }
  return [...chains.values()].sort((one, other) => other.states.length - one.states.length);
}

function longestChain(automaton: Automaton, letter: number): number[] {
  const states = automaton.states.map((state) => ({
    ...state,
    edges: state.edges.filter(({ letters }) => hasLetter(letters, letter)),
  }));
  const links = new Map<number, Link>();
  let longest: Link | undefined;
  // What a state leads to comes before it.
  for (const members of components({ ...automaton, states }).reverse()) {
    const inside = new Set(members);
    let next: Link | undefined;
    let isLoop = false;
    for (const member of members) {
      for (const { to } of states[member]!.edges) {
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
