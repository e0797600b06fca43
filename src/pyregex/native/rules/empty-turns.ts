import { areDisjoint } from '../../charset/charset.ts';
import { firstChars, isDeterministic, isEmptyLast, minWidth } from '../../transform/traits.ts';
import type { LoopFacts, Survey } from '../survey.ts';

/**
 * Where a turn of a loop matches nothing, V8 goes back and tries something else; Python takes it and leaves the loop.
 *
 * The difference does not show where nothing is captured, and matching nothing is the last thing the body tries or
 * what it tries after that cannot match where the text behind the loop does.
 */
export function emptyTurns(survey: Survey): string | undefined {
  return survey.loops.some(canDiffer) ? 'a repetition whose body can match nothing' : undefined;
}

function canDiffer(loop: LoopFacts): boolean {
  const { part, captures } = loop;
  if (part.min === part.max || minWidth(part.body) > 0) return false;
  if (captures.length > 0) return true;
  if (part.mode === 'lazy') return false;
  // A possessive turn is never tried again, so it has only one outcome.
  if (part.mode === 'possessive' || isDeterministic(part.body)) return false;
  return !isEmptyLast(part.body) && !isDecidedByNextChar(loop);
}

/** In `(?:[^"]*|"[^"]*")*]` the next character tells whether the loop goes on or `]` follows. */
function isDecidedByNextChar({ part, following }: LoopFacts): boolean {
  if (part.body.kind !== 'alternation' || following === undefined) return false;
  const { options } = part.body;
  if (!options.every(isEmptyLast)) return false;
  const firstEmpty = options.findIndex((option) => minWidth(option) === 0);
  return options.slice(firstEmpty + 1).every((option) => {
    const first = firstChars(option);
    return first !== undefined && areDisjoint(first, following);
  });
}
