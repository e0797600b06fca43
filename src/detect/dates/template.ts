import type { CompiledRegex, RegexMatch } from '../../pyregex/index.ts';
import type { CompileRegex } from '../regex-cache.ts';
import { type DateField, type Moment, timeOfFields } from './fields.ts';
import type { TemplateSpec } from './pattern.ts';
import { type QuickTemplate, quickTemplate } from './quick/index.ts';

/** A date template at work: its regex, compiled at first use, and how often it matched and won. */
export class DateTemplate {
  readonly spec: TemplateSpec;
  /** How much more its hits count than those of others. */
  readonly ownWeight: number;
  /** Reads the template's plain spelling without the regex. */
  readonly quick: QuickTemplate | undefined;
  readonly #compile: CompileRegex;
  #regex: CompiledRegex | undefined;
  #fieldGroups: readonly (readonly [name: string, group: number])[] = [];

  #lastText: string | undefined;
  #lastSecond: number | undefined;
  #lastTimeSec: number | undefined;

  /** How often the regex matched, whether or not another template was taken. */
  matches = 0;
  /** How often this template gave the date. */
  hits = 0;
  lastUsedSec = 0;
  /** Where the date stood when it last won. */
  distance = 0x7fffffff;

  constructor(spec: TemplateSpec, weight: number, compile: CompileRegex) {
    this.spec = spec;
    this.ownWeight = weight;
    this.quick = quickTemplate(spec);
    this.#compile = compile;
  }

  /** Claim to a place ahead of others: many hits, near the start of the line. */
  get weight(): number {
    return (this.hits * this.ownWeight) / Math.max(1, this.distance);
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

  /** Where the date stands in the line. */
  dateSpan(match: RegexMatch): readonly [start: number, end: number] {
    // Asking the engine for a span costs a second run, and mostly the match itself tells.
    if (this.spec.bound.dateEndsMatch) return [match.end - (match.group(1)?.length ?? 0), match.end];
    return match.span(1) ?? [0, 0];
  }

  /** Seconds since the epoch for a match of this template; undefined when the text is no possible date. */
  timeOf(match: RegexMatch, moment: Moment): number | undefined {
    switch (this.spec.kind) {
      case 'fields':
        return this.#timeOfFields(match, moment);
      case 'epoch':
        return Number(match.group(this.spec.valueGroup));
      case 'long-epoch':
        return longEpoch(match.group(this.spec.valueGroup) ?? '');
      case 'tai64n':
        // Behind "@4" come fifteen digits of seconds, then the nanoseconds.
        return Number.parseInt((match.group(1) ?? '').slice(2, 17), 16);
    }
  }

  /** Whether the text itself says in which zone the time is (TAI64N always does). */
  namesZone(match: RegexMatch): boolean {
    if (this.spec.kind !== 'fields') return this.spec.kind === 'tai64n';
    return this.#fieldGroups.some(([name, group]) => /^[zZ]$/.test(name) && match.group(group) !== undefined);
  }

  /** Many lines of a log share their second, so the last time read is kept, for as long as "now" is the same second. */
  #timeOfFields(match: RegexMatch, moment: Moment): number | undefined {
    const text = this.spec.bound.dateEndsMatch ? match.group(1) : undefined;
    const second = Math.floor(moment.nowSec);
    if (text !== undefined && text === this.#lastText && second === this.#lastSecond)
      return this.#lastTimeSec;
    this.#lastTimeSec = timeOfFields(this.#fieldsOf(match), moment);
    this.#lastText = text;
    this.#lastSecond = second;
    return this.#lastTimeSec;
  }

  #fieldsOf(match: RegexMatch): DateField[] {
    const fields: DateField[] = [];
    for (const [name, group] of this.#fieldGroups) {
      const text = match.group(group);
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
