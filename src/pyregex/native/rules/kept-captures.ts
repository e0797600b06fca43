import type { Survey } from '../survey.ts';

/** V8 clears the groups inside a loop at each turn; Python keeps what an earlier turn has set. */
export function keptCaptures(survey: Survey): string | undefined {
  const referenced = new Set(survey.references.map(({ part }) => part.group));
  const kept = keptGroups(survey).find((group) => referenced.has(group));
  return kept === undefined ? undefined : `group ${kept} keeps its text from an earlier turn of a repetition`;
}

/**
 * The groups that V8 may clear and Python keeps. As long as nothing in the pattern refers to them, they have no part
 * in what matches: the own matcher can fill them in afterwards.
 */
export function keptGroups(survey: Survey): number[] {
  return survey.loops.flatMap((loop) => loop.optionalCaptures);
}
