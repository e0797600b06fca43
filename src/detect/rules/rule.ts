import { PythonTuple } from '../../base/index.ts';
import type { CompiledRegex, RegexMatch } from '../../pyregex/index.ts';
import { FieldNames, type FieldValue, isSet, MatchFields } from './fields.ts';
import { groupOfField } from './tags.ts';

/** A group whose value goes to another field: of `alt_…` the first that is not empty, of `tuple_…` all together. */
interface MergedGroup {
  readonly group: string;
  readonly field: string;
}

const mergedName = /^(alt|tuple)_(.*?)(?:_\d+)?$/;

/** A compiled regex of a filter. */
export class Rule {
  /** Index in its list of rules. */
  readonly index: number;
  /** As configured, before the tags were replaced. */
  readonly source: string;
  readonly regex: CompiledRegex;
  readonly #names: FieldNames;
  readonly #groups: readonly number[];
  readonly #alternatives: readonly MergedGroup[];
  readonly #tuples: readonly MergedGroup[];
  /** Some groups go to fields of another name. */
  readonly #merges: boolean;
  readonly #skipGroups: readonly number[];

  /** How often it matched a line. */
  hits = 0;

  constructor(index: number, source: string, regex: CompiledRegex) {
    this.index = index;
    this.source = source;
    this.regex = regex;
    this.#names = new FieldNames([...regex.groupNames.keys()]);
    this.#groups = [...regex.groupNames.values()];
    this.#alternatives = mergedGroups(regex, 'alt');
    this.#tuples = mergedGroups(regex, 'tuple');
    this.#merges = this.#alternatives.length > 0 || this.#tuples.length > 0;
    this.#skipGroups = skipGroups(regex);
  }

  /** Whether the regex has a group of that name. */
  hasGroup(name: string): boolean {
    return this.regex.groupNames.has(name);
  }

  /** The named groups of a match, alternatives and tuples merged into their fields; behind those of its prefregex. */
  fieldsOf(match: RegexMatch, prefix?: MatchFields): MatchFields {
    if (!this.#merges) return MatchFields.of(match, this.#names, this.#groups, prefix);
    const own = this.#merged(MatchFields.of(match, this.#names, this.#groups));
    return prefix === undefined ? own : MatchFields.join(prefix, own);
  }

  #merged(fields: MatchFields): MatchFields {
    for (const { group, field } of this.#alternatives) {
      const value = fields.get(group);
      if (isSet(value) && !isSet(fields.get(field))) fields.set(field, value!);
    }
    for (const { group, field } of this.#tuples) {
      const first = fields.get(field) ?? null;
      const parts = first instanceof PythonTuple ? first.items : [first];
      fields.set(field, new PythonTuple([...parts, fields.get(group) ?? null]));
    }
    return fields;
  }

  /** One field of a match. */
  fieldOf(match: RegexMatch, name: string): FieldValue | undefined {
    if (this.#merges) return this.fieldsOf(match).get(name);
    const group = this.regex.groupNames.get(name);
    return group === undefined ? undefined : (match.group(group) ?? null);
  }

  /** Lines that `<SKIPLINES>` stepped over. */
  skippedLines(match: RegexMatch): string[] {
    const text = this.#skipGroups.map((group) => match.group(group) ?? '').join('');
    const lines = text.split(/\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/);
    if (lines.at(-1) === '') lines.pop();
    return lines;
  }
}

function mergedGroups(regex: CompiledRegex, kind: 'alt' | 'tuple'): MergedGroup[] {
  const groups: MergedGroup[] = [];
  // In the order of their names, not of their places, as fail2ban merges them.
  for (const group of [...regex.groupNames.keys()].sort(byCodePoint)) {
    const parts = mergedName.exec(group);
    if (parts?.[1] === kind) groups.push({ group, field: groupOfField(parts[2]!) });
  }
  return groups;
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function skipGroups(regex: CompiledRegex): number[] {
  const groups: number[] = [];
  for (let n = 0; ; n += 1) {
    const group = regex.groupNames.get(`skiplines${n}`);
    if (group === undefined) return groups;
    groups.push(group);
  }
}
