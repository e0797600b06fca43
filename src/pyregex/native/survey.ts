import type { CharSet } from '../charset/charset.ts';
import type {
  BackreferencePart,
  CapturePart,
  ConditionalPart,
  LookPart,
  RepeatPart,
  Resolved,
} from '../transform/resolved.ts';
import { capturesIn, firstChars } from '../transform/traits.ts';

/** What the rules need to know to say whether V8 runs a pattern exactly. */
export interface Survey {
  readonly captures: ReadonlyMap<number, CaptureFacts>;
  readonly references: readonly ReferenceFacts[];
  readonly loops: readonly LoopFacts[];
  /** Atomic groups and possessive repetitions inside a lookbehind. */
  readonly atomicBehind: boolean;
}

/** What encloses a part. */
export interface Surroundings {
  /** Repetitions that may turn more than once. */
  readonly loops: readonly RepeatPart[];
  readonly looks: readonly LookPart[];
  readonly openGroups: readonly number[];
}

export interface CaptureFacts extends Surroundings {
  readonly part: CapturePart;
}

/** A back-reference or a conditional. */
export interface ReferenceFacts extends Surroundings {
  readonly part: BackreferencePart | ConditionalPart;
  /** The group is set on every way here. */
  readonly isSet: boolean;
  /** The group stands before this place. */
  readonly isAfterGroup: boolean;
}

/** A repetition that may turn more than once. */
export interface LoopFacts extends Surroundings {
  readonly part: RepeatPart;
  readonly captures: readonly number[];
  /** The groups that every turn sets. */
  readonly setByTurn: ReadonlySet<number>;
  /** What the text behind the loop begins with, where that is known. */
  readonly following: CharSet | undefined;
}

/** Collects the facts about a pattern. */
export function surveyPattern(root: Resolved): Survey {
  const surveyor = new Surveyor();
  surveyor.visit(root, { loops: [], looks: [], openGroups: [] }, new Set());
  return surveyor;
}

type Groups = ReadonlySet<number>;

class Surveyor implements Survey {
  readonly captures = new Map<number, CaptureFacts>();
  readonly references: ReferenceFacts[] = [];
  readonly loops: LoopFacts[] = [];
  atomicBehind = false;

  /** Visits a part in the order of the pattern; `set`: groups that are set before, result: those after it. */
  visit(part: Resolved, around: Surroundings, set: Groups): Groups {
    switch (part.kind) {
      case 'sequence':
        return this.#visitSequence(part.items, around, set);
      case 'alternation':
        return common(part.options.map((option) => this.visit(option, around, set)));
      case 'repeat':
        return this.#visitRepeat(part, around, set, undefined);
      case 'capture': {
        const inside = { ...around, openGroups: [...around.openGroups, part.group] };
        const after = new Set(this.visit(part.body, inside, set));
        this.captures.set(part.group, { ...around, part });
        return after.add(part.group);
      }
      case 'atomic':
        this.#noteAtomic(around);
        return this.visit(part.body, around, set);
      case 'look': {
        const after = this.visit(part.body, { ...around, looks: [...around.looks, part] }, set);
        return part.negated ? set : after;
      }
      case 'backreference':
        this.#noteReference(part, around, set);
        return set;
      case 'conditional': {
        this.#noteReference(part, around, set);
        const afterYes = this.visit(part.yes, around, new Set(set).add(part.group));
        return common([afterYes, this.visit(part.no, around, set)]);
      }
      default:
        return set;
    }
  }

  #visitSequence(items: readonly Resolved[], around: Surroundings, set: Groups): Groups {
    return items.reduce((known, item, at) => {
      if (item.kind !== 'repeat') return this.visit(item, around, known);
      const following = firstChars({ kind: 'sequence', items: items.slice(at + 1) });
      return this.#visitRepeat(item, around, known, following);
    }, set);
  }

  #visitRepeat(part: RepeatPart, around: Surroundings, set: Groups, following: CharSet | undefined): Groups {
    if (part.mode === 'possessive') this.#noteAtomic(around);
    const turns = part.max > 1;
    const inside = turns ? { ...around, loops: [...around.loops, part] } : around;
    const after = this.visit(part.body, inside, set);
    if (turns) {
      this.loops.push({ ...around, part, captures: capturesIn(part.body), setByTurn: after, following });
    }
    return part.min > 0 ? after : set;
  }

  #noteAtomic(around: Surroundings): void {
    if (around.looks.some((look) => look.behind)) this.atomicBehind = true;
  }

  #noteReference(part: BackreferencePart | ConditionalPart, around: Surroundings, set: Groups): void {
    const isSet = set.has(part.group);
    this.references.push({ ...around, part, isSet, isAfterGroup: this.captures.has(part.group) });
  }
}

function common(sets: readonly Groups[]): Groups {
  return sets.reduce((one, other) => one.intersection(other));
}
