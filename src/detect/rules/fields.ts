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

/** The names of a rule's groups, which all of its matches share. */
export class FieldNames {
  readonly names: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  #joint: JointNames | undefined;

  constructor(names: readonly string[]) {
    this.names = names;
    this.#places = new Map(names.map((name, place) => [name, place]));
  }

  placeOf(name: string): number | undefined {
    return this.#places.get(name);
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
 * Fields of a match. A Map for each would cost more than the match itself; so the names are shared, and only what is put
 * to them later is in a Map.
 */
export class MatchFields implements Fields {
  readonly #names: FieldNames;
  /** By place; undefined where there is no such field any more. */
  readonly #values: (FieldValue | undefined)[];
  /** In the order in which they came. */
  #more: Map<string, FieldValue> | undefined;

  /** `values`: in the order of the names; becomes the fields' own. */
  constructor(names: FieldNames, values: (FieldValue | undefined)[]) {
    this.#names = names;
    this.#values = values;
  }

  /** The fields of a prefregex, and over them those of a rule. */
  static join(first: MatchFields, second: MatchFields): MatchFields {
    const joint = second.#names.behind(first.#names);
    if (joint.overlap || first.#more !== undefined) return first.copy().#setAll(second);
    const values: (FieldValue | undefined)[] = [];
    const count = first.#values.length;
    for (let place = 0; place < count; place += 1) values.push(first.#values[place]);
    for (let place = 0; place < second.#values.length; place += 1) values.push(second.#values[place]);
    const fields = new MatchFields(joint.all, values);
    if (second.#more !== undefined) for (const [name, value] of second.#more) fields.set(name, value);
    return fields;
  }

  get(name: string): FieldValue | undefined {
    const place = this.#names.placeOf(name);
    const value = place === undefined ? undefined : this.#values[place];
    return value === undefined ? this.#more?.get(name) : value;
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  set(name: string, value: FieldValue): this {
    const place = this.#names.placeOf(name);
    if (place !== undefined && this.#values[place] !== undefined) this.#values[place] = value;
    else {
      this.#more ??= new Map();
      this.#more.set(name, value);
    }
    return this;
  }

  delete(name: string): boolean {
    const place = this.#names.placeOf(name);
    if (place !== undefined && this.#values[place] !== undefined) {
      this.#values[place] = undefined;
      return true;
    }
    return this.#more?.delete(name) === true;
  }

  *[Symbol.iterator](): Generator<[string, FieldValue]> {
    for (const [place, name] of this.#names.names.entries()) {
      const value = this.#values[place];
      if (value !== undefined) yield [name, value];
    }
    if (this.#more !== undefined) yield* this.#more;
  }

  /** As they are now: the fields of a session go on changing. */
  copy(): MatchFields {
    const fields = new MatchFields(this.#names, this.#values.slice());
    if (this.#more !== undefined) fields.#more = new Map(this.#more);
    return fields;
  }

  /** Takes over from other fields those with a value. */
  takeValues(other: MatchFields): void {
    const { names } = other.#names;
    const values = other.#values;
    for (let place = 0; place < names.length; place += 1) {
      const value = values[place];
      if (value === undefined || value === null) continue;
      if (other.#names === this.#names && this.#values[place] !== undefined) this.#values[place] = value;
      else this.set(names[place]!, value);
    }
    if (other.#more === undefined) return;
    for (const [name, value] of other.#more) if (value !== null) this.set(name, value);
  }

  #setAll(other: MatchFields): this {
    for (const [name, value] of other) this.set(name, value);
    return this;
  }
}
