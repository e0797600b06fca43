import type { Failure } from '../detect/index.ts';
import type { FailureCount } from '../track/index.ts';

/** What fail2ban keeps of a ban in its `data` column. */
export interface TicketData {
  readonly matches: readonly string[];
  readonly failures: number;
  readonly fields: Readonly<Record<string, string>>;
  readonly byHand?: boolean;
}

/**
 * How a ban by hand is marked in the `data` column, which fail2ban leaves alone. No captured text can look like it: in a
 * JSON string its quotes would have backslashes.
 */
export const byHandMark = '"warder_by_hand":true';

/**
 * The JSON of fail2ban's `data` column: `matches`, `failures` and the captured fields side by side, as a blob (which is
 * what its adapter writes). Keeps the newest `maxMatches` matches; 0 keeps none.
 */
export function encodeTicket(data: TicketData, maxMatches: number): Uint8Array {
  const matches = maxMatches > 0 ? data.matches.slice(-maxMatches) : undefined;
  const byHand = data.byHand === true ? { warder_by_hand: true } : {};
  return encode({ ...data.fields, matches, failures: data.failures, ...byHand });
}

/** Reads a `data` column, whoever wrote it. What is not understood is left out; nothing makes it throw. */
export function decodeTicket(column: unknown): TicketData {
  const { matches, failures, ...rest } = decode(column);
  const fields: Record<string, string> = {};
  for (const [name, value] of Object.entries(rest)) {
    if (typeof value === 'string') fields[name] = value;
    else if (typeof value === 'number') fields[name] = String(value);
  }
  return {
    matches: Array.isArray(matches) ? matches.map(joinMatch) : [],
    failures: typeof failures === 'number' ? failures : 0,
    fields,
  };
}

/** Our own column for a pending count. */
export function encodeCount({ matches, fields }: FailureCount): Uint8Array {
  return encode({ matches, fields });
}

export function decodeCount(column: unknown): Pick<FailureCount, 'matches' | 'fields'> {
  const { matches, fields } = decode(column);
  return {
    matches: Array.isArray(matches) ? matches.map(joinMatch) : [],
    fields: isRecord(fields) ? textsOf(fields) : {},
  };
}

/** Our own column for a failure that is not decided yet. */
export function encodeFailure(failure: Failure): Uint8Array {
  return encode({ ...failure });
}

/** Undefined if the column is not what we wrote. */
export function decodeFailure(jail: string, column: unknown): Failure | undefined {
  const { id, unresolved, timeSec, attempts, lines, fields } = decode(column);
  if (typeof id !== 'string' || typeof timeSec !== 'number' || typeof attempts !== 'number') return undefined;
  return {
    jail,
    id,
    unresolved: unresolved === true,
    timeSec,
    attempts,
    lines: Array.isArray(lines) ? lines.map(joinMatch) : [],
    fields: isRecord(fields) ? textsOf(fields) : {},
  };
}

/** fail2ban keeps some matches as the three parts of a line: before, within and after the date. */
function joinMatch(match: unknown): string {
  return Array.isArray(match) ? match.join('') : String(match);
}

function textsOf(record: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, String(value)]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lone surrogates, which JSON escapes, become U+FFFD: Python refuses to print them. */
function encode(value: Readonly<Record<string, unknown>>): Uint8Array {
  const text = JSON.stringify(value);
  return Buffer.from(text.includes('\\ud') ? JSON.stringify(value, wellFormed) : text);
}

function wellFormed(_key: string, item: unknown): unknown {
  return typeof item === 'string' ? item.toWellFormed() : item;
}

function decode(column: unknown): Record<string, unknown> {
  const text = column instanceof Uint8Array ? Buffer.from(column).toString() : column;
  if (typeof text !== 'string') return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
