import { resolveTree } from '../transform/resolve.ts';
import type { RegexTree } from '../tree.ts';
import { findDoubling } from './ambiguity.ts';
import { attacksOnChain, attacksOnDoubling, attacksOnLetter } from './attack.ts';
import { type Automaton, makeAutomaton } from './automaton.ts';
import { Chains } from './chains.ts';
import { findLoops, type Loop } from './components.ts';
import { StepCounter } from './growth.ts';
import { partOf } from './part.ts';
import type { Budget } from './search.ts';
import type { Attack, BacktrackingVerdict, PatternPart } from './types.ts';
import { unaryChains } from './unary.ts';

/** Moves of the automaton that are looked at for one pattern; about a quarter of a second. */
const mostMoves = 2_000_000;
/** Chains of one length, letters, and attacks of any kind that are tried out. */
const mostChains = 4;
const mostLetters = 5;
const mostAttacks = 60;
/**
 * Counted repetitions are looked at in three ways: written out, as they are, up to a size; as loops without bound, since
 * many turns do as much harm (`(a?){30}`); and with one or two turns, which shows what is inside.
 */
const views = [
  { mostCopies: 160, largerOnes: 'loop' },
  { mostCopies: 12, largerOnes: 'loop' },
  { mostCopies: 12, largerOnes: 'short' },
] as const;
/** Whoever is as bad as this need not be looked at once more. */
const badDegree = 3;
/** A measured degree may fall short of the one that the shape of the pattern has, since texts are short. */
const tolerance = 0.85;

/** What is known about a pattern. */
export interface JudgeOptions {
  /** Texts may have several lines; otherwise no attack has a newline in it. */
  readonly severalLines?: boolean;
}

/**
 * Judges how long a backtracking engine may search with a pattern: the pattern is made an automaton, in which loops
 * that can be gone through in two ways (exponential) and loops that share their characters with others (polynomial) are
 * looked for. What is found becomes an attack, which is run on our own matcher: only what makes its steps grow is
 * reported. The unanchored start of a search counts as a loop too, so `a*b` has degree 2.
 *
 * Bounded in time: a pattern with very many loops may be judged too mildly, or not at all. Sources: Weber and Seidl, On the degree
 * of ambiguity of finite automata (1991); Weideman et al., Analyzing matching time behavior of backtracking regular expression
 * matchers (2016).
 */
export function judgeBacktracking(tree: RegexTree, options: JudgeOptions = {}): BacktrackingVerdict {
  const root = resolveTree(tree);
  let worst: BacktrackingVerdict | undefined;
  for (const view of views) {
    if (worst !== undefined && worst.degree >= badDegree) break;
    if (view.largerOnes === 'short' && worst?.degree === worst?.bound) break;
    const automaton = makeAutomaton(root, view, options);
    if (automaton !== undefined)
      worst = worseOf(worst, new Judge(tree, automaton, worst?.degree ?? 1).judge());
  }
  return worst ?? unknown;
}

const unknown: BacktrackingVerdict = { kind: 'unknown', degree: Number.NaN, bound: Number.NaN, parts: [] };

function worseOf(one: BacktrackingVerdict | undefined, other: BacktrackingVerdict): BacktrackingVerdict {
  if (one === undefined) return other;
  const worse = one.kind === 'safe' || other.degree > one.degree ? other : one;
  return { ...worse, bound: Math.max(one.bound, other.bound) };
}

interface Proof {
  readonly degree: number;
  readonly attack: Attack;
  /** States of the loops that the attack goes through. */
  readonly states: readonly number[];
}

class Judge {
  readonly #tree: RegexTree;
  readonly #automaton: Automaton;
  readonly #loops: readonly Loop[];
  readonly #known: number;
  readonly #budget: Budget = { left: mostMoves };
  #counter: StepCounter | undefined;
  #attacksLeft = mostAttacks;

  /** `known`: a degree that is proven already; only worse ones are of interest. */
  constructor(tree: RegexTree, automaton: Automaton, known: number) {
    this.#known = Number.isNaN(known) ? 1 : known;
    this.#tree = tree;
    this.#automaton = automaton;
    this.#loops = findLoops(automaton);
  }

