import type { Automaton } from './automaton.ts';

/** States that can all be reached from each other: a loop of the pattern. */
export interface Loop {
  readonly states: readonly number[];
  readonly members: ReadonlySet<number>;
  /** Every state that can reach this loop. */
  readonly sources: ReadonlySet<number>;
}

/** The loops of an automaton, each before those that it leads to. */
export function findLoops(automaton: Automaton): Loop[] {
  const loops = components(automaton).filter(
    (states) => states.length > 1 || automaton.states[states[0]!]!.edges.some(({ to }) => to === states[0]),
  );
  const backward = reversed(automaton);
  return loops.map((states) => ({ states, members: new Set(states), sources: reaching(states, backward) }));
}

interface Frame {
  readonly state: number;
  edge: number;
}

/** The strongly connected components, each before those that it leads to (Tarjan's algorithm, without recursion). */
export function components({ states }: Pick<Automaton, 'states'>): number[][] {
  const order = new Map<number, number>();
  const low = new Map<number, number>();
  const open: number[] = [];
  const isOpen = new Set<number>();
  const found: number[][] = [];
  const enter = (state: number): Frame => {
    order.set(state, order.size);
    low.set(state, order.size - 1);
    open.push(state);
    isOpen.add(state);
    return { state, edge: 0 };
  };
  const lower = (state: number, value: number): void => {
    low.set(state, Math.min(low.get(state)!, value));
  };
  for (const root of states.keys()) {
    if (order.has(root)) continue;
    const frames = [enter(root)];
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const edge = states[frame.state]!.edges[frame.edge];
      frame.edge += 1;
      if (edge !== undefined) {
        if (!order.has(edge.to)) frames.push(enter(edge.to));
        else if (isOpen.has(edge.to)) lower(frame.state, order.get(edge.to)!);
        continue;
      }
      frames.pop();
      const parent = frames.at(-1);
      if (parent !== undefined) lower(parent.state, low.get(frame.state)!);
      if (low.get(frame.state) !== order.get(frame.state)) continue;
      const component = open.splice(open.indexOf(frame.state));
      for (const state of component) isOpen.delete(state);
      found.push(component);
    }
  }
  return found.reverse();
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
