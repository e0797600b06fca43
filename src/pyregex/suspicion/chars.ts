import type { CharSet } from '../charset/charset.ts';
import { partsOf, type Resolved } from '../transform/resolved.ts';
import { minWidth } from '../transform/traits.ts';
import { type CharMask, everyMask, maskOf, noChars } from './char-mask.ts';

/** Answers what characters parts of one pattern are made of, roughly: never fewer than there are. */
export class PartChars {
  readonly #masks = new Map<CharSet, CharMask>();

  of(set: CharSet): CharMask {
    let mask = this.#masks.get(set);
    if (mask === undefined) {
      mask = maskOf(set);
      this.#masks.set(set, mask);
    }
    return mask;
  }

  /** What a match of the part may begin with; nothing for one without width. */
  first(part: Resolved): CharMask {
    switch (part.kind) {
      case 'char':
        return this.of(part.set);
      case 'sequence':
        return this.firstOfAll(part.items, noChars);
      case 'backreference':
        return everyMask;
      case 'position':
      case 'boundary':
      case 'look':
        return noChars;
      default:
        return partsOf(part).reduce((mask, below) => mask | this.first(below), noChars);
    }
  }

  /** What parts in a row may begin with, when `behind` may follow them. */
  firstOfAll(items: readonly Resolved[], behind: CharMask): CharMask {
    let mask = noChars;
    for (const item of items) {
      mask |= this.first(item);
      if (minWidth(item) > 0) return mask;
    }
    return mask | behind;
  }

  /** All characters that a match of the part may have in it. */
  all(part: Resolved): CharMask {
    if (part.kind === 'char') return this.of(part.set);
    if (part.kind === 'backreference') return everyMask;
    if (part.kind === 'look') return noChars;
    return partsOf(part).reduce((mask, below) => mask | this.all(below), noChars);
  }

  /** Whether the part can be gone through with these characters only. */
  isPassable(part: Resolved, mask: CharMask): boolean {
    switch (part.kind) {
      case 'char':
        return (this.of(part.set) & mask) !== noChars;
      case 'sequence':
        return part.items.every((item) => this.isPassable(item, mask));
      case 'alternation':
        return part.options.some((option) => this.isPassable(option, mask));
      case 'conditional':
        return this.isPassable(part.yes, mask) || this.isPassable(part.no, mask);
      case 'repeat':
        return part.min === 0 || this.isPassable(part.body, mask);
      case 'capture':
      case 'atomic':
        return this.isPassable(part.body, mask);
      default:
        return true;
    }
  }
}
