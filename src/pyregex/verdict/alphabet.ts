import { type CharSet, contains, maxCodePoint } from '../charset/charset.ts';

/** A set of letters, one bit each. */
export type Letters = Uint32Array;

/** What a sample character is best taken from. */
const preferred: readonly (readonly [low: number, high: number])[] = [
  [0x61, 0x7a],
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x20, 0x7e],
  [0xa1, 0xd7ff],
  [0x1, 0xd7ff],
  [0xe000, 0x10ffff],
];
/** From this place on, the characters are outside of ASCII. */
const foreign = 4;
const newline = 0x0a;
const bitsPerWord = 32;
const mostRanges = 64;
const lastOfFirstScripts = 0x2ff;
/** The newline, and some letters, digits, blanks and other characters of further scripts. */
const everywhere = [
  0,
  newline,
  newline + 1,
  0x300,
  0x400,
  0x500,
  0x660,
  0x66a,
  0x2028,
  0x202a,
  0x3000,
  0x3001,
  0x4e00,
  0x4e01,
  0x1f600,
];

/**
 * The characters of a pattern as few letters: characters that no set of the pattern tells apart are one. ASCII
 * letters that few sets have come first, since a text of them matches least by accident; among them those that read well.
 */
export class Alphabet {
  /** A character of each letter. */
  readonly samples: readonly string[];
  readonly #sets: readonly CharSet[];
  readonly #letterOfMask = new Map<bigint, number>();
  readonly #bitOfSet = new Map<CharSet, bigint>();
  readonly #cache = new Map<bigint, Letters>();

  /** `withNewline`: whether a text may contain newlines; otherwise none of the letters is one. */
  constructor(sets: Iterable<CharSet>, withNewline: boolean) {
    const bits = new Map<string | CharSet, bigint>();
    const distinct: CharSet[] = [];
    for (const set of new Set(sets)) {
      const key = set.ranges.length > 2 * mostRanges ? set : set.ranges.join();
      if (!bits.has(key)) bits.set(key, 1n << BigInt(distinct.push(set) - 1));
      this.#bitOfSet.set(set, bits.get(key)!);
    }
    this.#sets = distinct;
    const newlineBit = 1n << BigInt(distinct.length);
    const found = [...bestSamples(distinct, newlineBit)]
      .filter(([mask]) => withNewline || (mask & newlineBit) === 0n)
      .map(([mask, sample]) => [mask, sample, costOf(mask, sample)] as const)
      .sort(([, one, cost], [, other, otherCost]) => cost - otherCost || one.code - other.code);
    for (const [index, [mask]] of found.entries()) this.#letterOfMask.set(mask, index);
    this.samples = found.map(([, { code }]) => String.fromCodePoint(code));
  }

  /** All letters, or none. */
  make(isFull: boolean): Letters {
    const letters = new Uint32Array(Math.ceil(this.samples.length / bitsPerWord));
    if (isFull) for (let letter = 0; letter < this.samples.length; letter += 1) add(letters, letter);
    return letters;
  }

  /** The letters that a set, one of those the alphabet was made of, consists of. */
  lettersOf(set: CharSet): Letters {
    const bit = this.#bitOfSet.get(set) ?? 0n;
    let letters = this.#cache.get(bit);
    if (letters !== undefined) return letters;
    letters = this.make(false);
    for (const [mask, letter] of this.#letterOfMask) if ((mask & bit) !== 0n) add(letters, letter);
    this.#cache.set(bit, letters);
    return letters;
  }

  /** The letter that a character belongs to. */
  letterOf(char: string): number | undefined {
    const code = char.codePointAt(0)!;
    const mask = this.#sets.reduce(
      (bits, set, index) => (contains(set, code) ? bits | (1n << BigInt(index)) : bits),
      0n,
    );
    return this.#letterOfMask.get(mask);
  }

  /** The text of a word of letters. */
  spell(word: readonly number[]): string {
    return word.map((letter) => this.samples[letter]).join('');
  }
}

interface Sample {
  readonly code: number;
  readonly rank: number;
}

/** For each combination of sets that some character is in: the best such character. */
function bestSamples(sets: readonly CharSet[], newlineBit: bigint): Map<bigint, Sample> {
  const points = boundaries(sets);
  const best = new Map<bigint, Sample>();
  for (const [index, low] of points.entries()) {
    const sample = bestOf(low, (points[index + 1] ?? maxCodePoint + 1) - 1);
    if (sample === undefined) continue;
    let mask = sample.code === newline ? newlineBit : 0n;
    for (const [at, set] of sets.entries()) if (contains(set, sample.code)) mask |= 1n << BigInt(at);
    const known = best.get(mask);
    if (known === undefined || sample.rank < known.rank) best.set(mask, sample);
  }
  return best;
}

/** Where ranges begin. Of sets with very many ranges, such as `\w`, those beyond the first scripts are left out. */
function boundaries(sets: readonly CharSet[]): number[] {
  const points = new Set([...everywhere]);
  for (const { ranges } of sets) {
    const isLarge = ranges.length > 2 * mostRanges;
    for (let at = 0; at < ranges.length; at += 2) {
      if (isLarge && ranges[at]! > lastOfFirstScripts) break;
      points.add(ranges[at]!);
      points.add(ranges[at + 1]! + 1);
    }
  }
  return [...points].filter((point) => point <= maxCodePoint).sort((one, other) => one - other);
}

/** The best character of a range; undefined where there are surrogates only. */
function bestOf(low: number, high: number): Sample | undefined {
  for (const [rank, [first, last]] of preferred.entries()) {
    const code = Math.max(low, first);
    if (code <= Math.min(high, last)) return { code, rank };
  }
  return low === 0 ? { code: 0, rank: preferred.length } : undefined;
}

/** The lower, the better a letter is for texts that shall match nothing by accident. */
function costOf(mask: bigint, { rank }: Sample): number {
  const sets = mask.toString(2).replaceAll('0', '').length;
  return (rank >= foreign ? 1_000_000 : 0) + 100 * sets + rank;
}

function add(letters: Letters, letter: number): void {
  letters[letter >>> 5]! |= 1 << (letter & 31);
}

export function hasLetter(letters: Letters, letter: number): boolean {
  return ((letters[letter >>> 5]! >>> (letter & 31)) & 1) === 1;
}

export function without(letters: Letters, others: Letters): Letters {
  return letters.map((word, at) => word & ~others[at]!);
}

/** The first letter that all have; undefined if there is none. */
export function firstCommon(one: Letters, two: Letters, three: Letters = two): number | undefined {
  for (let at = 0; at < one.length; at += 1) {
    const common = one[at]! & two[at]! & three[at]!;
    if (common !== 0) return at * bitsPerWord + (bitsPerWord - 1 - Math.clz32(common & -common));
  }
  return undefined;
}
