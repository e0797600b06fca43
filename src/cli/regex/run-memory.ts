import type { Inspector } from '../../detect/index.ts';

// What the lines of a log leave behind for those after them, to compare runs over parts of it.

/** Whether lines of a session tell about each other. */
export function hasSessions({ rules: { prefix, fail } }: Inspector): boolean {
  return [...(prefix === undefined ? [] : [prefix]), ...fail].some((rule) => rule.hasGroup('mlfid'));
}

/** What the sessions are. Equal texts: later lines are counted alike. */
export function memoryText({ memory }: Inspector): string {
  return memory.sessions.text();
}

/** The date templates, in the order in which they are tried now. */
export function dateNames({ dateTemplates }: Inspector): readonly string[] {
  return dateTemplates.map(({ spec }) => spec.bound.regex);
}

/** How many dates each of them gave. */
export function dateHits({ dateTemplates }: Inspector): readonly number[] {
  return dateTemplates.map(({ hits }) => hits);
}

/** Adds dates that were found by another run. */
export function addDateHits({ dateTemplates }: Inspector, more: readonly number[]): void {
  for (const [index, template] of dateTemplates.entries()) template.hits += more[index] ?? 0;
}
