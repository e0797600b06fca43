import { type CharSet, contains } from '../charset/charset.ts';

/** Some characters of a set, one bit each: all of ASCII, and a sample for each kind of others. */
export type CharMask = bigint;

const asciiCount = 128;
/** A letter, a digit, a space, punctuation, and what is none of these. */
const samples = [0xe9, 0x660, 0xa0, 0x2026, 0xe000];

export const noChars: CharMask = 0n;
export const everyMask: CharMask = (1n << BigInt(asciiCount + samples.length)) - 1n;

/** A set that has none of the samples is taken for a wider one, never for an empty one. */
export function maskOf(set: CharSet): CharMask {
  let mask = noChars;
  for (let at = 0; at < set.ranges.length && set.ranges[at]! < asciiCount; at += 2) {
    const low = BigInt(set.ranges[at]!);
    const high = BigInt(Math.min(set.ranges[at + 1]!, asciiCount - 1));
    mask |= (1n << (high + 1n)) - (1n << low);
  }
  if (set.ranges.at(-1)! < asciiCount) return mask;
  samples.forEach((code, index) => {
    if (contains(set, code)) mask |= 1n << BigInt(asciiCount + index);
  });
  return mask === noChars ? everyMask & ~((1n << BigInt(asciiCount)) - 1n) : mask;
}
