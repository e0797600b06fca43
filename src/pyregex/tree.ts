/**
 * The tree of a Python pattern as written: flags are noted at the nodes they concern, not yet applied.
 *
 * As Python's own parser does, it has unpacked plain groups `(?:…)`, moved a common beginning out of an
 * alternation, and made an alternation of single characters a set; under IGNORECASE the latter can be told apart.
 */
export interface RegexTree {
  readonly source: string;
  /** Bits of `flagBits` that hold for the whole pattern. */
  readonly flags: number;
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  readonly root: Node;
}

export type Node =
  | LiteralNode
  | SetNode
  | AnyNode
  | AssertionNode
  | SequenceNode
  | AlternationNode
  | RepeatNode
  | GroupNode
  | AtomicNode
  | LookNode
  | BackreferenceNode
  | ConditionalNode;

/** One code point, or with `negated` any other. */
export interface LiteralNode {
  readonly kind: 'literal';
  readonly code: number;
  readonly negated: boolean;
  readonly flags: number;
}

export interface SetNode {
  readonly kind: 'set';
  readonly negated: boolean;
  readonly items: readonly SetItem[];
  readonly flags: number;
}

export type SetItem = CharItem | RangeItem | CategoryItem;

export interface CharItem {
  readonly kind: 'char';
  readonly code: number;
}

export interface RangeItem {
  readonly kind: 'range';
  readonly low: number;
  readonly high: number;
}

/** `\w \d \s`, with `negated` `\W \D \S`. */
export interface CategoryItem {
  readonly kind: 'category';
  readonly category: 'word' | 'digit' | 'space';
  readonly negated: boolean;
}

/** `.` */
export interface AnyNode {
  readonly kind: 'any';
  readonly flags: number;
}

/** `^ $ \A \Z \b \B` */
export interface AssertionNode {
  readonly kind: 'assertion';
  readonly at: 'begin' | 'end' | 'textStart' | 'textEnd' | 'boundary' | 'notBoundary';
  readonly flags: number;
}

export interface SequenceNode {
  readonly kind: 'sequence';
  readonly items: readonly Node[];
}

export interface AlternationNode {
  readonly kind: 'alternation';
  readonly options: readonly Node[];
}

export interface RepeatNode {
  readonly kind: 'repeat';
  readonly body: Node;
  readonly min: number;
  /** Infinity for no bound. */
  readonly max: number;
  readonly mode: RepeatMode;
  /** Where in the pattern it stands with what it repeats, and where its quantifier ends; in code points. */
  readonly place: readonly [start: number, end: number];
}

export type RepeatMode = 'greedy' | 'lazy' | 'possessive';

/** `number` is undefined for a group that only sets flags. */
export interface GroupNode {
  readonly kind: 'group';
  readonly number: number | undefined;
  readonly body: Node;
}

export interface AtomicNode {
  readonly kind: 'atomic';
  readonly body: Node;
}

/** Lookahead and lookbehind. `index`: where in the pattern, in code points, for errors. */
export interface LookNode {
  readonly kind: 'look';
  readonly behind: boolean;
  readonly negated: boolean;
  readonly body: Node;
  readonly index: number;
}

export interface BackreferenceNode {
  readonly kind: 'backreference';
  readonly group: number;
  readonly flags: number;
}

/** `(?(group)yes|no)` */
export interface ConditionalNode {
  readonly kind: 'conditional';
  readonly group: number;
  readonly yes: Node;
  readonly no: Node | undefined;
}
