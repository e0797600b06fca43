import type { CharSet } from '../charset/charset.ts';
import type { RepeatMode } from '../tree.ts';

/**
 * A pattern with its flags applied: every character is a set of code points, every anchor says what it means.
 * Both engines and the search for required literals work on this tree.
 */
export type Resolved =
  | CharPart
  | PositionPart
  | BoundaryPart
  | SequencePart
  | AlternationPart
  | RepeatPart
  | CapturePart
  | AtomicPart
  | LookPart
  | BackreferencePart
  | ConditionalPart;

/** One code point of the set. */
export interface CharPart {
  readonly kind: 'char';
  readonly set: CharSet;
}

export type Position =
  | 'textStart'
  | 'lineStart'
  | 'textEnd'
  | 'lineEnd'
  /** At the end, or before a newline that is the last character. */
  | 'lastLineEnd';

export interface PositionPart {
  readonly kind: 'position';
  readonly at: Position;
}

/** Between a character of `word` and another or none; in an empty text neither this nor its negation holds. */
export interface BoundaryPart {
  readonly kind: 'boundary';
  readonly negated: boolean;
  readonly word: CharSet;
}

export interface SequencePart {
  readonly kind: 'sequence';
  readonly items: readonly Resolved[];
}

export interface AlternationPart {
  readonly kind: 'alternation';
  readonly options: readonly Resolved[];
}

export interface RepeatPart {
  readonly kind: 'repeat';
  readonly body: Resolved;
  readonly min: number;
  /** Infinity for no bound. */
  readonly max: number;
  readonly mode: RepeatMode;
  /** Start and end in the pattern, in code points. */
  readonly place: readonly [start: number, end: number];
}

export interface CapturePart {
  readonly kind: 'capture';
  readonly group: number;
  readonly body: Resolved;
}

export interface AtomicPart {
  readonly kind: 'atomic';
  readonly body: Resolved;
}

export interface LookPart {
  readonly kind: 'look';
  readonly behind: boolean;
  readonly negated: boolean;
  /** How many code points a lookbehind goes back; 0 for a lookahead. */
  readonly width: number;
  readonly body: Resolved;
}

export interface BackreferencePart {
  readonly kind: 'backreference';
  readonly group: number;
  readonly fold: Fold;
}

/** How characters of a back-reference compare: as they are, or both in lower case. */
export type Fold = 'none' | 'ascii' | 'unicode';

export interface ConditionalPart {
  readonly kind: 'conditional';
  readonly group: number;
  readonly yes: Resolved;
  readonly no: Resolved;
}

export const nothing: SequencePart = { kind: 'sequence', items: [] };

/** The parts directly below a part, in order. */
export function partsOf(part: Resolved): readonly Resolved[] {
  switch (part.kind) {
    case 'sequence':
      return part.items;
    case 'alternation':
      return part.options;
    case 'repeat':
    case 'capture':
    case 'atomic':
    case 'look':
      return [part.body];
    case 'conditional':
      return [part.yes, part.no];
    default:
      return [];
  }
}
