import { hasLetter } from './alphabet.ts';
import type { Branching, Doubling } from './ambiguity.ts';
import type { Automaton } from './automaton.ts';
import { type Budget, wordBetween } from './search.ts';
import type { Attack, Pump } from './types.ts';
import type { UnaryChain } from './unary.ts';

/** How often a pump is repeated to see which states it leads to. */
const simulatedTurns = 3;
const longestSuffix = 3;
const mostSets = 300;
const mostSuffixes = 3;

/** What is repeated, between words that lead there. */
interface Plan {
  /** Where the ways part first. */
  readonly state: number;
  /** Where they part last. */
  readonly last: number;
  readonly prefix: readonly number[];
  readonly pumps: readonly { readonly word: readonly number[]; readonly behind: readonly number[] }[];
}

/** Attacks on a loop that can be gone through in two ways; they differ in how the match is made to fail. */
export function attacksOnDoubling(
  automaton: Automaton,
  { state, word }: Doubling,
  budget: Budget,
): readonly Attack[] {
  const prefix = wordBetween(automaton, 0, state, budget);
  if (prefix === undefined) return [];
  return attacks(automaton, { state, last: state, prefix, pumps: [{ word, behind: [] }] });
}

/** Attacks on a chain of branchings, likewise. */
export function attacksOnChain(
  automaton: Automaton,
  chain: readonly Branching[],
  budget: Budget,
): readonly Attack[] {
  const [first] = chain;
  const last = chain.at(-1);
  if (first === undefined || last === undefined) return [];
  const prefix = wordBetween(automaton, 0, first.from, budget);
  if (prefix === undefined) return [];
  const pumps: { word: readonly number[]; behind: readonly number[] }[] = [];
  for (const [index, { word, to }] of chain.entries()) {
    const next = chain[index + 1];
    const behind = next === undefined ? [] : wordBetween(automaton, to, next.from, budget);
    if (behind === undefined) return [];
    // Several branchings by the same word need it only once.
    const isRepeated = next !== undefined && behind.length === 0 && String(next.word) === String(word);
    if (!isRepeated) pumps.push({ word, behind });
  }
  return attacks(automaton, { state: first.from, last: last.to, prefix, pumps });
}

/** Attacks on loops that one letter runs through. */
export function attacksOnLetter(
  automaton: Automaton,
  { letter, states }: UnaryChain,
  budget: Budget,
): readonly Attack[] {
  const [state, last] = [states[0]!, states.at(-1)!];
  const prefix = wordBetween(automaton, 0, state, budget);
  if (prefix === undefined) return [];
  return attacks(automaton, { state, last, prefix, pumps: [{ word: [letter], behind: [] }] });
}

function attacks(automaton: Automaton, plan: Plan): Attack[] {
  const { alphabet } = automaton;
  const pumps: Pump[] = plan.pumps.map(({ word, behind }) => ({
    text: alphabet.spell(word),
    behind: alphabet.spell(behind),
  }));
  const prefix = alphabet.spell(plan.prefix);
  return suffixes(automaton, plan).map((suffix) => ({ prefix, pumps, suffix: alphabet.spell(suffix) }));
}

/**
 * Words behind the pumps from which no way leads on to a match, as far as that can be told: for all states since the ways
 * first parted; then for the last loop alone, since a lazy loop before it tries everything else first.
 */
function suffixes(automaton: Automaton, plan: Plan): number[][] {
  const { scope } = automaton.states[plan.last]!;
  const run = new Simulation(automaton, scope);
  let all: ReadonlySet<number> | undefined = new Set([plan.state]);
  for (const { word, behind } of plan.pumps) {
    for (let turn = 0; turn < simulatedTurns; turn += 1) all = run.read(all, word);
    all = run.read(all, behind);
  }
  let last: ReadonlySet<number> | undefined = new Set([plan.last]);
  for (let turn = 0; turn < simulatedTurns; turn += 1) last = run.read(last, plan.pumps.at(-1)?.word ?? []);
  const found = [all, last].flatMap((set) => (set === undefined ? [] : failingWords(automaton, run, set)));
  return [...new Map(found.map((word) => [word.join(), word])).values()];
}

function failingWords(automaton: Automaton, run: Simulation, start: ReadonlySet<number>): number[][] {
  const found: number[][] = run.acceptsAtEnd(start) ? [] : [[]];
  const seen = new Set<string>();
  let level: { set: ReadonlySet<number>; word: number[] }[] = [{ set: start, word: [] }];
  for (let length = 1; length <= longestSuffix && found.length < mostSuffixes; length += 1) {
    const next: typeof level = [];
    for (const { set: from, word } of level) {
      for (const letter of automaton.alphabet.samples.keys()) {
        const to = run.read(from, [letter]);
        const key = to === undefined ? '' : [...to].sort((a, b) => a - b).join();
        if (to === undefined || seen.has(key) || seen.size >= mostSets) continue;
        seen.add(key);
        if (!run.acceptsAtEnd(to)) found.push([...word, letter]);
        next.push({ set: to, word: [...word, letter] });
      }
    }
    level = next;
  }
  return found.slice(0, mostSuffixes);
}

/** Follows all ways at once that are certain to be there. */
class Simulation {
  readonly #automaton: Automaton;
  readonly #scope: number;

  constructor(automaton: Automaton, scope: number) {
    this.#automaton = automaton;
    this.#scope = scope;
  }

  /** The states behind a word; undefined if there is a match on the way that needs no particular rest. */
  read(set: ReadonlySet<number> | undefined, word: readonly number[]): ReadonlySet<number> | undefined {
    let current = set;
    for (const letter of word) {
      if (current === undefined) return undefined;
      const next = new Set<number>();
      for (const state of current) {
        for (const { to, letters, isSure } of this.#automaton.states[state]!.edges) {
          if (isSure && hasLetter(letters, letter)) next.add(to);
        }
      }
      current = this.#isCertain(next) ? undefined : next;
    }
    return current;
  }

  acceptsAtEnd(set: ReadonlySet<number>): boolean {
    return this.#accepting(set).some((acceptance) => acceptance !== 'no');
  }

  #isCertain(set: ReadonlySet<number>): boolean {
    return this.#accepting(set).includes('anywhere');
  }

  #accepting(set: ReadonlySet<number>): string[] {
    return [...set].flatMap((index) => {
      const state = this.#automaton.states[index]!;
      return state.scope === this.#scope ? [state.surelyAccepts] : [];
    });
  }
}
