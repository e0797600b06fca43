import type { CutLine, Inspection } from '../../detect/index.ts';
import type { LineKind, LineVerdict, TestLine, VerdictMatch } from './verdict.ts';

/** What became of a line that was tried. `matches`: with the addresses that their names stand for. */
export function makeVerdict(
  line: TestLine,
  number: number,
  timeIsInteger: boolean,
  inspection: Inspection,
  matches: readonly VerdictMatch[],
  joined: readonly CutLine[],
): LineVerdict {
  const { ignoredBy, date, timeSec, prefix, message, line: cut } = inspection;
  // A name without an address counts nobody.
  const counting = matches.filter(({ ids }) => ids.length > 0);
  const ignoredFor =
    ignoredBy.length > 0 ? 'ignoreregex' : counting.some(({ isHelper }) => isHelper) ? 'nofail' : undefined;
  return {
    number,
    line: line.timeSec === undefined ? line.text : wholeLine(cut),
    kind: ignoredFor !== undefined ? 'ignored' : counting.length > 0 ? 'matched' : 'missed',
    ignoredFor,
    ignoredBy,
    date,
    timeSec,
    timeIsInteger,
    cut,
    message,
    prefix,
    matches,
    joined,
    trouble: undefined,
  };
}

/** What became of a line that was not tried, or in vain. */
export function untriedVerdict(
  number: number,
  text: string,
  kind: LineKind,
  trouble: string | undefined,
): LineVerdict {
  return {
    number,
    line: text,
    kind,
    ignoredFor: undefined,
    ignoredBy: [],
    date: undefined,
    timeSec: undefined,
    timeIsInteger: false,
    cut: { head: '', date: '', tail: text },
    message: text,
    prefix: { kind: 'not-asked' },
    matches: [],
    joined: [],
    trouble,
  };
}

/** A cut line as it stands in the log. */
export function wholeLine({ head, date, tail }: CutLine): string {
  return head + date + tail;
}
