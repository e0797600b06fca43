import type { BackreferencePart, ConditionalPart } from '../transform/resolved.ts';
import { minWidth } from '../transform/traits.ts';
import type { CaptureFacts, ReferenceFacts, Survey } from './survey.ts';

/**
 * What V8 has to do about a back-reference or a conditional: the group is set, or unset, on every way here; or it
 * must be `tested`; or V8 cannot know.
 *
 * The test: where the group begins, a lookahead captures the whole rest of the text. Later on, behind the group,
 * less text is left than that, so a back-reference to this capture fails for sure, while one to a capture that never
 * took place matches nothing and so succeeds in V8. For this the group must match at least one character.
 */
export type ReferencePlan = 'set' | 'unset' | 'tested' | 'unknown';

/** The plan for each reference of the pattern. */
export function planReferences(
  survey: Survey,
): ReadonlyMap<BackreferencePart | ConditionalPart, ReferencePlan> {
  return new Map(survey.references.map((reference) => [reference.part, planReference(survey, reference)]));
}

function planReference(survey: Survey, reference: ReferenceFacts): ReferencePlan {
  const { group } = reference.part;
  if (reference.isSet) return 'set';
  if (reference.openGroups.includes(group)) return 'unknown';
  const capture = survey.captures.get(group);
  if (capture === undefined) return 'unset';
  if (capture.loops.some((loop) => reference.loops.includes(loop))) return 'unknown';
  if (!reference.isAfterGroup) return 'unset';
  return canTest(capture, reference) ? 'tested' : 'unknown';
}

function canTest(capture: CaptureFacts, reference: ReferenceFacts): boolean {
  const isForward =
    !reference.looks.some((look) => look.behind) && !capture.looks.some((look) => look.behind);
  // A group in a lookahead that is over may lie ahead of the reference.
  const isBehindGroup = capture.looks.every((look) => reference.looks.includes(look));
  return isForward && isBehindGroup && minWidth(capture.part.body) > 0;
}
