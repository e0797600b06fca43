import type { RepeatPart } from '../transform/resolved.ts';
import type { RegexTree } from '../tree.ts';
import type { PatternPart } from './types.ts';

/** Where a repetition stands in the pattern. */
export function partOf({ source }: RegexTree, { place: [start, end] }: RepeatPart): PatternPart {
  const chars = Array.from(source);
  const indexOf = (at: number): number => chars.slice(0, at).join('').length;
  return { start: indexOf(start), end: indexOf(end) };
}
