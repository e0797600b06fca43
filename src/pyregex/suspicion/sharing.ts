import { partsOf, type RepeatPart, type Resolved } from '../transform/resolved.ts';
import { minWidth } from '../transform/traits.ts';
import { type CharMask, everyMask, noChars } from './char-mask.ts';
import type { PartChars } from './chars.ts';
import { isLoop } from './doubling.ts';

/** A loop that was gone through, and that a later one might share its characters with. */
interface Loop {
  /** The same on all ways that lead on from it. */
  readonly id: number;
  readonly mask: CharMask;
  /** Pairs of loops before it that share characters. */
  readonly pairs: number;
  /** What lies between it and here, each character or group of characters that has to be there. */
  readonly between: readonly CharMask[];
}

interface Way {
  /** Pairs of loops that share characters, so far. */
  readonly pairs: number;
  readonly open: readonly Loop[];
}

/**
 * How many pairs of loops one behind the other may share characters, at most about: each makes the time grow with one
 * power more of the length. `searched`: behind which characters a match may begin; that search is the first loop.
 */
export function sharingLoops(root: Resolved, searched: CharMask, chars: PartChars): number {
  const walk = new SharingWalk(chars);
  const search: Loop = { id: 0, mask: everyMask, pairs: 0, between: [searched] };
  const end = walk.go(root, { pairs: 0, open: searched === noChars ? [] : [search] });
  return Math.max(end.pairs, walk.mostInLooks);
}

class SharingWalk {
  mostInLooks = 0;
  readonly #chars: PartChars;
  #lastId = 0;

  constructor(chars: PartChars) {
    this.#chars = chars;
  }

  go(part: Resolved, way: Way): Way {
    switch (part.kind) {
      case 'char':
        return passed(way, this.#chars.of(part.set));
      case 'sequence':
        return part.items.reduce((before, item) => this.go(item, before), way);
      case 'alternation':
        return joined(part.options.map((option) => this.go(option, way)));
      case 'conditional':
        return joined([this.go(part.yes, way), this.go(part.no, way)]);
      case 'capture':
      case 'atomic':
        return this.go(part.body, way);
      case 'repeat':
        return this.#repeat(part, way);
      case 'look':
        this.mostInLooks = Math.max(this.mostInLooks, this.go(part.body, way).pairs);
        return way;
      case 'backreference':
        return this.#loop(everyMask, true, way);
      default:
        return way;
    }
  }

  #repeat(part: RepeatPart, way: Way): Way {
    const { body, min } = part;
    if (!isLoop(part)) return this.#turns(part, way);
    const behind = this.#loop(this.#chars.all(body), min === 0 || minWidth(body) === 0, way);
    this.#looksIn(body, behind);
    // Nothing is given back of what this took, so it shares with none behind it.
    return part.mode === 'possessive' ? { ...behind, open: behind.open.slice(0, -1) } : behind;
  }

  /** A few turns. Only loops make a difference from one turn to the next. */
  #turns({ body, min, max }: RepeatPart, way: Way): Way {
    const turns = hasLoop(body) ? max : Math.min(max, 1);
    const ways = [way];
    for (let turn = 0; turn < turns; turn += 1) ways.push(this.go(body, ways.at(-1)!));
    return joined(ways.slice(Math.min(min, turns)));
  }

  #loop(mask: CharMask, isOptional: boolean, way: Way): Way {
    const partners = way.open.filter(
      (open) => (open.mask & mask) !== noChars && open.between.every((chars) => (chars & mask) !== noChars),
    );
    const pairs = Math.max(way.pairs, ...partners.map((open) => open.pairs + 1));
    const { open } = isOptional ? way : passed(way, mask);
    this.#lastId += 1;
    return { pairs, open: [...open, { id: this.#lastId, mask, pairs, between: [] }] };
  }

  /** What is looked at in each turn of a loop. */
  #looksIn(part: Resolved, way: Way): void {
    if (part.kind === 'look') this.go(part, way);
    else for (const below of partsOf(part)) this.#looksIn(below, way);
  }
}

function hasLoop(part: Resolved): boolean {
  return part.kind === 'backreference' || isLoop(part) || partsOf(part).some(hasLoop);
}

/** Loops that cannot take the characters are at an end. */
function passed({ pairs, open }: Way, chars: CharMask): Way {
  const left: Loop[] = [];
  for (const loop of open) {
    const common = loop.mask & chars;
    if (common === noChars) continue;
    left.push(loop.between.includes(common) ? loop : { ...loop, between: [...loop.between, common] });
  }
  return { pairs, open: left };
}

/** Any of the ways may have been gone: only what lies between on all of them has to be there. */
function joined(ways: readonly Way[]): Way {
  const loops = new Map<number, Loop>();
  for (const way of ways) {
    for (const loop of way.open) {
      const other = loops.get(loop.id);
      if (other === undefined) loops.set(loop.id, loop);
      else if (other !== loop) {
        const between = other.between.filter((chars) => loop.between.includes(chars));
        loops.set(loop.id, { ...loop, pairs: Math.max(loop.pairs, other.pairs), between });
      }
    }
  }
  return { pairs: Math.max(...ways.map(({ pairs }) => pairs)), open: [...loops.values()] };
}
