import { planReferences } from '../references.ts';
import type { Survey } from '../survey.ts';

/** In V8 a back-reference to an unset group matches nothing and succeeds; in Python it fails. */
export function undecidedReferences(survey: Survey): string | undefined {
  for (const [part, plan] of planReferences(survey)) {
    if (plan !== 'unknown') continue;
    const what = part.kind === 'conditional' ? 'a conditional on' : 'a back-reference to';
    return `${what} group ${part.group}, of which V8 cannot tell whether it is set`;
  }
  return undefined;
}
