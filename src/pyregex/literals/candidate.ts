import type { RequiredLiterals } from '../types.ts';
import type { Spelling } from './spelling.ts';

/** A set of literals of which every match contains one, and how well it tells lines apart. */
export interface Candidate extends RequiredLiterals {
  readonly score: number;
}

const mostLiterals = 32;
const bestScore = 8;
const foldingCost = 0.5;
const costPerDoubling = 0.4;
/** A lone space or dot is in every line. */
const leastScore = 0.5;

/** The spellings as literals; undefined if they are useless, or not to be found by folding ASCII letters only. */
export function candidateOf(spellings: readonly Spelling[]): Candidate | undefined {
  const ignoreCase = spellings.some(({ folded }) => folded);
  if (ignoreCase && !spellings.every(({ text }) => isStableInLowerCase(text))) return undefined;
  const texts = spellings.map(({ text }) => (ignoreCase ? lowerAscii(text) : text));
  const strangers = spellings.flatMap((spelling) => spelling.strangers).flatMap(withLowerCase);
  return makeCandidate(texts, strangers, ignoreCase);
}

/** Both sets together: for alternatives of which one or the other matches. */
export function joinCandidates(one: Candidate, other: Candidate): Candidate | undefined {
  const ignoreCase = one.ignoreCase || other.ignoreCase;
  const literals = [...one.literals, ...other.literals];
  if (one.ignoreCase === other.ignoreCase) return scored(literals, ignoreCase, one, other);
  const sensitive = one.ignoreCase ? other : one;
  if (!sensitive.literals.every(isStableInLowerCase)) return undefined;
  return scored(literals.map(lowerAscii), ignoreCase, one, other);
}

export function betterOf(one: Candidate | undefined, other: Candidate | undefined): Candidate | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.score > one.score ? other : one;
}

function makeCandidate(
  texts: readonly string[],
  strangers: readonly string[],
  ignoreCase: boolean,
): Candidate | undefined {
  const needed = withoutContaining(texts);
  const literals = [...new Set([...needed, ...strangers])];
  const score =
    Math.min(...needed.map(scoreOf)) -
    costPerDoubling * Math.log2(needed.length) -
    (ignoreCase ? foldingCost : 0);
  return score < leastScore || literals.length > mostLiterals ? undefined : { literals, ignoreCase, score };
}

function scored(
  literals: readonly string[],
  ignoreCase: boolean,
  one: Candidate,
  other: Candidate,
): Candidate | undefined {
  const needed = withoutContaining(literals);
  const score = Math.min(one.score, other.score) - costPerDoubling;
  return score < leastScore || needed.length > mostLiterals
    ? undefined
    : { literals: needed, ignoreCase, score };
}

/** A text that contains another of the texts need not be looked for. */
function withoutContaining(texts: readonly string[]): string[] {
  const different = [...new Set(texts)];
  return different.filter((text) => !different.some((other) => other !== text && text.includes(other)));
}

/** Long words are rare, white space and digits are everywhere. */
function scoreOf(text: string): number {
  let score = 0;
  for (const char of text) {
    if (/\p{L}/u.test(char)) score += 1;
    else if (/\s/.test(char)) score += 0.3;
    else if (/[\d.:,-]/.test(char)) score += 0.4;
    else score += 0.8;
  }
  return Math.min(score, bestScore);
}

function lowerAscii(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Whether looking in lower-cased text finds it, however much of Unicode that lower-casing covers. */
function isStableInLowerCase(text: string): boolean {
  return lowerAscii(text) === text.toLowerCase();
}

/** `İ` becomes two characters when its text is lower-cased as a whole: then the literal is to be found too. */
function withLowerCase(stranger: string): string[] {
  const lower = stranger.toLowerCase();
  return lower.length > 1 ? [stranger, lower] : [stranger];
}
