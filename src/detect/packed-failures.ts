import type { Failure } from './types.ts';

/**
 * Failures as they cross between threads, in a few large pieces: to clone an object for each would cost more than to find
 * it did.
 */
export interface PackedFailures {
  /** For each failure: see `FailurePacker.add`. */
  readonly numbers: Float64Array;
  /** All texts that have no number, one after the other; each holds those of `perText` failures. */
  readonly texts: readonly string[];
  readonly jails: readonly string[];
  /** Each once, however many failures are of it. */
  readonly ids: readonly string[];
  /** Names of fields, as failures have them together. */
  readonly shapes: readonly (readonly string[])[];
}

/** Whoever keeps a part of a text keeps all of it, so they are not too long. */
const perText = 64;
const noRule = -1;

/** Packs failures. */
export class FailurePacker {
  #count = 0;
  #characters = 0;
  #numbers: number[] = [];
  #texts: string[] = [];
  #parts: string[] = [];
  #jails = new Numbered();
  #ids = new Numbered();
  #shapes: (readonly string[])[] = [];
  #firstShape = new Shape([]);

  /** How many are packed. */
  get count(): number {
    return this.#count;
  }

  /** So many characters their lines have. */
  get characters(): number {
    return this.#characters;
  }

  add({ jail, id, unresolved, timeSec, attempts, rule = noRule, lines, fields }: Failure): void {
    const numbers = this.#numbers;
    const parts = this.#parts;
    numbers.push(
      this.#jails.numberOf(jail),
      this.#ids.numberOf(id),
      unresolved ? 1 : 0,
      timeSec,
      attempts,
      rule,
      lines.length,
    );
    for (const line of lines) {
      numbers.push(line.length);
      parts.push(line);
      this.#characters += line.length;
    }
    const placeOfShape = numbers.push(0) - 1;
    let shape = this.#firstShape;
    for (const name in fields) {
      shape = shape.with(name);
      const value = fields[name]!;
      numbers.push(value.length);
      parts.push(value);
    }
    numbers[placeOfShape] = this.#shapeNumber(shape);
    this.#count += 1;
    if (this.#count % perText === 0) this.#closeText();
  }

  /** All that were added since the last call. */
  take(): PackedFailures {
    if (this.#parts.length > 0) this.#closeText();
    const packed = {
      numbers: new Float64Array(this.#numbers),
      texts: this.#texts,
      jails: this.#jails.texts,
      ids: this.#ids.texts,
      shapes: this.#shapes,
    };
    this.#count = 0;
    this.#characters = 0;
    this.#numbers = [];
    this.#texts = [];
    this.#jails = new Numbered();
    this.#ids = new Numbered();
    this.#shapes = [];
    this.#firstShape = new Shape([]);
    return packed;
  }

  #shapeNumber(shape: Shape): number {
    if (shape.number < 0) shape.number = this.#shapes.push(shape.names) - 1;
    return shape.number;
  }

  #closeText(): void {
    this.#texts.push(this.#parts.join(''));
    this.#parts = [];
  }
}

/** The failures again, in their order. */
export function unpackFailures({ numbers, texts, jails, ids, shapes }: PackedFailures): Failure[] {
  const failures: Failure[] = [];
  let at = 0;
  let text = '';
  let from = 0;
  const next = (isKept: boolean): string => {
    const part = text.slice(from, from + numbers[at]!);
    from += numbers[at]!;
    at += 1;
    return isKept ? ownCopy(part) : part;
  };
  while (at < numbers.length) {
    if (failures.length % perText === 0) {
      text = texts[failures.length / perText] ?? '';
      from = 0;
    }
    const jail = jails[numbers[at]!]!;
    const id = ids[numbers[at + 1]!]!;
    // It waits for a name, perhaps for long, and is kept as a whole meanwhile.
    const unresolved = numbers[at + 2] === 1;
    const timeSec = numbers[at + 3]!;
    const attempts = numbers[at + 4]!;
    const rule = numbers[at + 5]!;
    const lines = new Array<string>(numbers[at + 6]!);
    at += 7;
    for (let line = 0; line < lines.length; line += 1) lines[line] = next(unresolved);
    const shape = shapes[numbers[at]!]!;
    at += 1;
    const fields: Record<string, string> = {};
    for (const name of shape) fields[name] = next(unresolved);
    const failure = { jail, id, unresolved, timeSec, attempts, lines, fields };
    failures.push(rule === noRule ? failure : { ...failure, rule });
  }
  return failures;
}

/** The same text, not as a part of another one. */
function ownCopy(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}

/** Texts and their numbers. */
class Numbered {
  readonly texts: string[] = [];
  readonly #numbers = new Map<string, number>();

  numberOf(text: string): number {
    let number = this.#numbers.get(text);
    if (number === undefined) {
      number = this.texts.push(text) - 1;
      this.#numbers.set(text, number);
    }
    return number;
  }
}

/** Names of fields in their order, found by one name after the other. */
class Shape {
  readonly names: readonly string[];
  /** Among the shapes that were used; -1 for none. */
  number = -1;
  readonly #longer = new Map<string, Shape>();

  constructor(names: readonly string[]) {
    this.names = names;
  }

  with(name: string): Shape {
    let longer = this.#longer.get(name);
    if (longer === undefined) {
      longer = new Shape([...this.names, name]);
      this.#longer.set(name, longer);
    }
    return longer;
  }
}
