import { PythonFloat, PythonTuple, type PythonValue, parseIp, pythonRepr } from '../../base/index.ts';
import type { CutLine, Fields } from '../../detect/index.ts';
import type { LineVerdict } from './verdict.ts';

/** One failure of a line, as fail2ban-regex prints it with `-o`: of a name that was looked up, one for each address. */
export interface FailureRow {
  /** Who is counted. */
  readonly id: PythonValue;
  /** Seconds since the epoch; Python has an integer where the zone is known, else a float, and None without any time. */
  readonly time: PythonValue;
  readonly fields: Omit<Fields, 'plain'>;
  /** The lines that made the failure, oldest first. */
  readonly lines: readonly CutLine[];
}

/** The failures of a line. Helpers of a session are none. */
export function failureRows(verdict: LineVerdict): FailureRow[] {
  const { timeIsInteger } = verdict;
  return verdict.matches
    .filter(({ isHelper }) => !isHelper)
    .flatMap(({ ids, timeSec, fields, lines }) =>
      ids.map((id) => ({ id: idOf(id, fields), time: pythonTime(timeSec, timeIsInteger), fields, lines })),
    );
}

/** What `--invert` prints for a line without a failure: as later releases of fail2ban do, time and line only. */
export function missedRow(verdict: LineVerdict, lastDateSec: number | undefined): FailureRow {
  return {
    id: '',
    time: pythonTime(lastDateSec, verdict.timeIsInteger),
    fields: new Map([['fid', '']]),
    lines: [{ head: '', date: '', tail: verdict.line }],
  };
}

/** `[id, time, fields],` with tabs: the output of `-o row`, which Python can read back. */
export function rowText({ id, time, fields }: FailureRow): string {
  return `[${pythonRepr(id)},\t${pythonRepr(time)},\t${pythonRepr(new Map(fields))}],`;
}

/** The address: beside an id that is none, else the id itself. */
export function addressOf({ id, fields }: FailureRow): PythonValue {
  return fields.get('ip') ?? id;
}

/** Lines as fail2ban keeps them: what stands before the date, the date, and what stands behind it. */
export function matchesOf({ lines }: FailureRow): PythonTuple[] {
  return lines.map(({ head, date, tail }) => new PythonTuple([head, date, tail]));
}

/** The address family as fail2ban calls it; undefined for an id that is no address. */
export function familyOf(id: PythonValue): 'inet4' | 'inet6' | undefined {
  const ip = typeof id === 'string' ? parseIp(id) : undefined;
  if (ip === undefined) return undefined;
  return ip.family === 4 ? 'inet4' : 'inet6';
}

function pythonTime(timeSec: number | undefined, isInteger: boolean): PythonValue {
  if (timeSec === undefined) return null;
  return isInteger ? timeSec : new PythonFloat(timeSec);
}

/** An id of several parts is a tuple. */
function idOf(id: string | undefined, fields: Fields): PythonValue {
  const parts = fields.get('fid');
  return parts instanceof PythonTuple && id === pythonRepr(parts) ? parts : (id ?? null);
}
