import type { RegexMatch } from '../types.ts';
import type { Variant } from './variant.ts';

/** What a match needs to know about its regex. */
export interface MatchMaker {
  readonly groupCount: number;
  readonly groupNames: ReadonlyMap<string, number>;
  /** The groups whose text V8 does not know, see `keptGroups`. */
  readonly keptGroups: ReadonlySet<number>;
  /** The same match, found by the own matcher. */
  matchAgain(subject: string, index: number): RegexMatch | null;
}

/**
 * A match found by V8. What costs a second run, at the place of the match, is left until it is asked for: the spans,
 * and the groups that V8 clears.
 */
export class NativeMatch implements RegexMatch {
  readonly index: number;
  readonly end: number;
  readonly #found: RegExpExecArray;
  readonly #variant: Variant;
  readonly #maker: MatchMaker;
  #indices: RegExpIndicesArray | undefined;
  #again: RegexMatch | null | undefined;

  constructor(found: RegExpExecArray, variant: Variant, maker: MatchMaker) {
    this.index = found.index;
    this.end = found.index + found[0].length;
    this.#found = found;
    this.#variant = variant;
    this.#maker = maker;
  }

  group(which: number | string): string | undefined {
    const group = this.#groupNumber(which);
    if (group === undefined) return undefined;
    if (this.#isKept(group)) return this.#matchAgain()?.group(group);
    const number = this.#variant.groupNumber(group);
    return number === undefined ? undefined : this.#found[number];
  }

  span(which: number | string): readonly [number, number] | undefined {
    const group = this.#groupNumber(which);
    if (group === undefined) return undefined;
    if (group === 0) return [this.index, this.end];
    if (this.#isKept(group)) return this.#matchAgain()?.span(group);
    const number = this.#variant.groupNumber(group);
    if (number === undefined || this.#found[number] === undefined) return undefined;
    this.#indices ??= this.#variant.matchWithIndices(this.#found.input, this.index);
    return this.#indices?.[number];
  }

  get groups(): readonly (string | undefined)[] {
    return Array.from({ length: this.#maker.groupCount + 1 }, (_, group) => this.group(group));
  }

  #isKept(group: number): boolean {
    const { keptGroups } = this.#maker;
    return keptGroups.size > 0 && keptGroups.has(group);
  }

  #groupNumber(which: number | string): number | undefined {
    return typeof which === 'number' ? which : this.#maker.groupNames.get(which);
  }

  #matchAgain(): RegexMatch | null {
    if (this.#again === undefined) this.#again = this.#maker.matchAgain(this.#found.input, this.index);
    return this.#again;
  }
}
