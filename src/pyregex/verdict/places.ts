import { compilePythonRegex } from '../compile.ts';
import { resolveTree } from '../transform/resolve.ts';
import type { RegexTree } from '../tree.ts';
import { firstCommon, hasLetter } from './alphabet.ts';
import { type Automaton, isAnchored, makeAutomaton, type State } from './automaton.ts';
import { findLoops, type Loop } from './components.ts';
import { partOf } from './part.ts';
import { type Budget, findWord, type Visit } from './search.ts';
import type { PatternPart } from './types.ts';

/** A text in which a group may match at two places, of which somebody who writes a part of the text may choose one. */
export interface TwoPlaces {
  readonly text: string;
  /** Where the group may begin, UTF-16 indices, the first one first. */
  readonly first: number;
  readonly second: number;
  /** Which of them the engine takes. */
  readonly taken: 'first' | 'second';
  /** The repetition before the group that may swallow the first place. */
  readonly part: PatternPart;
}

const mostMoves = 600_000;
const limits = { mostCopies: 60, largerOnes: 'loop' } as const;
/** A loop is taken for one that swallows anything if it takes all of these. */
const freeText = ['a', '0', ' ', '.'];

/**
 * Whether text that may be anything decides where a group matches: a text for which this is so. Either a repetition before the
 * group swallows the right place because the engine prefers a place in front of it, or the engine prefers a place in the
 * text behind it, which may be anything. The pattern is followed twice at the same time, once with the group early,
 * once with the group late; what is found is tried with the engine. Undefined if there is none, or if it was not found
 * in time.
 *
 * `names`: names of the groups, which count as one. Only repetitions that take any text are looked at.
 */
