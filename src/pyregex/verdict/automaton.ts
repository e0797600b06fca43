import { anything } from '../charset/categories.ts';
import type { CharSet } from '../charset/charset.ts';
import { complement } from '../charset/charset.ts';
import { leadingRun } from '../transform/leading-run.ts';
import type { RepeatPart, Resolved } from '../transform/resolved.ts';
import { Alphabet, type Letters, without } from './alphabet.ts';
import { type Graph, GraphLimit, type GraphLimits, makeGraph } from './graph.ts';

/**
 * A pattern as an automaton without empty moves: each state has matched one character. A state that can be reached in
 * two ways from the same one has two edges from there.
 */
export interface Automaton {
  readonly alphabet: Alphabet;
  /** State 0 is the start of the text, which has matched nothing. */
  readonly states: readonly State[];
}

export interface State {
  readonly edges: readonly Edge[];
  /** The match may end here: anywhere, at the end of the text only, or not; `sure`: whatever the conditions say. */
  readonly accepts: 'anywhere' | 'atEnd' | 'no';
  readonly surelyAccepts: 'anywhere' | 'atEnd' | 'no';
  /** The text before the match. */
  readonly isSkip: boolean;
  readonly scope: number;
  readonly loop: RepeatPart | undefined;
  readonly isMarked: boolean;
}

export interface Edge {
  readonly to: number;
  readonly letters: Letters;
  /** Under no condition that is not looked into. */
  readonly isSure: boolean;
}

export interface AutomatonOptions {
  /** The text may have several lines. */
  readonly severalLines?: boolean;
  /** Numbers of groups whose states are to be marked. */
  readonly marked?: ReadonlySet<number>;
}

const mostNodes = 4000;
/** Ways from one state to another that are kept: two suffice to know that there is more than one. */
const mostParallel = 2;

/**
 * The automaton of a pattern that is searched for; undefined if the pattern is too large. `limits`: what becomes of counted
 * repetitions.
 */
export function makeAutomaton(
  root: Resolved,
  limits: Omit<GraphLimits, 'mostNodes'>,
  options: AutomatonOptions = {},
): Automaton | undefined {
  try {
    const graph = makeGraph(root, { ...limits, mostNodes }, options.marked ?? new Set());
    return new AutomatonMaker(graph, leadingRun(root), options.severalLines ?? false).make();
  } catch (error) {
    if (!(error instanceof GraphLimit)) throw error;
    return undefined;
  }
}

/** Whether every match begins at the start of the text; undefined if the pattern is too large to tell. */
export function isAnchored(root: Resolved, limits: Omit<GraphLimits, 'mostNodes'>): boolean | undefined {
  try {
    return new AutomatonMaker(makeGraph(root, { ...limits, mostNodes }, new Set()), undefined, false)
      .isAnchored;
  } catch (error) {
    if (!(error instanceof GraphLimit)) throw error;
    return undefined;
  }
}

interface Draft {
  readonly to: number;
  readonly not: CharSet | undefined;
  readonly isSure: boolean;
  readonly atEnd: boolean;
}

class AutomatonMaker {
  readonly #graph: Graph;
  readonly #run: CharSet | undefined;
  readonly #severalLines: boolean;
  #madeAlphabet: Alphabet | undefined;
  /** States of the text before the match: any character, and one behind which the match may begin. */
  readonly #skip: readonly CharSet[];
  readonly #stateOfNode = new Map<number, number>();

  constructor(graph: Graph, run: CharSet | undefined, severalLines: boolean) {
    this.#graph = graph;
    this.#run = run === undefined ? undefined : complement(run);
    this.#skip = this.#run === undefined ? [anything] : [anything, this.#run];
    this.#severalLines = severalLines;
  }

