import type { RegexMatch } from '../types.ts';

/** A match found by the own matcher. */
export class BacktrackMatch implements RegexMatch {
  readonly index: number;
  readonly end: number;
  readonly #subject: string;
  readonly #spans: readonly (readonly [number, number] | undefined)[];
  readonly #groupNames: ReadonlyMap<string, number>;

  /** `spans`: of all groups, that of the whole match first. */
  constructor(
    subject: string,
    spans: readonly [readonly [number, number], ...(readonly [number, number] | undefined)[]],
    groupNames: ReadonlyMap<string, number>,
  ) {
    [this.index, this.end] = spans[0];
    this.#subject = subject;
    this.#spans = spans;
    this.#groupNames = groupNames;
  }

  group(which: number | string): string | undefined {
    const span = this.span(which);
    return span === undefined ? undefined : this.#subject.slice(span[0], span[1]);
  }

  span(which: number | string): readonly [number, number] | undefined {
    const group = typeof which === 'number' ? which : this.#groupNames.get(which);
    return group === undefined ? undefined : this.#spans[group];
  }

  get groups(): readonly (string | undefined)[] {
    return this.#spans.map((_, group) => this.group(group));
  }
}
