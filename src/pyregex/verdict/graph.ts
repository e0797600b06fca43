import type { CharSet } from '../charset/charset.ts';
import {
  type LookPart,
  type Position,
  partsOf,
  type RepeatPart,
  type Resolved,
} from '../transform/resolved.ts';
import { minWidth } from '../transform/traits.ts';

/** A node of the graph of a pattern: a character to be matched, or a mere crossing. */
export interface GraphNode {
  readonly set: CharSet | undefined;
  readonly ways: Way[];
  /** 0 in the pattern itself, another number in each lookahead. */
  readonly scope: number;
  /** The outermost repetition around that was made a loop. */
  readonly loop: RepeatPart | undefined;
  /** Stands in one of the groups that were asked for. */
  readonly isMarked: boolean;
  /** Here a scope has matched. */
  readonly isEnd: boolean;
}

/** A way to another node. */
export interface Way {
  readonly to: number;
  /**
   * `start`: at the start of the text only; `end`: at its end only; `unsure`: under a condition that is not looked
   * into.
   */
  readonly when: 'always' | 'start' | 'end' | 'unsure';
  /** The next character is none of these. */
  readonly not?: CharSet;
}

export interface Graph {
  readonly nodes: readonly GraphNode[];
  readonly start: number;
}

/** Where a graph is taken for larger than the pattern, and when it is given up. */
export interface GraphLimits {
  /** A counted repetition is written out up to so many nodes. */
  readonly mostCopies: number;
  /** What becomes of larger ones: a loop without bound, or one or two turns. */
  readonly largerOnes: 'loop' | 'short';
  readonly mostNodes: number;
}

const deepestReference = 3;
const farAway = Number.POSITIVE_INFINITY;

/** The pattern is too large. */
export class GraphLimit extends Error {}

/**
 * Makes the graph of a pattern. What it cannot say exactly it makes wider: lookarounds and word boundaries hold
 * perhaps, a back-reference is the group once more, an atomic group may be tried again. A lookahead is a way of its own that ends
 * where it has matched. `marked`: numbers of groups whose nodes are to be marked.
 */
export function makeGraph(root: Resolved, limits: GraphLimits, marked: ReadonlySet<number>): Graph {
  const maker = new GraphMaker(groupsIn(root), limits, marked);
  const end = maker.node({ isEnd: true });
  return { nodes: maker.nodes, start: maker.make(root, end) };
}

class GraphMaker {
  readonly nodes: GraphNode[] = [];
  readonly #limits: GraphLimits;
  readonly #marked: ReadonlySet<number>;
  readonly #groups: ReadonlyMap<number, Resolved>;
  #scope = 0;
  #scopes = 0;
  #loop: RepeatPart | undefined;
  #isMarked = false;
  #referenceDepth = 0;

  constructor(groups: ReadonlyMap<number, Resolved>, limits: GraphLimits, marked: ReadonlySet<number>) {
    this.#groups = groups;
    this.#limits = limits;
    this.#marked = marked;
  }

  node({ set, isEnd = false }: { set?: CharSet; isEnd?: boolean } = {}, ways: Way[] = []): number {
    if (this.nodes.length >= this.#limits.mostNodes) throw new GraphLimit();
    const node = { set, ways, scope: this.#scope, loop: this.#loop, isMarked: this.#isMarked, isEnd };
    return this.nodes.push(node) - 1;
  }

  /** The node at which the part begins, when `next` is what follows it. */
  make(part: Resolved, next: number): number {
    switch (part.kind) {
      case 'char':
        return this.node({ set: part.set }, [{ to: next, when: 'always' }]);
      case 'position':
        return this.node({}, [{ to: next, when: conditionOf(part.at) }]);
      case 'boundary':
        return this.node({}, [{ to: next, when: 'unsure' }]);
      case 'sequence':
        return part.items.reduceRight((behind, item) => this.make(item, behind), next);
      case 'alternation':
        return this.node(
          {},
          part.options.map((option) => ({ to: this.make(option, next), when: 'always' })),
        );
      case 'repeat':
        return this.#repeat(part, next);
      case 'capture':
        return this.#inGroup(part.group, () => this.make(part.body, next));
      case 'atomic':
        return this.#atomic(part.body, next);
      case 'look':
        return this.#look(part, next);
      case 'backreference':
        return this.#reference(part.group, next);
      case 'conditional':
        return this.node({}, [
          { to: this.make(part.yes, next), when: 'unsure' },
          { to: this.make(part.no, next), when: 'unsure' },
        ]);
    }
  }

  #inGroup(group: number, make: () => number): number {
    const before = this.#isMarked;
    this.#isMarked ||= this.#marked.has(group);
    const start = make();
    this.#isMarked = before;
    return start;
  }

  #repeat(part: RepeatPart, next: number): number {
    const { body, mode } = part;
    if (mode === 'possessive') return this.#atomic({ ...part, mode: 'greedy' }, next);
    const size = sizeOf(body);
    const fits = (count: number): boolean => count <= 1 || count * size <= this.#limits.mostCopies;
    const isWide = !fits(part.max === farAway ? part.min : part.max);
    const isShort = isWide && this.#limits.largerOnes === 'short';
    const min = isWide ? Math.min(part.min, 1) : part.min;
    const max = isShort && part.max !== farAway ? 2 : isWide ? farAway : part.max;
    let start = max === farAway ? this.#makeLoop(part, isWide, min, next) : next;
    const optional = max === farAway ? 0 : max - min;
    for (let turn = 0; turn < optional; turn += 1) {
      const inside = this.make(body, start);
      start = this.node({}, [
        { to: inside, when: 'always' },
        { to: next, when: 'always' },
      ]);
    }
    const written = max === farAway ? Math.max(0, min - 1) : min;
    for (let turn = 0; turn < written; turn += 1) start = this.make(body, start);
    return start;
  }