export function findTwoPlaces(tree: RegexTree, names: readonly string[]): TwoPlaces | undefined {
  const marked = new Set(names.flatMap((name) => tree.groupNames.get(name) ?? []));
  if (marked.size === 0) return undefined;
  const automaton = makeAutomaton(resolveTree(tree), limits, { marked });
  if (automaton === undefined) return undefined;
  const finder = new PlaceFinder(tree, automaton, names);
  for (const loop of findLoops(automaton)) {
    const found = finder.find(loop);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether every match begins at the start of the text. Undefined if the pattern is too large to tell. */
export function isAnchoredAtStart(tree: RegexTree): boolean | undefined {
  return isAnchored(resolveTree(tree), limits);
}

/** How far the two have come: the early one is before the group; in it or behind it; the late one is, too. */
const phases = { before: 0, early: 1, both: 2 } as const;

class PlaceFinder {
  readonly #tree: RegexTree;
  readonly #automaton: Automaton;
  readonly #names: readonly string[];
  /** Also the number of the state in which a match needs no more text. */
  readonly #count: number;
  readonly #budget: Budget = { left: mostMoves };
  /** States, all of them not in the group, behind which any text may follow. */
  readonly #freeBehind: ReadonlySet<number>;

  constructor(tree: RegexTree, automaton: Automaton, names: readonly string[]) {
    this.#tree = tree;
    this.#automaton = automaton;
    this.#names = names;
    this.#count = automaton.states.length;
    const free = findLoops(automaton).flatMap(({ states, members }) =>
      states.filter((state) => this.#isFreeState(state, members)),
    );
    this.#freeBehind = new Set([this.#count, ...free]);
  }

  /** A text whose first place the loop swallows. */
  find(loop: Loop): TwoPlaces | undefined {
    const { states } = this.#automaton;
    const [start] = loop.states;
    const { loop: repetition, isSkip, scope, isMarked } = states[start!]!;
    if (repetition === undefined || isSkip || isMarked || scope !== 0 || !this.#isFree(loop))
      return undefined;
    const prefix = this.#wordTo(start!);
    if (prefix === undefined) return undefined;
    const part = partOf(this.#tree, repetition);
    for (const isBehindFree of [true, false]) {
      const found = this.#search(loop, start!, prefix, isBehindFree);
      const taken = found === undefined ? undefined : this.#tryOut(found);
      if (found !== undefined && (taken === 'first' || (taken === 'second' && isBehindFree))) {
        return { ...found, taken, part };
      }
    }
    return undefined;
  }

  /** `isBehindFree`: where the late group begins, the early one must be followed by text that may be anything. */
  #search(
    loop: Loop,
    start: number,
    prefix: readonly number[],
    isBehindFree: boolean,
  ): Pick<TwoPlaces, 'text' | 'first' | 'second'> | undefined {
    const { alphabet } = this.#automaton;
    const width = this.#count + 1;
    const expand = (key: number, visit: Visit): void => this.#expand(key, loop, isBehindFree, visit);
    const isGoal = (key: number): boolean =>
      Math.floor(key / width / width) === phases.both &&
      this.#accepts(Math.floor(key / width) % width) &&
      this.#accepts(key % width);
    const found = findWord(this.#keyOf(phases.before, start, start), isGoal, expand, this.#budget);
    if (found === undefined) return undefined;
    const phaseAt = found.keys.map((key) => Math.floor(key / width / width));
    const spell = (length: number): string => alphabet.spell([...prefix, ...found.word].slice(0, length));
    return {
      text: spell(prefix.length + found.word.length),
      first: spell(prefix.length + phaseAt.indexOf(phases.early)).length,
      second: spell(prefix.length + phaseAt.indexOf(phases.both)).length,
    };
  }

  #isFree(loop: Loop): boolean {
    return loop.states.some((state) => this.#isFreeState(state, loop.members));
  }

  /** Whether any text may go on within the states from here. */
  #isFreeState(state: number, within: ReadonlySet<number>): boolean {
    const { alphabet, states } = this.#automaton;
    return freeText.every((char) => {
      const letter = alphabet.letterOf(char);
      const edges = states[state]!.edges.filter(({ to }) => within.has(to));
      return letter !== undefined && edges.some(({ letters }) => hasLetter(letters, letter));
    });
  }

  /** A word to the state that does not touch the group. */
  #wordTo(target: number): readonly number[] | undefined {
    const { states } = this.#automaton;
    const expand = (state: number, visit: Visit): void => {
      for (const { to, letters } of states[state]!.edges) {
        const letter = firstCommon(letters, letters);
        if (letter !== undefined && !states[to]!.isMarked) visit(to, letter);
      }
    };
    return findWord(0, (state) => state === target, expand, this.#budget)?.word;
  }

  #keyOf(phase: number, early: number, late: number): number {
    const width = this.#count + 1;
    return (phase * width + early) * width + late;
  }

  #expand(key: number, loop: Loop, isBehindFree: boolean, visit: Visit): void {
    const { states } = this.#automaton;
    const width = this.#count + 1;
    const phase = Math.floor(key / width / width);
    const mayEnter = !isBehindFree || this.#freeBehind.has(Math.floor(key / width) % width);
    for (const early of this.#edges(Math.floor(key / width) % width)) {
      for (const late of this.#edges(key % width)) {
        const letter = firstCommon(early.letters, late.letters);
        if (letter === undefined) continue;
        const isEarlyIn = states[early.to]?.isMarked === true;
        const isLateIn = states[late.to]?.isMarked === true;
        if (phase === phases.before) {
          if (!loop.members.has(late.to)) continue;
          visit(this.#keyOf(isEarlyIn ? phases.early : phases.before, early.to, late.to), letter);
        } else if (phase === phases.early && late.to !== this.#count && (mayEnter || !isLateIn)) {
          visit(this.#keyOf(isLateIn ? phases.both : phases.early, early.to, late.to), letter);
        } else if (phase === phases.both) {
          visit(this.#keyOf(phases.both, early.to, late.to), letter);
        }
      }
    }
  }

  /** The edges of a state, and where a match needs no more text, one that takes whatever comes. */
  #edges(state: number): readonly Pick<State['edges'][number], 'to' | 'letters'>[] {
    const { states, alphabet } = this.#automaton;
    const rest = { to: this.#count, letters: alphabet.make(true) };
    if (state === this.#count) return [rest];
    const { edges, accepts } = states[state]!;
    return accepts === 'anywhere' ? [...edges, rest] : edges;
  }

  #accepts(state: number): boolean {
    return state === this.#count || this.#automaton.states[state]!.accepts !== 'no';
  }

  /** Which place the engine takes; undefined if it would not take the other one even if it had to. */
  #tryOut({
    text,
    first,
    second,
  }: Pick<TwoPlaces, 'text' | 'first' | 'second'>): TwoPlaces['taken'] | undefined {
    const starts = (source: string): (number | undefined)[] => {
      const match = compilePythonRegex(source).search(text);
      return this.#names.map((name) => match?.span(name)?.[0]);
    };
    const forced = (index: number): boolean => {
      const rest = escapePattern(text.slice(index));
      const source = this.#names.reduce(
        (pattern, name) => pattern.replace(`(?P<${name}>`, () => `(?P<${name}>(?=${rest}\\Z)`),
        this.#tree.source,
      );
      return starts(source).includes(index);
    };
    if (!forced(first) || !forced(second)) return undefined;
    const taken = starts(this.#tree.source);
    if (taken.includes(first)) return 'first';
    return taken.includes(second) ? 'second' : undefined;
  }
}

function escapePattern(text: string): string {
  return text.replace(/[^\w]/gu, (char) => `\\${char}`);
}
