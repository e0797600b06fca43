import { readMessage } from '../../base/index.ts';

/** No answer is longer, in characters. */
export const longestAnswer = 1000;

/** What the judge answers to a pattern: the length of text above which it may hold a line; absent: it cannot. */
export interface Verdict {
  readonly above?: number;
}

/** Reads a line of the judge; undefined if it is none of its answers. */
export function parseVerdict(line: string): Verdict | undefined {
  const message = readMessage(line);
  if (message === undefined) return undefined;
  const { above } = message;
  if (above === undefined) return {};
  return typeof above === 'number' && above >= 0 ? { above } : undefined;
}
