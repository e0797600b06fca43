import type { CompiledRegex, RegexMatch } from '../../pyregex/index.ts';
import type { CompileRegex } from '../regex-cache.ts';
import { type DateField, type Moment, timeOfFields } from './fields.ts';
import type { TemplateSpec } from './pattern.ts';

/** A date template at work: its regex, compiled at first use, and how often it matched and won. */
export class DateTemplate {
  readonly spec: TemplateSpec;
  readonly #compile: CompileRegex;
  readonly #ownWeight: number;
  #regex: CompiledRegex | undefined;
  #fieldGroups: readonly (readonly [name: string, group: number])[] = [];

  /** How often the regex matched, whether or not another template was taken. */
  matches = 0;
  /** How often this template gave the date. */
  hits = 0;
  lastUsedSec = 0;
  /** Where the date stood when it last won. */
  distance = 0x7fffffff;

  constructor(spec: TemplateSpec, weight: number, compile: CompileRegex) {
    this.spec = spec;
    this.#ownWeight = weight;
    this.#compile = compile;
  }

  /** Claim to a place ahead of others: many hits, near the start of the line. */
  get weight(): number {
    return (this.hits * this.#ownWeight) / Math.max(1, this.distance);
  }

  /** Looks for the date in the text from an index on. */
  search(text: string, fromIndex = 0): RegexMatch | null {
    const match = this.compiled().search(text, fromIndex);
    if (match !== null) this.matches += 1;
    return match;
  }

  /** The compiled regex; throws the engine's error for a pattern that is none. */
  compiled(): CompiledRegex {
    if (this.#regex === undefined) {
      this.#regex = this.#compile(this.spec.bound.regex);
      this.#fieldGroups = [...this.#regex.groupNames];
    }
    return this.#regex;
  }

  /** Seconds since the epoch for a match of this template; undefined when the text is no possible date. */
  timeOf(match: RegexMatch, moment: Moment): number | undefined {
    switch (this.spec.kind) {
      case 'fields':
        return timeOfFields(this.#fieldsOf(match), moment);
      case 'epoch':
        return Number(match.group(this.spec.valueGroup));
      case 'long-epoch':
        return longEpoch(match.group(this.spec.valueGroup) ?? '');
      case 'tai64n':
        // Behind "@4" come fifteen digits of seconds, then the nanoseconds.
        return Number.parseInt((match.group(1) ?? '').slice(2, 17), 16);
    }
  }

  #fieldsOf(match: RegexMatch): DateField[] {
    const fields: DateField[] = [];
    for (const [name, group] of this.#fieldGroups) {
      const text = match.groups[group];
      if (text !== undefined) fields.push([name, text]);
    }
    return fields;
  }
}

/** Seconds, milliseconds or microseconds since the epoch, told apart by the number of digits. */
function longEpoch(text: string): number {
  if (text.length < 13) return Number(text);
  return Number(text) / (text.length >= 16 && !text.includes('.') ? 1_000_000 : 1000);
}
