import { type CharSet, membersOf, sizeOf } from '../charset/charset.ts';

/** One text of a part of a pattern. */
export interface Spelling {
  /** ASCII letters whose case does not matter are in lower case. */
  readonly text: string;
  /** Some letter's case does not matter. */
  readonly folded: boolean;
  /** Letters outside ASCII that a match may have in place of a folded one. */
  readonly strangers: readonly string[];
}

export const emptySpelling: Spelling = { text: '', folded: false, strangers: [] };

/** Sets with more members than this are no spelling. The letter i has four: `i I İ ı`. */
const largestSet = 4;
const longestText = 64;

/** The ASCII letter that such a character folds to in Python. */
const foreignCases: ReadonlyMap<string, string> = new Map([
  ['\u0130', 'i'],
  ['\u0131', 'i'],
  ['\u017f', 's'],
  ['\u212a', 'k'],
]);

/** The spellings of one character of the set; undefined if there are too many. */
export function spellingsOfSet(set: CharSet): Spelling[] | undefined {
  if (sizeOf(set) > largestSet) return undefined;
  const members = membersOf(set);
  if (members.length === 0 || members.some((code) => code >= 0xd800 && code <= 0xdfff)) return undefined;
  const chars = members.map((code) => String.fromCodePoint(code));
  const letters = new Set(chars.map(letterOf));
  const [letter] = letters;
  if (chars.length === 1 || letters.size > 1 || letter === undefined) {
    return chars.map((text) => ({ text, folded: false, strangers: [] }));
  }
  return [{ text: letter, folded: true, strangers: chars.filter((char) => foreignCases.has(char)) }];
}

function letterOf(char: string): string | undefined {
  return /^[A-Za-z]$/.test(char) ? char.toLowerCase() : foreignCases.get(char);
}

/** Every text of `left` followed by every text of `right`; undefined if that are too many or too long ones. */
export function concatenate(
  left: readonly Spelling[],
  right: readonly Spelling[],
  most: number,
): Spelling[] | undefined {
  if (left.length * right.length > most) return undefined;
  const joined = left.flatMap((one) =>
    right.map((other) => ({
      text: one.text + other.text,
      folded: one.folded || other.folded,
      strangers: [...one.strangers, ...other.strangers],
    })),
  );
  return joined.every(({ text }) => text.length <= longestText) ? joined : undefined;
}
