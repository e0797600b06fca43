import {
  charsThatLowerTo,
  charsWithExtraLowers,
  charsWithLower,
  charsWithUpper,
  extraLowers,
  isAsciiLetter,
  isCased,
  toLower,
  toLowerAscii,
} from '../charset/case.ts';
import { categorySet } from '../charset/categories.ts';
import {
  type CharSet,
  charSet,
  charSetOf,
  complement,
  contains,
  emptySet,
  intersection,
  membersOf,
  union,
} from '../charset/charset.ts';
import { flagBits } from '../flags.ts';
import type { LiteralNode, RangeItem, SetItem, SetNode } from '../tree.ts';

/** Beyond this, Python's sets under IGNORECASE have rules of their own. */
const lastOfPlane0 = 0xffff;
const asciiUpper = charSet([0x41, 0x5a]);
const changedByLower = charSetOf(charsWithLower.keys());

/** The characters that a literal matches under its flags. */
export function literalSet(node: LiteralNode): CharSet {
  const set = positiveLiteral(node);
  return node.negated ? complement(set) : set;
}

function positiveLiteral({ code, flags }: LiteralNode): CharSet {
  if ((flags & flagBits.ignoreCase) === 0) return charSetOf([code]);
  if ((flags & flagBits.ascii) !== 0) {
    return isAsciiLetter(code) ? charSetOf([code | 0x20, code & ~0x20]) : charSetOf([code]);
  }
  const lower = toLower(code);
  return charSetOf([lower, ...extraLowers(lower)].flatMap(charsThatLowerTo));
}

/** The characters that a set matches under its flags. */
export function setOfItems(node: SetNode): CharSet {
  const set = (node.flags & flagBits.ignoreCase) === 0 ? plainSet(node) : foldedSet(node);
  return node.negated ? complement(set) : set;
}

function plainSet(node: SetNode): CharSet {
  return union(...node.items.map((item) => rawSet(item, (node.flags & flagBits.ascii) !== 0)));
}

function rawSet(item: SetItem, ascii: boolean): CharSet {
  if (item.kind === 'char') return charSetOf([item.code]);
  if (item.kind === 'range') return charSet([item.low, item.high]);
  return categorySet(item.category, ascii, item.negated);
}

/**
 * A set under IGNORECASE, as Python's compiler makes it: if no item has a case, the set as it is; otherwise the
 * items are folded, and a character matches if its lower case is in the folded set (so for categories too).
 */
function foldedSet(node: SetNode): CharSet {
  const ascii = (node.flags & flagBits.ascii) !== 0;
  if (!node.items.some((item) => hasCase(item, ascii))) return plainSet(node);
  const folded = union(...node.items.map((item) => foldItem(item, ascii)));
  return ascii ? beforeLowerAscii(folded) : beforeLower(folded);
}

function hasCase(item: SetItem, ascii: boolean): boolean {
  if (item.kind === 'category') return false;
  const low = item.kind === 'char' ? item.code : item.low;
  const high = item.kind === 'char' ? item.code : item.high;
  if (high > lastOfPlane0) return true;
  for (let code = low; code <= high; code += 1) {
    if (ascii ? isAsciiLetter(code) : isCased(code)) return true;
  }
  return false;
}

function foldItem(item: SetItem, ascii: boolean): CharSet {
  if (item.kind === 'category') return rawSet(item, ascii);
  if (item.kind === 'range') return foldRange(item, ascii);
  // Python leaves a character beyond plane 0 as it is, so that a capital there matches nothing at all.
  return item.code > lastOfPlane0
    ? charSetOf([item.code])
    : foldRange({ ...item, low: item.code, high: item.code }, ascii);
}

function foldRange(item: Pick<RangeItem, 'low' | 'high'>, ascii: boolean): CharSet {
  const range = charSet([item.low, Math.min(item.high, lastOfPlane0)]);
  // Beyond plane 0 a range also takes what has its upper case in it, even under the ASCII flag.
  const beyond = item.high > lastOfPlane0 ? withUpperIn(item.low, item.high) : emptySet;
  return union(ascii ? lowerRangeAscii(range) : lowerRange(range), beyond);
}

function lowerRangeAscii(range: CharSet): CharSet {
  const lowered = intersection(range, asciiUpper).ranges.map((code) => code + 0x20);
  return union(without(range, asciiUpper), charSet(lowered));
}

function lowerRange(range: CharSet): CharSet {
  const targets: number[] = [];
  for (const [code, lower] of charsWithLower) if (contains(range, code)) targets.push(lower);
  const lowered = union(without(range, changedByLower), charSetOf(targets));
  const extras: number[] = [];
  for (const [code, others] of charsWithExtraLowers) if (contains(lowered, code)) extras.push(...others);
  return union(lowered, charSetOf(extras));
}

function withUpperIn(low: number, high: number): CharSet {
  const ranges = [low, high];
  for (const [code, upper] of charsWithUpper) if (upper >= low && upper <= high) ranges.push(code, code);
  return charSet(ranges);
}

/** All characters whose lower case is in the set. */
function beforeLower(set: CharSet): CharSet {
  const joining: number[] = [];
  for (const [code, lower] of charsWithLower) if (contains(set, lower)) joining.push(code);
  return union(without(set, changedByLower), charSetOf(joining));
}

function beforeLowerAscii(set: CharSet): CharSet {
  const joining = membersOf(asciiUpper).filter((code) => contains(set, toLowerAscii(code)));
  return union(without(set, asciiUpper), charSetOf(joining));
}

function without(set: CharSet, taken: CharSet): CharSet {
  return intersection(set, complement(taken));
}
