import type { Automaton, Edge } from './automaton.ts';

/** States that can all be reached from each other: a loop of the pattern. */
export interface Loop {
  readonly states: readonly number[];
  readonly members: ReadonlySet<number>;
  /** Every state that can reach this loop. */
  readonly sources: ReadonlySet<number>;
}

/** The loops of an automaton, each before those that it leads to. */
export function findLoops(automaton: Automaton): Loop[] {
  const loops = components(automaton.states.map(({ edges }) => edges)).filter(
    (states) => states.length > 1 || automaton.states[states[0]!]!.edges.some(({ to }) => to === states[0]),
  );
  const backward = reversed(automaton);
  return loops.map((states) => ({ states, members: new Set(states), sources: reaching(states, backward) }));
}

/**
 * The strongly connected components of a graph, each before those that it leads to (Tarjan's algorithm, without recursion),
 * without the states that no edge leaves. `edges`: those that leave each state.
 */
export function components(edges: readonly (readonly Pick<Edge, 'to'>[])[]): number[][] {
  return new Components(edges).find();
}

/** Numbers in place of objects and maps: the judge spends much of its time here. */
class Components {
  readonly #edges: readonly (readonly Pick<Edge, 'to'>[])[];
  /** When a state was come by, from 1; 0: not yet. */
  readonly #order: Int32Array;
  /** The earliest open state that is reached from a state. */
  readonly #low: Int32Array;
  readonly #isOpen: Uint8Array;
  /** The edge of each state that is next. */
  readonly #next: Int32Array;
  readonly #open: number[] = [];
  readonly #path: number[] = [];
  #entered = 0;

  constructor(edges: readonly (readonly Pick<Edge, 'to'>[])[]) {
    this.#edges = edges;
    this.#order = new Int32Array(edges.length);
    this.#low = new Int32Array(edges.length);
    this.#isOpen = new Uint8Array(edges.length);
    this.#next = new Int32Array(edges.length);
  }

  find(): number[][] {
    const found: number[][] = [];
    for (let root = 0; root < this.#edges.length; root += 1) {
      if (this.#order[root] !== 0 || this.#edges[root]!.length === 0) continue;
      this.#enter(root);
      while (this.#path.length > 0) {
        const state = this.#path.at(-1)!;
        if (this.#follow(state)) continue;
        this.#path.pop();
        const parent = this.#path.at(-1);
        if (parent !== undefined) this.#lower(parent, this.#low[state]!);
        if (this.#low[state] === this.#order[state]) found.push(this.#close(state));
      }
    }
    return found.reverse();
  }

  #enter(state: number): void {
    this.#entered += 1;
    this.#order[state] = this.#entered;
    this.#low[state] = this.#entered;
    this.#isOpen[state] = 1;
    this.#open.push(state);
    this.#path.push(state);
  }

  /** Takes the next edge of a state; false if there is none. */
  #follow(state: number): boolean {
    const to = this.#edges[state]![this.#next[state]!]?.to;
    if (to === undefined) return false;
    this.#next[state]! += 1;
    if (this.#edges[to]!.length === 0) return true;
    if (this.#order[to] === 0) this.#enter(to);
    else if (this.#isOpen[to] === 1) this.#lower(state, this.#order[to]!);
    return true;
  }

  #lower(state: number, value: number): void {
    if (value < this.#low[state]!) this.#low[state] = value;
  }

  #close(state: number): number[] {
    const component = this.#open.splice(this.#open.lastIndexOf(state));
    for (const member of component) this.#isOpen[member] = 0;
    return component;
  }
}

function reversed({ states }: Automaton): number[][] {
  const backward: number[][] = states.map(() => []);
  for (const [from, { edges }] of states.entries()) for (const { to } of edges) backward[to]!.push(from);
  return backward;
}

function reaching(targets: readonly number[], backward: readonly (readonly number[])[]): Set<number> {
  const found = new Set(targets);
  for (const state of found) for (const from of backward[state]!) found.add(from);
  return found;
}
