import { PythonTuple, parseIp, pythonRepr } from '../../base/index.ts';
import type { Fields, FieldValue, Inspector } from '../../detect/index.ts';
import type { Tally } from './tally.ts';
import type { LineVerdict, VerdictMatch } from './verdict.ts';

/** One failregex that matched, as JSON tells it. */
export interface JsonMatch {
  /** Number of the failregex, from 1, as the report counts them. */
  readonly regex: number;
  /** Who is counted; null while nobody is known. */
  readonly id: string | null;
  /** The address, where there is one. */
  readonly ip: string | null;
  /** The host name that the line gives. */
  readonly host: string | null;
  /** Seconds since the epoch. */
  readonly time: number | null;
  /** Captured fields by lower-case name; those that took no part are left out. */
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  /** The rule says that this is no failure, only a helper for later lines. */
  readonly nofail: boolean;
}

/** What becomes of one line. The first match stands in the line itself, others in `more`. */
export interface JsonLine extends Omit<JsonMatch, 'regex'> {
  readonly line: string;
  readonly matched: boolean;
  readonly regex: number | null;
  /** By an ignoreregex, or as a helper. */
  readonly ignored: boolean;
  /** Numbers of the ignoreregexes that matched, from 1; absent without any. */
  readonly ignoredBy?: readonly number[];
  /** The date template that found the date. */
  readonly template: string | null;
  readonly more?: readonly JsonMatch[];
  /** A comment or an empty line, which is not tried. */
  readonly skipped?: true;
  /** Why the line could not be tried to the end. */
  readonly error?: string;
}

/** The last line. */
export interface JsonSummary {
  readonly summary: {
    readonly lines: number;
    readonly matched: number;
    readonly missed: number;
    readonly ignored: number;
    readonly prefregex: { readonly pattern: string; readonly hits: number } | null;
    readonly failregex: readonly {
      readonly regex: number;
      readonly pattern: string;
      readonly hits: number;
    }[];
    readonly ignoreregex: readonly {
      readonly regex: number;
      readonly pattern: string;
      readonly hits: number;
    }[];
    readonly dates: readonly { readonly template: string; readonly hits: number }[];
    readonly seconds: number;
  };
}

/** The JSON object of one line. */
export function jsonLine(verdict: LineVerdict): JsonLine {
  const { line, kind, timeSec, date, ignoredBy, trouble } = verdict;
  const [first, ...more] = verdict.matches.flatMap(jsonMatches);
  return {
    line,
    matched: kind === 'matched',
    ...(first ?? {
      regex: null,
      id: null,
      ip: null,
      host: null,
      time: timeSec ?? null,
      fields: {},
      nofail: false,
    }),
    ignored: kind === 'ignored',
    template: date?.template.spec.name ?? null,
    ...(ignoredBy.length > 0 ? { ignoredBy: ignoredBy.map((index) => index + 1) } : {}),
    ...(more.length > 0 ? { more } : {}),
    ...(kind === 'skipped' ? { skipped: true } : {}),
    ...(trouble === undefined ? {} : { error: trouble }),
  };
}

/** The last object: the counts of the report. */
export function jsonSummary(tally: Tally, inspector: Inspector, elapsedSec: number): JsonSummary {
  const { rules, dateTemplates } = inspector;
  const listed = (
    list: readonly { readonly source: string }[],
    hits: readonly { readonly count: number }[],
  ) =>
    list.map(({ source }, index) => ({ regex: index + 1, pattern: source, hits: hits[index]?.count ?? 0 }));
  return {
    summary: {
      lines: tally.tested,
      ...tally.counts,
      prefregex: rules.prefix === undefined ? null : { pattern: rules.prefix.source, hits: tally.prefixHits },
      failregex: listed(rules.fail, tally.failHits),
      ignoreregex: listed(rules.ignore, tally.ignoreHits),
      dates: dateTemplates
        .filter(({ hits }) => hits > 0)
        .map(({ spec, hits }) => ({ template: spec.name, hits })),
      seconds: elapsedSec,
    },
  };
}

/** A name that was looked up counts once for each of its addresses, so not at all without any. */
function jsonMatches(match: VerdictMatch): JsonMatch[] {
  const { rule, timeSec, fields, isHelper, lookedUp } = match;
  return match.ids.map((id) => ({
    regex: rule + 1,
    id: id ?? null,
    ip: addressOf(id, fields),
    host: lookedUp ?? textOf(fields.get('dns')),
    time: timeSec ?? null,
    fields: plainFields(fields),
    nofail: isHelper,
  }));
}

function addressOf(id: string | undefined, fields: Fields): string | null {
  const beside = textOf(fields.get('ip'));
  if (beside !== null) return beside;
  return id !== undefined && parseIp(id) !== undefined ? id : null;
}

function textOf(value: FieldValue | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function plainFields(fields: Fields): JsonMatch['fields'] {
  const set = [...fields].flatMap(([name, value]) =>
    value === null ? [] : [[name, plainValue(value)] as const],
  );
  return Object.fromEntries(set);
}

function plainValue(value: Exclude<FieldValue, null>): string | string[] {
  if (typeof value === 'string') return value;
  if (!(value instanceof PythonTuple)) return [...value];
  return value.items.map((item) => (typeof item === 'string' ? item : pythonRepr(item)));
}
