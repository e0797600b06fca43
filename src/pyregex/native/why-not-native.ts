import { emptyTurns } from './rules/empty-turns.ts';
import { foldedReferences } from './rules/folded-references.ts';
import { keptCaptures } from './rules/kept-captures.ts';
import { backwardOrder } from './rules/lookbehind.ts';
import { undecidedReferences } from './rules/references.ts';
import type { Survey } from './survey.ts';

const rules: readonly ((survey: Survey) => string | undefined)[] = [
  undecidedReferences,
  foldedReferences,
  keptCaptures,
  emptyTurns,
  backwardOrder,
];

/** Why V8 cannot run the pattern exactly; undefined if it can. */
export function whyNotNative(survey: Survey): string | undefined {
  for (const rule of rules) {
    const reason = rule(survey);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
