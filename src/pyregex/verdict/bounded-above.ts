import type { BacktrackingVerdict } from './types.ts';

/** Steps that V8 takes in some tens of milliseconds. */
const quickSteps = 5e7;

/**
 * The length, in characters, up to which a text cannot hold a backtracking engine for long; longer ones are for the
 * matcher whose steps are bounded (`CompiledRegex.runBounded`). Infinite for a pattern without danger, and for one
 * that could not be judged.
 *
 * A pattern of degree d takes about n^d / d! steps on n characters: with 2 that is 10,000 characters, with 3 some 670,
 * with 4 some 190.
 */
export function boundedAbove({ degree }: Pick<BacktrackingVerdict, 'degree'>): number {
  if (degree === Number.POSITIVE_INFINITY) return 0;
  if (!(degree >= 2)) return Number.POSITIVE_INFINITY;
  const whole = Math.ceil(degree);
  return Math.floor((quickSteps * factorial(whole)) ** (1 / whole));
}

function factorial(count: number): number {
  return count <= 1 ? 1 : count * factorial(count - 1);
}
