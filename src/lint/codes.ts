import type { Severity } from './types.ts';

/** Every code with its usual severity. What each means is in docs/filters.md; a test holds both to each other. */
export const lintCodes = {
  LINT_ADDRESS_MOVABLE: 'warning',
  LINT_BACKTRACKING_EXPONENTIAL: 'error',
  LINT_BACKTRACKING_POLYNOMIAL: 'warning',
  LINT_BACKTRACKING_QUADRATIC: 'info',
  LINT_BACKTRACKING_UNKNOWN: 'info',
  LINT_BAD_FILTER: 'warning',
  LINT_MISSPELT_OPTION: 'warning',
  LINT_MISSPELT_SECTION: 'warning',
  LINT_NO_DATE: 'info',
  LINT_NO_LITERAL: 'warning',
  LINT_UNANCHORED: 'warning',
  LINT_UNKNOWN_TAG: 'warning',
  LINT_UNREAD_OPTION: 'warning',
} as const satisfies Readonly<Record<string, Severity>>;

export type LintCode = keyof typeof lintCodes;
