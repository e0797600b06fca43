import type { RepeatPart, Resolved } from '../transform/resolved.ts';
import type { RequiredLiterals } from '../types.ts';
import { betterOf, type Candidate, candidateOf, joinCandidates } from './candidate.ts';
import { concatenate, emptySpelling, type Spelling, spellingsOfSet } from './spelling.ts';

/** What is known about the texts that a part matches. */
interface Texts {
  /** All of them, if they are few. */
  readonly all: readonly Spelling[] | undefined;
  /** What each of them begins and ends with; just an empty text if that is not known. */
  readonly start: readonly Spelling[];
  readonly end: readonly Spelling[];
  /** The best literals inside. */
  readonly best: Candidate | undefined;
}

const mostSpellings = 24;
const mostTurns = 4;
const anyText: readonly Spelling[] = [emptySpelling];
const unknown: Texts = { all: undefined, start: anyText, end: anyText, best: undefined };
const empty: Texts = exactly(anyText);

/**
 * The best literals of which every match contains at least one, or null. What is only looked at (lookahead,
 * lookbehind) is no part of the match and does not count.
 */
export function requiredLiterals(root: Resolved): RequiredLiterals | null {
  const best = bestOf(textsOf(root));
  return best === undefined ? null : { literals: best.literals, ignoreCase: best.ignoreCase };
}

function textsOf(part: Resolved): Texts {
  switch (part.kind) {
    case 'char': {
      const spellings = spellingsOfSet(part.set);
      return spellings === undefined ? unknown : exactly(spellings);
    }
    case 'sequence':
      return sequenceTexts(part.items);
    case 'alternation':
      return eitherTexts(part.options.map(textsOf));
    case 'conditional':
      return eitherTexts([textsOf(part.yes), textsOf(part.no)]);
    case 'repeat':
      return repeatTexts(part);
    case 'capture':
    case 'atomic':
      return textsOf(part.body);
    case 'position':
    case 'boundary':
    case 'look':
      return empty;
    case 'backreference':
      return unknown;
  }
}

function exactly(all: readonly Spelling[]): Texts {
  return { all, start: all, end: all, best: undefined };
}

function bestOf(texts: Texts): Candidate | undefined {
  const { all, start, end, best } = texts;
  if (all !== undefined) return betterOf(best, candidateOf(all));
  return betterOf(best, betterOf(candidateOf(start), candidateOf(end)));
}

function sequenceTexts(items: readonly Resolved[]): Texts {
  return joinWords(items.map(textsOf)).reduce(followedBy, empty);
}

/** Neighbours that can be spelled in only one way each become one text, so that a word is weighed as a whole. */
function joinWords(texts: readonly Texts[]): Texts[] {
  const joined: Texts[] = [];
  let word: Spelling[] | undefined;
  for (const text of texts) {
    const isPlain = text.all?.length === 1;
    const longer = isPlain ? concatenate(word ?? anyText, text.all!, 1) : undefined;
    if (word !== undefined && longer === undefined) joined.push(exactly(word));
    if (!isPlain) joined.push(text);
    word = longer ?? (isPlain ? [...text.all!] : undefined);
  }
  if (word !== undefined) joined.push(exactly(word));
  return joined;
}

/** `left` and then `right`: where they meet, the end of one and the start of the other are one text. */
function followedBy(left: Texts, right: Texts): Texts {
  const joint = concatenate(left.end, right.start, mostSpellings);
  const all =
    left.all === undefined || right.all === undefined
      ? undefined
      : concatenate(left.all, right.all, mostSpellings);
  if (all !== undefined) {
    // A choice makes the joint text's literals many; what is on one side of it may be better.
    const sides = betterOf(bestOf(left), bestOf(right));
    return { all, start: all, end: all, best: sides };
  }
  const best = betterOf(
    betterOf(bestOf(left), bestOf(right)),
    joint === undefined ? undefined : candidateOf(joint),
  );
  const start =
    left.all === undefined ? left.start : (concatenate(left.all, right.start, mostSpellings) ?? left.all);
  const end =
    right.all === undefined ? right.end : (concatenate(left.end, right.all, mostSpellings) ?? right.all);
  return { all: undefined, start, end, best };
}

function eitherTexts(options: readonly Texts[]): Texts {
  const gather = (lists: readonly (readonly Spelling[])[]): readonly Spelling[] | undefined => {
    const gathered = lists.flat();
    return gathered.length <= mostSpellings ? gathered : undefined;
  };
  const alls = options.map(({ all }) => all);
  const all = alls.every((texts) => texts !== undefined) ? gather(alls) : undefined;
  return {
    all,
    start: all ?? gather(options.map(({ start }) => start)) ?? anyText,
    end: all ?? gather(options.map(({ end }) => end)) ?? anyText,
    best: joinCandidates(options.map(bestOf)),
  };
}

function repeatTexts({ body, min, max }: RepeatPart): Texts {
  const turn = textsOf(body);
  if (min === 0) return max === 1 ? eitherTexts([turn, empty]) : unknown;
  const turns = Math.min(min, mostTurns);
  const least = Array.from({ length: turns }, () => turn).reduce(followedBy, empty);
  if (turns === max) return least;
  return { ...least, all: undefined };
}
