import type { Pattern } from './pattern.ts';
import { expandTags } from './rules/index.ts';
import type { FilterSettings } from './types.ts';

/** `failregex 3`, as the errors of the rules have it. */
export function nameOfRule(rule: number): string {
  if (rule >= 0) return `failregex ${rule + 1}`;
  return rule === -1 ? 'prefregex' : rule === -2 ? 'ignoreregex' : 'datepattern';
}

/** Without the suspended failregexes. */
export function without(filter: FilterSettings, suspended: ReadonlySet<number>): FilterSettings {
  if (suspended.size === 0) return filter;
  return { ...filter, failRegex: filter.failRegex.filter((_, index) => !suspended.has(index)) };
}

/** Whether so much is suspended that nothing sensible is left. */
export function isEnough(filter: FilterSettings, suspended: ReadonlySet<number>): boolean {
  if (suspended.size === 0) return false;
  const others = filter.failRegex.some((_, index) => !suspended.has(index));
  return !others || [...suspended].some((rule) => rule < 0);
}

/** The rules as the engine gets them. */
export function patterns({ useDns }: FilterSettings, sources: readonly string[], flags: string): Pattern[] {
  return sources.map((source) => ({ text: expandTags(source, useDns), flags }));
}
