import type { CharSet } from '../charset/charset.ts';
import type {
  AlternationPart,
  BackreferencePart,
  CapturePart,
  ConditionalPart,
  LookPart,
  RepeatPart,
  Resolved,
} from '../transform/resolved.ts';
import { capturesIn, firstChars } from '../transform/traits.ts';
import { SetGroups } from './set-groups.ts';

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
  /** The groups that not every turn sets. */
  readonly optionalCaptures: readonly number[];
  /** What the text behind the loop begins with, where that is known. */
  readonly following: CharSet | undefined;
}

/** Collects the facts about a pattern. */
export function surveyPattern(root: Resolved): Survey {
  const surveyor = new Surveyor();
  surveyor.visit(root, { loops: [], looks: [], openGroups: [] });
  return surveyor;
}

class Surveyor implements Survey {
  readonly captures = new Map<number, CaptureFacts>();
  readonly references: ReferenceFacts[] = [];
  readonly loops: LoopFacts[] = [];
  atomicBehind = false;
  /** The groups that are set on every way to the place that the visit has come to. */
  readonly #set = new SetGroups();

  /** Visits a part in the order of the pattern. */
  visit(part: Resolved, around: Surroundings): void {
    switch (part.kind) {
      case 'sequence':
        this.#visitSequence(part.items, around);
        break;
      case 'alternation':
        this.#visitAlternation(part, around);
        break;
      case 'repeat':
        this.#visitRepeat(part, around, undefined);
        break;
      case 'capture':
        this.visit(part.body, { ...around, openGroups: [...around.openGroups, part.group] });
        this.captures.set(part.group, { ...around, part });
        this.#set.add(part.group);
        break;
      case 'atomic':
        this.#noteAtomic(around);
        this.visit(part.body, around);
        break;
      case 'look':
        this.#visitLook(part, around);
        break;
      case 'backreference':
        this.#noteReference(part, around);
        break;
      case 'conditional':
        this.#visitConditional(part, around);
        break;
    }
  }

  #visitSequence(items: readonly Resolved[], around: Surroundings): void {
    items.forEach((item, at) => {
      if (item.kind !== 'repeat') {
        this.visit(item, around);
        return;
      }
      const following = firstChars({ kind: 'sequence', items: items.slice(at + 1) });
      this.#visitRepeat(item, around, following);
    });
  }

  #visitAlternation(part: AlternationPart, around: Surroundings): void {
    this.#set.either(part.options.map((option) => () => this.visit(option, around)));
  }

  #visitRepeat(part: RepeatPart, around: Surroundings, following: CharSet | undefined): void {
    if (part.mode === 'possessive') this.#noteAtomic(around);
    const turns = part.max > 1;
    const before = this.#set.mark();
    this.visit(part.body, turns ? { ...around, loops: [...around.loops, part] } : around);
    if (turns) {
      const captures = capturesIn(part.body);
      const optionalCaptures = captures.filter((group) => !this.#set.has(group));
      this.loops.push({ ...around, part, captures, optionalCaptures, following });
    }
    if (part.min === 0) this.#set.undoTo(before);
  }

  #visitLook(part: LookPart, around: Surroundings): void {
    const before = this.#set.mark();
    this.visit(part.body, { ...around, looks: [...around.looks, part] });
    if (part.negated) this.#set.undoTo(before);
  }

  #visitConditional(part: ConditionalPart, around: Surroundings): void {
    this.#noteReference(part, around);
    const visitYes = (): void => {
      this.#set.add(part.group);
      this.visit(part.yes, around);
    };
    this.#set.either([visitYes, () => this.visit(part.no, around)]);
  }

  #noteAtomic(around: Surroundings): void {
    if (around.looks.some((look) => look.behind)) this.atomicBehind = true;
  }

  #noteReference(part: BackreferencePart | ConditionalPart, around: Surroundings): void {
    const isSet = this.#set.has(part.group);
    this.references.push({ ...around, part, isSet, isAfterGroup: this.captures.has(part.group) });
  }
}
