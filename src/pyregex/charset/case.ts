import { extraCases, lowerRuns, upperRuns } from './unicode-tables.ts';

function decodeRuns(text: string): ReadonlyMap<number, number> {
  const numbers = text.split(' ').map((part) => Number.parseInt(part, 36));
  const mapping = new Map<number, number>();
  for (let at = 0; at < numbers.length; at += 4) {
    const [start, count, step, delta] = [numbers[at]!, numbers[at + 1]!, numbers[at + 2]!, numbers[at + 3]!];
    for (let turn = 0; turn < count; turn += 1) {
      mapping.set(start + turn * step, start + turn * step + delta);
    }
  }
  return mapping;
}

function invert(mapping: ReadonlyMap<number, number>): ReadonlyMap<number, readonly number[]> {
  const inverse = new Map<number, number[]>();
  for (const [code, target] of mapping) {
    const sources = inverse.get(target);
    if (sources === undefined) inverse.set(target, [code]);
    else sources.push(code);
  }
  return inverse;
}

function decodeExtraCases(text: string): ReadonlyMap<number, readonly number[]> {
  const equals = new Map<number, readonly number[]>();
  let list: number[] = [];
  for (const part of text.split(' ')) {
    const code = Number.parseInt(part, 36);
    if (code !== 0) {
      list.push(code);
      continue;
    }
    equals.set(list[0]!, list.slice(1));
    list = [];
  }
  return equals;
}

const lowerOf = decodeRuns(lowerRuns);
const upperOf = decodeRuns(upperRuns);
const sourcesOfLower = invert(lowerOf);
const extraCasesOf = decodeExtraCases(extraCases);
const none: readonly number[] = [];

/** Lower-case characters that share their upper case with others, with those others. */
export const charsWithExtraLowers: ReadonlyMap<number, readonly number[]> = extraCasesOf;

/** Characters whose lower case is another character, with that. */
export const charsWithLower: ReadonlyMap<number, number> = lowerOf;

/** Characters whose upper case is another character, with that. */
export const charsWithUpper: ReadonlyMap<number, number> = upperOf;

/** How Python's engine folds: one code point to one code point, `İ` to `i`. */
export function toLower(code: number): number {
  return lowerOf.get(code) ?? code;
}

export function toUpper(code: number): number {
  return upperOf.get(code) ?? code;
}

export function isCased(code: number): boolean {
  return lowerOf.has(code) || upperOf.has(code);
}

/** Other lower-case characters with the same upper case, such as `ſ` for `s` and `ı` for `i`. */
export function extraLowers(code: number): readonly number[] {
  return extraCasesOf.get(code) ?? none;
}

/** Every character that `toLower` maps to `code`. */
export function charsThatLowerTo(code: number): number[] {
  const sources = [...(sourcesOfLower.get(code) ?? none)];
  if (!lowerOf.has(code)) sources.push(code);
  return sources;
}

/** Folding under the ASCII flag. */
export function toLowerAscii(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
}

export function isAsciiLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}
