import type { Generated } from './generate.ts';

/** One V8 text in the forms that searching and matching need, each made when first used. */
export class Variant {
  readonly #generated: Generated;
  /** V8's numbers by Python's. */
  readonly #numbers: (number | undefined)[] = [0];
  readonly #flags: string;
  /** Finds from the start of the text; without a `lastIndex` to look after, it is the fastest. */
  readonly #plain: RegExp;
  #global: RegExp | undefined;
  #sticky: RegExp | undefined;
  #indexed: RegExp | undefined;

  /** Throws V8's SyntaxError for a pattern that is too large for it. */
  constructor(generated: Generated, flags: '' | 'u') {
    this.#generated = generated;
    this.#flags = flags;
    for (const [group, number] of generated.groupNumbers) this.#numbers[group] = number;
    this.#plain = new RegExp(generated.searchPrefix + generated.source, flags);
  }

  /** V8's number of a Python group; undefined for a group that can never be set. */
  groupNumber(group: number): number | undefined {
    return this.#numbers[group];
  }

  search(subject: string, fromIndex: number): RegExpExecArray | null {
    let found = fromIndex === 0 ? this.#plain.exec(subject) : this.#searchFrom(subject, fromIndex);
    // Even with the flag `u`, V8 looks for a match between the halves of a surrogate pair.
    while (this.#flags === 'u' && found !== null && isInsidePair(subject, found.index)) {
      found = this.#searchFrom(subject, found.index + 1);
    }
    return found;
  }

  #searchFrom(subject: string, index: number): RegExpExecArray | null {
    this.#global ??= this.#make('g');
    return runAt(this.#global, subject, index);
  }

  match(subject: string, fromIndex: number): RegExpExecArray | null {
    this.#sticky ??= this.#make('y');
    return runAt(this.#sticky, subject, fromIndex);
  }

  /** The match that begins at `index`, with the places of its groups. */
  matchWithIndices(subject: string, index: number): RegExpIndicesArray | undefined {
    this.#indexed ??= this.#make('dy');
    return runAt(this.#indexed, subject, index)?.indices;
  }

  #make(flags: string): RegExp {
    return new RegExp(this.#generated.source, this.#flags + flags);
  }
}

function runAt(regex: RegExp, subject: string, index: number): RegExpExecArray | null {
  regex.lastIndex = index;
  return regex.exec(subject);
}

/** In well-formed text, which has the second half of a pair only after the first. */
function isInsidePair(subject: string, index: number): boolean {
  return (subject.charCodeAt(index) & 0xfc00) === 0xdc00;
}