  judge(): BacktrackingVerdict {
    const { proof: exponential, isPossible } = this.#exponential();
    if (exponential?.degree === Number.POSITIVE_INFINITY) {
      return this.#verdict(exponential, exponential.degree);
    }
    const chains = new Chains(this.#automaton, this.#loops, this.#budget);
    const bound = isPossible ? Number.POSITIVE_INFINITY : chains.longest + 1;
    const best = betterOf(exponential, this.#polynomial(chains));
    if (best === undefined || best.degree < 2) {
      if (this.#budget.left <= 0) return unknown;
      return { kind: 'safe', degree: 1, bound, parts: [] };
    }
    return this.#verdict(best, Math.max(bound, best.degree));
  }

  /** `isPossible`: the shape allows it, whether it could be proven or not. */
  #exponential(): { proof?: Proof; isPossible: boolean } {
    let proof: Proof | undefined;
    let isPossible = false;
    for (const loop of this.#loops) {
      const doubling = findDoubling(this.#automaton, loop, this.#budget);
      if (doubling === undefined) continue;
      isPossible = true;
      const attacks = attacksOnDoubling(this.#automaton, doubling, this.#budget);
      proof = betterOf(proof, this.#prove(attacks, [doubling.state], Number.POSITIVE_INFINITY));
      if (proof?.degree === Number.POSITIVE_INFINITY) break;
    }
    return { ...(proof === undefined ? {} : { proof }), isPossible };
  }

  /** What a single letter can do, repeated. */
  #unary(): Proof | undefined {
    let best: Proof | undefined;
    for (const chain of unaryChains(this.#automaton).slice(0, mostLetters)) {
      if (Math.max(best?.degree ?? 1, this.#known) >= chain.states.length) break;
      const attacks = attacksOnLetter(this.#automaton, chain, this.#budget);
      best = betterOf(best, this.#prove(attacks, chain.states, chain.states.length));
    }
    return best;
  }

  #polynomial(chains: Chains): Proof | undefined {
    let best = this.#unary();
    for (let length = chains.longest; length > 0; length -= 1) {
      let tried = 0;
      for (const chain of chains.ofLength(length)) {
        if (Math.max(best?.degree ?? 1, this.#known) >= length + 1 || tried >= mostChains) break;
        tried += 1;
        const attacks = attacksOnChain(this.#automaton, chain, this.#budget);
        const states = [chain[0]!.from, ...chain.map(({ to }) => to)];
        best = betterOf(best, this.#prove(attacks, states, length + 1));
      }
    }
    return best;
  }

  /** The attack that makes the steps grow most; no more than `expected` is believed of it. */
  #prove(attacks: readonly Attack[], states: readonly number[], expected: number): Proof | undefined {
    this.#counter ??= new StepCounter(this.#tree);
    let best: Proof | undefined;
    for (const attack of attacks) {
      if (this.#attacksLeft === 0 || best?.degree === expected) break;
      this.#attacksLeft -= 1;
      const isExponential = expected === Number.POSITIVE_INFINITY && this.#counter.growsExponentially(attack);
      const degree = isExponential ? expected : degreeFor(this.#counter.degreeOf(attack, expected), expected);
      best = betterOf(best, { degree, attack, states });
    }
    return best;
  }

  #verdict({ degree, attack, states }: Proof, bound: number): BacktrackingVerdict {
    const kind = degree === Number.POSITIVE_INFINITY ? 'exponential' : 'polynomial';
    return { kind, degree, bound, parts: this.#partsOf(states), attack };
  }

  #partsOf(states: readonly number[]): PatternPart[] {
    const loops = new Set(states.map((state) => this.#automaton.states[state]!.loop));
    return [...loops].flatMap((loop) => (loop === undefined ? [] : [partOf(this.#tree, loop)]));
  }
}

function degreeFor(measured: number, expected: number): number {
  return measured >= expected - tolerance ? expected : Math.round(measured);
}

function betterOf(one: Proof | undefined, other: Proof | undefined): Proof | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.degree > one.degree ? other : one;
}
