import { type CharSet, contains } from '../charset/charset.ts';

const directly = 256;

/** Looks up characters in the sets of a program; Latin-1 takes one look. */
export class SetTable {
  readonly #sets: readonly CharSet[];
  readonly #bits: Uint8Array;

  constructor(sets: readonly CharSet[]) {
    this.#sets = sets;
    this.#bits = new Uint8Array(directly * sets.length);
    sets.forEach((set, index) => {
      for (let code = 0; code < directly; code += 1) {
        if (contains(set, code)) this.#bits[index * directly + code] = 1;
      }
    });
  }

  has(set: number, code: number): boolean {
    if (code < directly) return this.#bits[set * directly + code] === 1;
    return contains(this.#sets[set]!, code);
  }
}
