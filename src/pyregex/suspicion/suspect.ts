import { leadingRun } from '../transform/leading-run.ts';
import { partsOf, type Resolved } from '../transform/resolved.ts';
import { beginsAtStart } from '../transform/traits.ts';
import { boundedAbove } from '../verdict/bounded-above.ts';
import { type CharMask, everyMask, noChars } from './char-mask.ts';
import { PartChars } from './chars.ts';
import { isLoop, mayDouble } from './doubling.ts';
import { sharingLoops } from './sharing.ts';

/**
 * The length above which texts may hold V8, as far as the shape of the pattern tells within some microseconds; Infinity
 * where there is nothing to suspect. Rather too short than too long: `judgeBacktracking` takes a thousand times longer
 * and tells what is true of it.
 */
export function suspectedAbove(root: Resolved): number {
  return boundedAbove({ degree: suspectedDegree(root) });
}

/** The power of the length that the time of a search may grow with, at most about; Infinity for exponential. */
export function suspectedDegree(root: Resolved): number {
  const chars = new PartChars();
  if (hasDoublingLoop(root, chars)) return Number.POSITIVE_INFINITY;
  return 1 + sharingLoops(root, searchedBehind(root, chars), chars);
}

/** A match need not be looked for behind a character that it could as well begin with. */
function searchedBehind(root: Resolved, chars: PartChars): CharMask {
  if (beginsAtStart(root)) return noChars;
  const run = leadingRun(root);
  return run === undefined ? everyMask : everyMask & ~chars.of(run);
}

function hasDoublingLoop(part: Resolved, chars: PartChars): boolean {
  // Two loops that share characters within a turn can share them in two ways in each turn.
  if (isLoop(part) && (mayDouble(part, chars) || sharingLoops(part.body, noChars, chars) > 0)) return true;
  return partsOf(part).some((below) => hasDoublingLoop(below, chars));
}