  get #alphabet(): Alphabet {
    if (this.#madeAlphabet !== undefined) return this.#madeAlphabet;
    const sets = [...this.#skip];
    for (const { set, ways } of this.#graph.nodes) {
      if (set !== undefined) sets.push(set);
      for (const { not } of ways) if (not !== undefined) sets.push(not);
    }
    this.#madeAlphabet = new Alphabet(sets, this.#severalLines);
    return this.#madeAlphabet;
  }

  /** Whether a match can only begin at the start of the text. */
  get isAnchored(): boolean {
    return this.#follow(this.#graph.start, false).length === 0;
  }

  make(): Automaton {
    const { nodes, start } = this.#graph;
    const later = this.#follow(start, false);
    const skipCount = later.length === 0 ? 0 : this.#skip.length;
    const chars = nodes.flatMap(({ set }, index) => (set === undefined ? [] : [index]));
    for (const [index, node] of chars.entries()) this.#stateOfNode.set(node, 1 + skipCount + index);
    const skipEdges = this.#skip
      .slice(0, skipCount)
      .map((set, index) => ({ to: 1 + index, letters: this.#alphabet.lettersOf(set), isSure: true }));
    const common = { scope: 0, loop: undefined, isMarked: false, isSkip: false };
    const states: State[] = [this.#state(this.#follow(start, true), common, skipEdges)];
    for (let index = 0; index < skipCount; index += 1) {
      const begins = index === skipCount - 1;
      const goesOn = index === 0 ? skipEdges : [];
      states.push(this.#state(begins ? later : [], { ...common, isSkip: true }, goesOn));
    }
    for (const index of chars) {
      const { scope, loop, isMarked } = nodes[index]!;
      const next = nodes[index]!.ways[0]!.to;
      states.push(this.#state(this.#follow(next, false), { scope, loop, isMarked, isSkip: false }, []));
    }
    return { alphabet: this.#alphabet, states };
  }

  #state(
    drafts: readonly Draft[],
    common: Pick<State, 'scope' | 'loop' | 'isMarked' | 'isSkip'>,
    more: readonly Edge[],
  ): State {
    const { nodes } = this.#graph;
    const ends = drafts.filter(({ to }) => nodes[to]!.isEnd && nodes[to]!.scope === common.scope);
    const edges = drafts.flatMap(({ to, not, isSure, atEnd }): Edge[] => {
      const { set } = nodes[to]!;
      // Behind the end of the text there is nothing but perhaps a newline.
      if (set === undefined || atEnd) return [];
      const letters = this.#alphabet.lettersOf(set);
      const left = not === undefined ? letters : without(letters, this.#alphabet.lettersOf(not));
      return [{ to: this.#stateOfNode.get(to)!, letters: left, isSure }];
    });
    return {
      ...common,
      edges: [...more, ...edges],
      accepts: acceptance(ends),
      surelyAccepts: acceptance(ends.filter(({ isSure }) => isSure)),
    };
  }

  /** Where the empty moves from a node lead: to characters and ends, in the order in which they are tried. */
  #follow(from: number, isAtStart: boolean): Draft[] {
    const { nodes } = this.#graph;
    const found: Draft[] = [];
    const onPath = new Set<number>();
    const visits = new Map<number, number>();
    const visit = (index: number, how: Omit<Draft, 'to'>): void => {
      const key = 2 * index + (how.isSure ? 1 : 0);
      const count = visits.get(key) ?? 0;
      if (count >= mostParallel || onPath.has(index)) return;
      visits.set(key, count + 1);
      const { set, ways, isEnd } = nodes[index]!;
      if (set !== undefined || isEnd) {
        if (found.filter(({ to }) => to === index).length < mostParallel) found.push({ to: index, ...how });
        return;
      }
      onPath.add(index);
      for (const { to, when, not } of ways) {
        if (when === 'start' && !isAtStart) continue;
        visit(to, {
          isSure: how.isSure && when !== 'unsure',
          atEnd: how.atEnd || when === 'end',
          not: not ?? how.not,
        });
      }
      onPath.delete(index);
    };
    visit(from, { isSure: true, atEnd: false, not: undefined });
    return found;
  }
}

function acceptance(ends: readonly Draft[]): State['accepts'] {
  if (ends.some(({ atEnd, not }) => !atEnd && not === undefined)) return 'anywhere';
  return ends.length > 0 ? 'atEnd' : 'no';
}
