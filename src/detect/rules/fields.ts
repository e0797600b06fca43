import type { PythonTuple } from '../../base/index.ts';
import type { RegexMatch } from '../../pyregex/index.ts';

/** The value of a field: a text, several in one (a tuple, or the users of a session), null where the group took no part. */
export type FieldValue = string | PythonTuple | Set<string> | null;

/** Captured fields in the order of the groups; behaves as a Map does. */
export interface Fields extends Iterable<[string, FieldValue]> {
  get(name: string): FieldValue | undefined;
  has(name: string): boolean;
  set(name: string, value: FieldValue): unknown;
  delete(name: string): boolean;
  /** Those that have a value, as text; `toText` makes one of several. */
  plain(toText: (value: PythonTuple | Set<string>) => string): Record<string, string>;
}

/** Whether a field has a value that Python calls true. */
export function isSet(value: FieldValue | undefined): boolean {
  return value !== undefined && value !== null && value !== '' && !(value instanceof Set && value.size === 0);
}

const askedFor = [
  'mlfid',
  'nofail',
  'mlfgained',
  'mlfforget',
  'user',
  'users',
  'ip4',
  'ip6',
  'cidr',
  'dns',
  'fid',
] as const;

/** Fields that are asked for with every match, as numbers: to look up their names would cost more than all the rest. */
export const asked = {
  mlfid: 0,
  nofail: 1,
  mlfgained: 2,
  mlfforget: 3,
  user: 4,
  users: 5,
  ip4: 6,
  ip6: 7,
  cidr: 8,
  dns: 9,
  fid: 10,
} as const satisfies Record<(typeof askedFor)[number], number>;

/** Names of fields in their order, shared by all fields that have the same ones. */
export class FieldNames {
  readonly names: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  /** By the numbers of `asked`: the place, -1 where there is none. */
  readonly asked: Int16Array;
  /** For the names of others: the places here, -1 where there is none. */
  readonly #placesOfOthers = new WeakMap<FieldNames, Int16Array>();
  readonly #longer = new Map<string, FieldNames>();
  #joint: JointNames | undefined;

  constructor(names: readonly string[]) {
    this.names = names;
    this.#places = new Map(names.map((name, place) => [name, place]));
    this.asked = Int16Array.from(askedFor, (name) => names.indexOf(name));
  }

  placeOf(name: string): number | undefined {
    return this.#places.get(name);
  }

