import type { RegexMatch } from '../../pyregex/index.ts';
import { type CutLine, messageOf } from '../cut-line.ts';
import type { Rule } from './rule.ts';

/** The lines of a window that a match covers, and those that stay to be looked at again. */
export interface MatchedLines {
  readonly matched: readonly CutLine[];
  readonly unmatched: readonly CutLine[];
}

const none: readonly CutLine[] = [];

/** What a regex is run on: the messages of the lines, each with a line end. */
export function subjectOf(lines: readonly CutLine[]): string {
  if (lines.length === 1) return `${messageOf(lines[0]!)}\n`;
  return `${lines.map(messageOf).join('\n')}\n`;
}

/** Tells the lines that a match covers from the others; lines that `<SKIPLINES>` stepped over are others. */
export function splitLines(
  rule: Rule,
  match: RegexMatch,
  subject: string,
  lines: readonly CutLine[],
): MatchedLines {
  if (lines.length <= 1) return { matched: lines, unmatched: none };
  const start = subject.slice(0, match.index + 1).lastIndexOf('\n') + 1;
  const endMark = subject.indexOf('\n', Math.max(match.end - 1, 0));
  const end = endMark < 0 ? subject.length : endMark + 1;
  const first = countLineEnds(subject, start);
  const behind = countLineEnds(subject, end);
  const matched = lines.slice(first, behind);
  const unmatched = lines.slice(0, first);
  let from = 0;
  for (const skipped of rule.skippedLines(match)) {
    const at = matched.findIndex((line, index) => index >= from && messageOf(line) === skipped);
    if (at < 0) continue;
    unmatched.push(...matched.splice(at, 1));
    from = at;
  }
  unmatched.push(...lines.slice(behind));
  return { matched, unmatched };
}

function countLineEnds(text: string, end: number): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
