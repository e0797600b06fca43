/**
 * A set of code points: sorted ranges without overlap or contact, flat as low, high, low, high, …
 *
 * Surrogates count as code points of their own, as in Python's strings.
 */
export interface CharSet {
  readonly ranges: readonly number[];
}

export const maxCodePoint = 0x10ffff;

export const emptySet: CharSet = { ranges: [] };
export const everyChar: CharSet = { ranges: [0, maxCodePoint] };

/** The set of the given ranges (low, high, …), which may be in any order and overlap. */
export function charSet(ranges: readonly number[]): CharSet {
  const pairs: [number, number][] = [];
  for (let at = 0; at < ranges.length; at += 2) pairs.push([ranges[at]!, ranges[at + 1]!]);
  pairs.sort((one, other) => one[0] - other[0]);
  const merged: number[] = [];
  for (const [low, high] of pairs) {
    const last = merged.length - 1;
    if (last > 0 && low <= merged[last]! + 1) merged[last] = Math.max(merged[last]!, high);
    else merged.push(low, high);
  }
  return { ranges: merged };
}

/** The set of single code points. */
export function charSetOf(codes: Iterable<number>): CharSet {
  const ranges: number[] = [];
  for (const code of codes) ranges.push(code, code);
  return charSet(ranges);
}

export function union(...sets: readonly CharSet[]): CharSet {
  return sets.length === 1 ? sets[0]! : charSet(sets.flatMap((set) => set.ranges));
}

export function complement(set: CharSet): CharSet {
  const ranges: number[] = [];
  let low = 0;
  for (let at = 0; at < set.ranges.length; at += 2) {
    if (low < set.ranges[at]!) ranges.push(low, set.ranges[at]! - 1);
    low = set.ranges[at + 1]! + 1;
  }
  if (low <= maxCodePoint) ranges.push(low, maxCodePoint);
  return { ranges };
}

export function intersection(one: CharSet, other: CharSet): CharSet {
  const ranges: number[] = [];
  let i = 0;
  let j = 0;
  while (i < one.ranges.length && j < other.ranges.length) {
    const low = Math.max(one.ranges[i]!, other.ranges[j]!);
    const high = Math.min(one.ranges[i + 1]!, other.ranges[j + 1]!);
    if (low <= high) ranges.push(low, high);
    if (one.ranges[i + 1]! < other.ranges[j + 1]!) i += 2;
    else j += 2;
  }
  return { ranges };
}

export function contains(set: CharSet, code: number): boolean {
  const { ranges } = set;
  let low = 0;
  let high = ranges.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (code < ranges[2 * middle]!) high = middle - 1;
    else if (code > ranges[2 * middle + 1]!) low = middle + 1;
    else return true;
  }
  return false;
}

export function isEmpty(set: CharSet): boolean {
  return set.ranges.length === 0;
}

export function isSubset(part: CharSet, whole: CharSet): boolean {
  return sameSet(intersection(part, whole), part);
}

export function areDisjoint(one: CharSet, other: CharSet): boolean {
  return isEmpty(intersection(one, other));
}

export function sameSet(one: CharSet, other: CharSet): boolean {
  return (
    one.ranges.length === other.ranges.length && one.ranges.every((value, at) => value === other.ranges[at])
  );
}

/** How many code points the set has. */
export function sizeOf(set: CharSet): number {
  let size = 0;
  for (let at = 0; at < set.ranges.length; at += 2) size += set.ranges[at + 1]! - set.ranges[at]! + 1;
  return size;
}

/** The only member of a set of one, otherwise undefined. */
export function onlyMember(set: CharSet): number | undefined {
  return set.ranges.length === 2 && set.ranges[0] === set.ranges[1] ? set.ranges[0] : undefined;
}

/** The members in ascending order. For small sets. */
export function membersOf(set: CharSet): number[] {
  const members: number[] = [];
  for (let at = 0; at < set.ranges.length; at += 2) {
    for (let code = set.ranges[at]!; code <= set.ranges[at + 1]!; code += 1) members.push(code);
  }
  return members;
}
