import { WarderError } from '../base/index.ts';

/** Flags as bits; a node of the tree carries those that hold where it stands. */
export const flagBits = {
  ignoreCase: 1,
  multiline: 2,
  dotAll: 4,
  verbose: 8,
  ascii: 16,
  unicode: 32,
  /** Python's undocumented TEMPLATE, which forbids every repetition. */
  template: 64,
} as const;

/** The flags that a pattern may name, by letter; `L` is known only to be refused. */
export const flagOfLetter: ReadonlyMap<string, number> = new Map([
  ['i', flagBits.ignoreCase],
  ['L', 0],
  ['m', flagBits.multiline],
  ['s', flagBits.dotAll],
  ['x', flagBits.verbose],
  ['a', flagBits.ascii],
  ['t', flagBits.template],
  ['u', flagBits.unicode],
]);

/** Of these only one may hold at a time. */
export const typeFlags = flagBits.ascii | flagBits.unicode;

/** The flags given beside the pattern, from their letters. Throws REGEX_FLAGS. */
export function parseFlagLetters(letters: string): number {
  let flags = 0;
  for (const letter of letters) {
    const flag = 'imsxau'.includes(letter) ? flagOfLetter.get(letter) : undefined;
    if (flag === undefined) {
      throw new WarderError('REGEX_FLAGS', `unknown regex flag '${letter}'`, {
        hint: 'use letters of "imsxau"',
      });
    }
    flags |= flag;
  }
  return flags;
}

/** What holds inside a group with flags of its own. */
export function combineFlags(outer: number, added: number, removed: number): number {
  const kept = (added & typeFlags) === 0 ? outer : outer & ~typeFlags;
  return (kept | added) & ~removed;
}