  /** For each of the other names its place here, -1 where there is none. */
  placesOf(other: FieldNames): Int16Array {
    let places = this.#placesOfOthers.get(other);
    if (places === undefined) {
      places = Int16Array.from(other.names, (name) => this.#places.get(name) ?? -1);
      this.#placesOfOthers.set(other, places);
    }
    return places;
  }

  /** These and one more. */
  with(name: string): FieldNames {
    let longer = this.#longer.get(name);
    if (longer === undefined) {
      longer = new FieldNames([...this.names, name]);
      this.#longer.set(name, longer);
    }
    return longer;
  }

  /** These names behind those of a prefregex; a jail has one, so the last one is remembered. */
  behind(first: FieldNames): JointNames {
    if (this.#joint?.first !== first) this.#joint = joinNames(first, this);
    return this.#joint;
  }
}

/** So many fields a match commonly gets that are no groups: an array that has to grow is copied, and grows by far more. */
const laterFields = 3;

interface JointNames {
  readonly first: FieldNames;
  readonly all: FieldNames;
  /** A name is in both. */
  readonly overlap: boolean;
}

function joinNames(first: FieldNames, second: FieldNames): JointNames {
  const names = [...new Set([...first.names, ...second.names])];
  const overlap = names.length < first.names.length + second.names.length;
  return { first, all: new FieldNames(names), overlap };
}

/**
 * Fields of a match. A Map for each would cost more than the match itself; so the names are shared, and a name that is
 * new leads to the names with that one behind them, as it does for all other fields.
 */
export class MatchFields implements Fields {
  #names: FieldNames;
  /** By place; undefined where there is no such field any more. May have room behind the last one. */
  readonly #values: (FieldValue | undefined)[];
  /** Fields that were taken away and came again, and what came after them: they stand last. */
  #late: Map<string, FieldValue> | undefined;

  /** `values`: in the order of the names; becomes the fields' own. */
  constructor(names: FieldNames, values: (FieldValue | undefined)[]) {
    this.#names = names;
    this.#values = values;
  }

  /** The groups of a match by their names; behind the fields of a prefregex, if there are any. */
  static of(
    match: RegexMatch,
    names: FieldNames,
    groups: readonly number[],
    first?: MatchFields,
  ): MatchFields {
    const joint = first === undefined ? undefined : names.behind(first.#names);
    if (first !== undefined && (joint!.overlap || first.#late !== undefined)) {
      return MatchFields.join(first, MatchFields.of(match, names, groups));
    }
    const before = first === undefined ? 0 : first.#names.names.length;
    const values = new Array<FieldValue | undefined>(before + groups.length + laterFields);
    for (let place = 0; place < before; place += 1) values[place] = first!.#values[place];
    for (let place = 0; place < groups.length; place += 1) {
      values[before + place] = match.group(groups[place]!) ?? null;
    }
    return new MatchFields(joint?.all ?? names, values);
  }

  /** The fields of a prefregex, and over them those of a rule. */
  static join(first: MatchFields, second: MatchFields): MatchFields {
    const joint = second.#names.behind(first.#names);
    if (joint.overlap || first.#late !== undefined || second.#late !== undefined) {
      return first.copy().#setAll(second);
    }
    const values = first.#values.slice(0, first.#names.names.length);
    return new MatchFields(joint.all, values.concat(second.#values));
  }

  /** As `get`, by a number of `asked`. */
  ask(field: number): FieldValue | undefined {
    const place = this.#names.asked[field]!;
    const value = place < 0 ? undefined : this.#values[place];
    return value === undefined && this.#late !== undefined ? this.#late.get(askedFor[field]!) : value;
  }

  get(name: string): FieldValue | undefined {
    const place = this.#names.placeOf(name);
    const value = place === undefined ? undefined : this.#values[place];
    return value === undefined ? this.#late?.get(name) : value;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  set(name: string, value: FieldValue): this {
    const place = this.#names.placeOf(name);
    if (place !== undefined && this.#values[place] !== undefined) this.#values[place] = value;
    else if (place === undefined && this.#late === undefined) {
      this.#values[this.#names.names.length] = value;
      this.#names = this.#names.with(name);
    } else {
      this.#late ??= new Map();
      this.#late.set(name, value);
    }
    return this;
  }

  /** Makes a field null that there is, by a number of `asked`. */
  blank(field: number): void {
    const place = this.#names.asked[field]!;
    if (place >= 0 && this.#values[place] !== undefined) this.#values[place] = null;
    else if (this.#late?.has(askedFor[field]!) === true) this.#late.set(askedFor[field]!, null);
  }

  /** As `delete`, by a number of `asked`. */
  drop(field: number): void {
    const place = this.#names.asked[field]!;
    if (place >= 0 && this.#values[place] !== undefined) this.#values[place] = undefined;
    else if (this.#late !== undefined) this.#late.delete(askedFor[field]!);
  }

  delete(name: string): boolean {
    const place = this.#names.placeOf(name);
    if (place !== undefined && this.#values[place] !== undefined) {
      this.#values[place] = undefined;
      return true;
    }
    return this.#late?.delete(name) === true;
  }

  *[Symbol.iterator](): Generator<[string, FieldValue]> {
    for (const [place, name] of this.#names.names.entries()) {
      const value = this.#values[place];
      if (value !== undefined) yield [name, value];
    }
    if (this.#late !== undefined) yield* this.#late;
  }

  plain(toText: (value: PythonTuple | Set<string>) => string): Record<string, string> {
    const plain: Record<string, string> = {};
    const { names } = this.#names;
    for (let place = 0; place < names.length; place += 1) {
      const value = this.#values[place];
      if (value === undefined || value === null) continue;
      plain[names[place]!] = typeof value === 'string' ? value : toText(value);
    }
    if (this.#late === undefined) return plain;
    for (const [name, value] of this.#late) {
      if (value !== null) plain[name] = typeof value === 'string' ? value : toText(value);
    }
    return plain;
  }

  /** As they are now: the fields of a session go on changing. */
  copy(): MatchFields {
    const fields = new MatchFields(this.#names, this.#values.slice());
    if (this.#late !== undefined) fields.#late = new Map(this.#late);
    return fields;
  }

  /** Takes over from other fields those with a value. */
  takeValues(other: MatchFields): void {
    const values = other.#values;
    const places = this.#names.placesOf(other.#names);
    for (let place = 0; place < places.length; place += 1) {
      const value = values[place];
      if (value === undefined || value === null) continue;
      const own = places[place]!;
      if (own >= 0 && this.#values[own] !== undefined) this.#values[own] = value;
      else this.set(other.#names.names[place]!, value);
    }
    if (other.#late === undefined) return;
    for (const [name, value] of other.#late) if (value !== null) this.set(name, value);
  }

  #setAll(other: MatchFields): this {
    for (const [name, value] of other) this.set(name, value);
    return this;
  }
}
