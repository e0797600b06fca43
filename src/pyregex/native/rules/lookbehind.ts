import type { Survey } from '../survey.ts';

/** V8 matches a lookbehind from right to left, Python from left to right. */
export function backwardOrder(survey: Survey): string | undefined {
  if (survey.atomicBehind) return 'an atomic group in a lookbehind';
  const loop = survey.loops.find(
    ({ looks, captures }) => captures.length > 0 && looks.some((look) => look.behind),
  );
  return loop === undefined ? undefined : 'a group in a repetition in a lookbehind';
}