  /**
   * A loop of any number of turns, at least one if `min` is not 0. It is entered at another node than the one between its
   * turns: in `(a*)*`, one more `a` is a turn of the inner loop or of the outer one.
   */
  #makeLoop(part: RepeatPart, isWide: boolean, min: number, next: number): number {
    const outer = this.#loop;
    this.#loop ??= part;
    const ways: Way[] = [];
    const turn = this.node({}, ways);
    const inside = this.make(part.body, turn);
    ways.push({ to: inside, when: 'always' });
    // Which of the counted turns are the empty ones is left open, so there are many ways.
    if (isWide && minWidth(part.body) === 0) ways.push({ to: inside, when: 'always' });
    ways.push({ to: next, when: 'always' });
    const start = min > 0 ? inside : this.node({}, [...ways]);
    this.#loop = outer;
    return start;
  }

  /** Of a run of characters of one set, what follows is none of the set: nothing is given back. */
  #atomic(body: Resolved, next: number): number {
    const isRun = body.kind === 'repeat' && body.body.kind === 'char' && body.max === farAway;
    const not = isRun && body.body.kind === 'char' ? { not: body.body.set } : {};
    return this.make(body, this.node({}, [{ to: next, when: isRun ? 'always' : 'unsure', ...not }]));
  }

  #look(part: LookPart, next: number): number {
    const pass: Way = { to: next, when: 'unsure' };
    // Looking behind has a fixed width, so it takes a fixed time.
    if (part.behind) return this.node({}, [pass]);
    const [scope, loop] = [this.#scope, this.#loop];
    this.#scopes += 1;
    this.#scope = this.#scopes;
    this.#loop = undefined;
    const inside = this.make(part.body, this.node({ isEnd: true }));
    this.#scope = scope;
    this.#loop = loop;
    return this.node({}, [{ to: inside, when: 'always' }, pass]);
  }

  #reference(group: number, next: number): number {
    const body = this.#groups.get(group);
    if (body === undefined || this.#referenceDepth >= deepestReference) {
      return this.node({}, [{ to: next, when: 'unsure' }]);
    }
    this.#referenceDepth += 1;
    const copy = this.make(body, next);
    this.#referenceDepth -= 1;
    return this.node({}, [{ to: copy, when: 'unsure' }]);
  }
}

function groupsIn(part: Resolved, groups = new Map<number, Resolved>()): Map<number, Resolved> {
  if (part.kind === 'capture') groups.set(part.group, part.body);
  for (const below of partsOf(part)) groupsIn(below, groups);
  return groups;
}

function conditionOf(position: Position): Way['when'] {
  if (position === 'textStart') return 'start';
  if (position === 'textEnd' || position === 'lastLineEnd') return 'end';
  return 'unsure';
}

/** About how many nodes the part takes. */
function sizeOf(part: Resolved): number {
  switch (part.kind) {
    case 'sequence':
      return part.items.reduce((sum, item) => sum + sizeOf(item), 0);
    case 'alternation':
      return part.options.reduce((sum, option) => sum + sizeOf(option), 1);
    case 'repeat': {
      const turns = part.max === farAway ? Math.max(1, part.min) : part.max;
      return Math.max(1, turns) * sizeOf(part.body);
    }
    case 'capture':
    case 'atomic':
    case 'look':
      return sizeOf(part.body);
    case 'conditional':
      return 1 + sizeOf(part.yes) + sizeOf(part.no);
    default:
      return 1;
  }
}
