import type { CompiledRegex } from '../../pyregex/index.ts';
import { alternativesOf, type PatternPart } from './pattern-parts.ts';

/** How far a rule fits a text that it does not match. */
export interface NearMiss {
  /** Number of characters of the text that the fitting part covers, from its start. */
  readonly end: number;
  /** The rest of the rule, which would have to follow. */
  readonly wanted: string;
  /** Letters and digits of the rule that fit. */
  readonly literals: number;
  /** The part of the rule's literal text that fits, 0 to 1. */
  readonly share: number;
}

/** Compiles a part of a rule with its tags; undefined for what is no regex by itself. */
export type CompilePart = (pattern: string) => CompiledRegex | undefined;

interface Reach {
  readonly end: number;
  readonly literals: number;
  readonly wanted: string;
}

/** Fewer letters in common are chance. */
const leastLiterals = 4;
const deepest = 5;

/**
 * Finds the longest beginning of a rule that matches a text. Undefined when the text has too little in common with the
 * rule to be called near.
 */
export function nearMiss(pattern: string, text: string, compile: CompilePart): NearMiss | undefined {
  const reach = explore({ before: '', after: '', text, compile, depth: 0 }, pattern);
  if (reach === undefined || reach.literals < leastLiterals) return undefined;
  return { ...reach, share: Math.min(1, reach.literals / Math.max(1, mostLiterals(pattern))) };
}

interface Position {
  /** What stands before the part that is cut, and what closes its groups. */
  readonly before: string;
  readonly after: string;
  readonly text: string;
  readonly compile: CompilePart;
  readonly depth: number;
}

function explore(position: Position, pattern: string): Reach | undefined {
  const reaches = alternativesOf(pattern).map((parts) => exploreParts(position, parts));
  return reaches.reduce((best, each) => (isFurther(each, best) ? each : best), undefined);
}

function exploreParts(position: Position, parts: readonly PatternPart[]): Reach | undefined {
  const { before, after, text, compile, depth } = position;
  const head = (count: number): string => before + textOf(parts.slice(0, count));
  const endOf = (count: number): number | undefined => compile(head(count) + after)?.search(text)?.end;
  // Whoever matches with a part matches without it, so the last one that matches can be searched by halving.
  let [fits, fails] = [0, parts.length + 1];
  while (fails - fits > 1) {
    const middle = (fits + fails) >> 1;
    if (endOf(middle) === undefined) fails = middle;
    else fits = middle;
  }
  const end = endOf(fits);
  if (end === undefined) return undefined;
  const own = {
    end,
    literals: literalsIn(head(fits)),
    wanted: textOf(parts.slice(fits)),
  };
  const group = parts[fits]?.group;
  if (group === undefined || depth >= deepest) return own;
  const inside = {
    ...position,
    before: head(fits) + group.open,
    after: group.close + after,
    depth: depth + 1,
  };
  const deeper = explore(inside, group.body);
  if (deeper === undefined || !isFurther(deeper, own)) return own;
  return { ...deeper, wanted: deeper.wanted + textOf(parts.slice(fits + 1)) };
}

function isFurther(one: Reach | undefined, other: Reach | undefined): boolean {
  if (one === undefined) return false;
  return other === undefined || one.literals > other.literals;
}

function textOf(parts: readonly PatternPart[]): string {
  return parts.map(({ text }) => text).join('');
}

/** The letters of the way through a pattern that has most of them. */
function mostLiterals(pattern: string): number {
  const ways = alternativesOf(pattern).map((parts) =>
    parts.reduce((sum, { text, group }) => {
      return sum + (group === undefined ? literalsIn(text) : mostLiterals(group.body));
    }, 0),
  );
  return Math.max(0, ...ways);
}

/** Letters and digits that stand for themselves. */
function literalsIn(pattern: string): number {
  const plain = pattern
    .replaceAll(/\\./g, '')
    .replaceAll(/\[\^?\]?[^\]]*\]/g, '')
    .replaceAll(/<\/?[A-Z][A-Z\d_-]*>/g, '')
    .replaceAll(/\(\?(?:P<\w+>|[a-z]+)/g, '')
    .replaceAll(/\{[\d,]*\}/g, '');
  return plain.match(/[A-Za-z\d]/g)?.length ?? 0;
}
