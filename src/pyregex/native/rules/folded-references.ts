import type { Survey } from '../survey.ts';

/** We give V8 no flag `i`, since it folds other characters than Python does; so it cannot fold here. */
export function foldedReferences(survey: Survey): string | undefined {
  for (const { part } of survey.references) {
    if (part.kind === 'backreference' && part.fold !== 'none') {
      return `a back-reference to group ${part.group} that ignores case`;
    }
  }
  return undefined;
}
