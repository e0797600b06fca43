import type { Place } from '../../detect/index.ts';
import { wholeLine } from '../regex/make-verdict.ts';
import { type LineVerdict, placeInLine, type VerdictMatch } from '../regex/verdict.ts';
import type { NearestRule } from './near-rules.ts';
import type { Painter, Stretch } from './paint.ts';

/** What is said about a line, before it. */
export type Mark = 'match' | 'helper' | 'ignored' | 'near' | 'missed' | 'error';

const styles = {
  match: ['bold', 'red'],
  helper: 'cyan',
  ignored: 'yellow',
  near: 'magenta',
  missed: 'dim',
  error: ['bold', 'red'],
} as const;
const markWidth = 9;
const longestWanted = 100;
/** Groups that hold who is counted, then what people look for first. */
const idGroups = ['ip4', 'ip6', 'dns', 'fid', 'cidr'];
const userGroups = ['user', 'alt_user'];

/** The mark of a line that needs no nearer look. */
export function markOf({ kind, ignoredFor, trouble }: LineVerdict): Mark {
  if (trouble !== undefined) return 'error';
  if (kind === 'matched') return 'match';
  if (kind === 'ignored') return ignoredFor === 'nofail' ? 'helper' : 'ignored';
  return 'missed';
}

/** A line as it is shown, with what is to be said about it below. */
export function showLine(verdict: LineVerdict, near: NearestRule | undefined, painter: Painter): string[] {
  const mark = near === undefined ? markOf(verdict) : 'near';
  const label = painter.text(mark.padEnd(markWidth), styles[mark]);
  const line = painter.line(wholeLine(verdict.cut), stretchesOf(verdict, near));
  const notes = near === undefined ? notesOf(verdict) : [nearNote(near)];
  return [label + line, ...notes.map((note) => ' '.repeat(markWidth) + painter.text(note, 'dim'))];
}

function stretchesOf(verdict: LineVerdict, near: NearestRule | undefined): Stretch[] {
  const { cut, matches } = verdict;
  const stretches: Stretch[] = [
    { start: cut.head.length, end: cut.head.length + cut.date.length, style: 'green' },
  ];
  const mark = (place: Place | undefined, style: Stretch['style']): void => {
    if (place === undefined) return;
    const [start, end] = placeInLine(cut, place);
    stretches.push({ start, end, style });
  };
  if (near !== undefined) mark([near.start, near.end], 'underline');
  const [match] = matches;
  mark(match?.place(), 'underline');
  for (const group of userGroups) mark(match?.place(group), ['underline', 'yellow']);
  for (const group of idGroups) mark(match?.place(group), ['underline', 'bold', 'red']);
  return stretches;
}

function notesOf(verdict: LineVerdict): string[] {
  const { matches, ignoredBy, trouble, joined } = verdict;
  const [first, ...others] = matches;
  const notes = first === undefined ? [] : [matchNote(first, verdict)];
  const also = new Set(others.map(({ rule }) => rule + 1));
  if (also.size > 0) notes.push(`failregex ${[...also].join(', ')} would match too; a jail takes the first`);
  if (joined.length > 0) notes.push(`together with ${joined.length} earlier lines`);
  if (ignoredBy.length > 0) notes.push(`ignoreregex ${ignoredBy.map((index) => index + 1).join(', ')}`);
  if (trouble !== undefined) notes.push(trouble);
  return notes;
}

function matchNote(
  { rule, ids, lookedUp, timeSec, fields, isHelper }: VerdictMatch,
  { date }: LineVerdict,
): string {
  const known = ids.filter((id) => id !== undefined);
  const who =
    ids.length === 0
      ? `${lookedUp} has no address`
      : known.length === 0
        ? 'nobody known yet'
        : known.join(', ');
  const user = fields.get('user');
  const parts = [
    `failregex ${rule + 1}`,
    lookedUp === undefined || known.length === 0 ? who : `${who} (${lookedUp})`,
    ...(typeof user === 'string' && user !== '' ? [`user ${user}`] : []),
    timeSec === undefined ? 'no time' : localTime(timeSec),
    ...(date === undefined ? [] : [`date ${date.template.spec.name}`]),
    ...(isHelper ? ['no failure by itself: tells later lines of its session who it is'] : []),
  ];
  return parts.join(' · ');
}

function nearNote({ rule, wanted, share }: NearestRule): string {
  const which = rule === undefined ? 'prefregex' : `failregex ${rule + 1}`;
  const rest = wanted.length > longestWanted ? `${wanted.slice(0, longestWanted)}…` : wanted;
  return `nearest is ${which}: what is underlined fits (${Math.round(share * 100)} % of it), then it wants ${rest}`;
}

/** `2026-11-22 15:28:49`, local time. */
export function localTime(timeSec: number): string {
  const offsetMs = new Date(timeSec * 1000).getTimezoneOffset() * 60_000;
  return new Date(timeSec * 1000 - offsetMs).toISOString().slice(0, 19).replace('T', ' ');
}
