import { type CharSet, charSet, charSetOf, complement, everyChar } from './charset.ts';
import { digitRanges, spaceRanges, wordRanges } from './unicode-tables.ts';

function decodeRanges(text: string): CharSet {
  const numbers = text.split(' ').map((part) => Number.parseInt(part, 36));
  const ranges: number[] = [];
  let end = 0;
  for (let at = 0; at < numbers.length; at += 2) {
    const low = end + numbers[at]!;
    end = low + numbers[at + 1]!;
    ranges.push(low, end);
  }
  return { ranges };
}

const newline = 0x0a;

export const unicodeWord = decodeRanges(wordRanges);
export const unicodeDigit = decodeRanges(digitRanges);
export const unicodeSpace = decodeRanges(spaceRanges);

/** What the escapes mean under the ASCII flag. */
export const asciiWord = charSet([0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]);
export const asciiDigit = charSet([0x30, 0x39]);
export const asciiSpace = charSet([0x09, 0x0d, 0x20, 0x20]);

/** `.` without DOTALL: Python knows no newline but `\n` here, not even `\r`. */
export const notNewline = complement(charSetOf([newline]));

/** `.` with DOTALL. */
export const anything = everyChar;

export type Category = 'word' | 'digit' | 'space';

const categorySets = {
  word: [unicodeWord, asciiWord],
  digit: [unicodeDigit, asciiDigit],
  space: [unicodeSpace, asciiSpace],
} as const;

const negatedSets = {
  word: categorySets.word.map(complement),
  digit: categorySets.digit.map(complement),
  space: categorySets.space.map(complement),
} as const;

/** The characters of `\w`, `\d` or `\s`, or of their negations. */
export function categorySet(category: Category, ascii: boolean, negated = false): CharSet {
  return (negated ? negatedSets : categorySets)[category][ascii ? 1 : 0]!;
}

/** The value of a decimal digit of any script, or undefined. Unicode's decimal digits stand in runs of ten. */
export function digitValue(code: number): number | undefined {
  for (let at = 0; at < unicodeDigit.ranges.length; at += 2) {
    if (code <= unicodeDigit.ranges[at + 1]!) {
      return code < unicodeDigit.ranges[at]! ? undefined : (code - unicodeDigit.ranges[at]!) % 10;
    }
  }
  return undefined;
}
