import type { PythonTuple } from '../../base/index.ts';

/** The value of a field: a text, several in one (a tuple, or the users of a session), null where the group took no part. */
export type FieldValue = string | PythonTuple | Set<string> | null;

/** Captured fields in the order of the groups; behaves as a Map does. */
export interface Fields extends Iterable<[string, FieldValue]> {
  get(name: string): FieldValue | undefined;
  has(name: string): boolean;
  set(name: string, value: FieldValue): unknown;
  delete(name: string): boolean;
}

/** Whether a field has a value that Python calls true. */
export function isSet(value: FieldValue | undefined): boolean {
  return value !== undefined && value !== null && value !== '' && !(value instanceof Set && value.size === 0);
}

/** Fields that are asked for with every match. */
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
type AskedFor = (typeof askedFor)[number];

/** Names of fields in their order, shared by all fields that have the same ones. */
export class FieldNames {
  readonly names: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  /** Places of the fields that are asked for most; -1 where there is none. */
  readonly asked: Readonly<Record<AskedFor, number>>;
  readonly #longer = new Map<string, FieldNames>();
  #joint: JointNames | undefined;

  constructor(names: readonly string[]) {
    this.names = names;
    this.#places = new Map(names.map((name, place) => [name, place]));
    const places = askedFor.map((name) => [name, names.indexOf(name)]);
    this.asked = Object.fromEntries(places) as Record<AskedFor, number>;
  }

  placeOf(name: string): number | undefined {
    return this.#places.get(name);
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
  /** By place; undefined where there is no such field any more. */
  readonly #values: (FieldValue | undefined)[];
  /** Fields that were taken away and came again, and what came after them: they stand last. */
  #late: Map<string, FieldValue> | undefined;

  /** `values`: in the order of the names; becomes the fields' own. */
  constructor(names: FieldNames, values: (FieldValue | undefined)[]) {
    this.#names = names;
    this.#values = values;
  }

  /** The fields of a prefregex, and behind them those of a rule, in the order of its names. */
  static behind(
    first: MatchFields,
    names: FieldNames,
    own: readonly (FieldValue | undefined)[],
  ): MatchFields {
    const joint = names.behind(first.#names);
    if (joint.overlap || first.#late !== undefined) {
      return MatchFields.join(first, new MatchFields(names, [...own]));
    }
    const values = first.#values.slice();
    for (let place = 0; place < own.length; place += 1) values.push(own[place]);
    return new MatchFields(joint.all, values);
  }

  /** The fields of a prefregex, and over them those of a rule. */
  static join(first: MatchFields, second: MatchFields): MatchFields {
    const joint = second.#names.behind(first.#names);
    if (joint.overlap || first.#late !== undefined || second.#late !== undefined) {
      return first.copy().#setAll(second);
    }
    return new MatchFields(joint.all, first.#values.concat(second.#values));
  }

  /** As `get`, for a field that is asked for often: a place at hand is faster than a name. */
  ask(name: AskedFor): FieldValue | undefined {
    const place = this.#names.asked[name];
    const value = place < 0 ? undefined : this.#values[place];
    return value === undefined && this.#late !== undefined ? this.#late.get(name) : value;
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
      this.#names = this.#names.with(name);
      this.#values.push(value);
    } else {
      this.#late ??= new Map();
      this.#late.set(name, value);
    }
    return this;
  }

  /** As `delete`, for a field that is asked for often. */
  drop(name: AskedFor): void {
    const place = this.#names.asked[name];
    if (place >= 0 && this.#values[place] !== undefined) this.#values[place] = undefined;
    else if (this.#late !== undefined) this.#late.delete(name);
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

  /** As they are now: the fields of a session go on changing. */
  copy(): MatchFields {
    const fields = new MatchFields(this.#names, this.#values.slice());
    if (this.#late !== undefined) fields.#late = new Map(this.#late);
    return fields;
  }

  /** Takes over from other fields those with a value. */
  takeValues(other: MatchFields): void {
    const { names } = other.#names;
    const values = other.#values;
    for (let place = 0; place < names.length; place += 1) {
      const value = values[place];
      if (value !== undefined && value !== null) this.set(names[place]!, value);
    }
    if (other.#late === undefined) return;
    for (const [name, value] of other.#late) if (value !== null) this.set(name, value);
  }

  #setAll(other: MatchFields): this {
    for (const [name, value] of other) this.set(name, value);
    return this;
  }
}
