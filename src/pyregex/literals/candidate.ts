import type { RequiredLiterals } from '../types.ts';
import type { Spelling } from './spelling.ts';

/** A set of literals of which every match contains one, and how well it tells lines apart. */
export interface Candidate extends RequiredLiterals {
  readonly score: number;
}

const mostLiterals = 512;
/** Before those that contain others are left out. */
const mostGathered = 2048;
const bestScore = 8;
const foldingCost = 0.5;
const costPerDoubling = 0.4;
/** A lone space or dot is in every line. */
const leastScore = 0.5;
/** Words that so many lines of logs have that they tell little. */
const commonWord =
  /(?<![\p{L}\p{N}])(?:HTTPS?|GET|POST|HEAD|client|error|info|notice|warn|from|for|by|to|in|user|host|rhost|server|request|referrer|sshd|ssh2|port|pid|Mozilla|connection|connect)(?![\p{L}\p{N}])/giu;
const commonWordScore = 0.6;
/** What stands beside the best part of a literal counts that much. */
const besideShare = 0.3;

/** The spellings as literals; undefined if they are useless, or not to be found by folding ASCII letters only. */
export function candidateOf(spellings: readonly Spelling[]): Candidate | undefined {
  const ignoreCase = spellings.some(({ folded }) => folded);
  if (ignoreCase && !spellings.every(({ text }) => isStableInLowerCase(text))) return undefined;
  const texts = spellings.map(({ text }) => (ignoreCase ? lowerAscii(text) : text));
  const strangers = spellings.flatMap((spelling) => spelling.strangers).flatMap(withLowerCase);
  return makeCandidate(texts, strangers, ignoreCase);
}

/** All sets together: for alternatives of which any may match; undefined if there is none for one of them. */
export function joinCandidates(candidates: readonly (Candidate | undefined)[]): Candidate | undefined {
  if (candidates.length === 0) return undefined;
  const ignoreCase = candidates.some((candidate) => candidate?.ignoreCase === true);
  const literals: string[] = [];
  let score = bestScore;
  for (const candidate of candidates) {
    if (candidate === undefined) return undefined;
    score = Math.min(score, candidate.score);
    if (candidate.ignoreCase === ignoreCase) literals.push(...candidate.literals);
    else if (candidate.literals.every(isStableInLowerCase))
      literals.push(...candidate.literals.map(lowerAscii));
    else return undefined;
    if (literals.length > mostGathered) return undefined;
  }
  const needed = withoutContaining(literals);
  score -= costPerDoubling * Math.log2(candidates.length);
  return score < leastScore || needed.length > mostLiterals
    ? undefined
    : { literals: needed, ignoreCase, score };
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

/** A text that contains another of the texts need not be looked for. */
function withoutContaining(texts: readonly string[]): string[] {
  const different = [...new Set(texts)];
  return different.filter((text) => !different.some((other) => other !== text && text.includes(other)));
}

/**
 * How well a text tells lines apart. Long words are rare, white space and digits are everywhere. The best of its words
 * counts most: it is what is left to look for where a date may be cut out between words.
 */
function scoreOf(text: string): number {
  let best = 0;
  let sum = 0;
  for (const word of text.split(/(?=[^\p{L}\p{N}_])/u)) {
    const score = scoreOfWord(word);
    best = Math.max(best, score);
    sum += score;
  }
  return Math.min(best + besideShare * (sum - best), bestScore);
}

function scoreOfWord(word: string): number {
  let score = 0;
  const rest = word.replace(commonWord, () => {
    score += commonWordScore;
    return '';
  });
  for (const char of rest) score += scoreOfChar(char);
  return score;
}

/** There are very many of them in the filters, so ASCII goes without a regex. */
function scoreOfChar(char: string): number {
  const code = char.charCodeAt(0);
  if ((code >= 97 && code <= 122) || (code >= 65 && code <= 90)) return 1;
  if (code === 32 || (code >= 9 && code <= 13)) return 0.3;
  if ((code >= 48 && code <= 57) || (code >= 44 && code <= 46) || code === 58) return 0.4;
  if (code < 128) return 0.8;
  if (/\p{L}/u.test(char)) return 1;
  return /\s/.test(char) ? 0.3 : 0.8;
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
