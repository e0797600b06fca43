import type { RepeatPart, Resolved } from '../transform/resolved.ts';
import { minWidth } from '../transform/traits.ts';
import type { CharMask } from './char-mask.ts';
import { noChars } from './char-mask.ts';
import type { PartChars } from './chars.ts';

/** So many turns can double often enough to hurt. */
const manyTurns = 10;

/** A repetition of so many turns that it counts as one without bound. */
export function isLoop(part: Resolved): part is RepeatPart {
  return part.kind === 'repeat' && part.max >= manyTurns;
}

/**
 * Whether a turn of the loop might be gone through in two ways on the same text, or one turn be taken for two. Roughly, and
 * rather too often than too seldom.
 */
export function mayDouble({ body, max }: RepeatPart, chars: PartChars): boolean {
  if (max !== Number.POSITIVE_INFINITY && minWidth(body) === 0) return true;
  return new TurnWalk(chars).mayBranch(body, chars.first(body), []);
}

class TurnWalk {
  readonly #chars: PartChars;

  constructor(chars: PartChars) {
    this.#chars = chars;
  }

  /** `follow`: what may come behind the part; `around`: what else there is in a turn. */
  mayBranch(part: Resolved, follow: CharMask, around: readonly Resolved[]): boolean {
    switch (part.kind) {
      case 'sequence':
        return part.items.some((item, at) => {
          const behind = part.items.slice(at + 1);
          const others = [...around, ...part.items.slice(0, at), ...behind];
          return this.mayBranch(item, this.#chars.firstOfAll(behind, follow), others);
        });
      case 'alternation':
        return (
          part.options.some((option) => this.mayBranch(option, follow, around)) ||
          this.#anyOverlap(part.options, follow)
        );
      case 'repeat':
        return part.mode !== 'possessive' && this.#mayRepeatBranch(part, follow, around);
      case 'capture':
        return this.mayBranch(part.body, follow, around);
      case 'conditional':
        return this.mayBranch(part.yes, follow, around) || this.mayBranch(part.no, follow, around);
      case 'backreference':
        return true;
      default:
        return false;
    }
  }

  #mayRepeatBranch(part: RepeatPart, follow: CharMask, around: readonly Resolved[]): boolean {
    const { body, min, max } = part;
    const first = this.#chars.first(body);
    // What takes no characters can be there or not, on any text.
    if (min !== max && this.#chars.all(body) === noChars) return true;
    if (min !== max && (first & follow) !== noChars) {
      const whole = this.#chars.all(body);
      // What else is in a turn tells a loop's turns apart, unless it may be of the same characters.
      if (!isLoop(part) || around.every((other) => this.#chars.isPassable(other, whole))) return true;
    }
    return this.mayBranch(body, max > 1 ? first | follow : follow, around);
  }

  #anyOverlap(options: readonly Resolved[], follow: CharMask): boolean {
    const rows = options.map(rowOf);
    return rows.some((one, at) => rows.slice(at + 1).some((other) => this.#mayOverlap(one, other, follow)));
  }

  /** Whether one text may begin both. */
  #mayOverlap(one: readonly Resolved[], other: readonly Resolved[], follow: CharMask): boolean {
    let at = 0;
    while (one[at]?.kind === 'char' && other[at]?.kind === 'char') {
      if (this.#areDisjoint([one[at]!], [other[at]!], noChars)) return false;
      at += 1;
    }
    if (at === one.length && at === other.length) return true;
    return !this.#areDisjoint(one.slice(at), other.slice(at), follow);
  }

  #areDisjoint(one: readonly Resolved[], other: readonly Resolved[], follow: CharMask): boolean {
    return (this.#chars.firstOfAll(one, follow) & this.#chars.firstOfAll(other, follow)) === noChars;
  }
}

/** The parts of an option in a row, without those that have no width. */
function rowOf(part: Resolved): readonly Resolved[] {
  switch (part.kind) {
    case 'sequence':
      return part.items.flatMap(rowOf);
    case 'capture':
      return rowOf(part.body);
    case 'position':
    case 'boundary':
    case 'look':
      return [];
    case 'repeat':
      return part.min === part.max && part.max <= manyTurns
        ? Array.from({ length: part.min }, () => rowOf(part.body)).flat()
        : [part];
    default:
      return [part];
  }
}
