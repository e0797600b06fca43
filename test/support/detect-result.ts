import { PythonTuple } from '../../src/base/index.ts';
import type { FieldValue, Inspection } from '../../src/detect/index.ts';
import type { OracleResult } from './detect-oracle.ts';

/** What became of a line, in the form in which the oracle tells it. */
export function resultOf(inspection: Inspection | undefined): OracleResult {
  const rows = (inspection?.matches ?? []).map((match) => ({
    rule: match.rule,
    id: idOf(match.identity?.id, match.fields.get('fid')),
    timeSec: match.timeSec ?? null,
    fields: [...match.fields].map(([name, value]) => [name, plain(value)] as const),
    lines: match.lines.map(({ head, date, tail }) => head + date + tail),
  }));
  return { rows, ignored: inspection?.ignoredBy ?? [] };
}

/** A tuple as an id is text in ours, as Python writes it. */
function idOf(id: string | undefined, field: FieldValue | undefined): unknown {
  return field instanceof PythonTuple && id?.startsWith('(') === true ? plain(field) : (id ?? null);
}

function plain(value: FieldValue): unknown {
  if (value instanceof Set) return [...value].sort();
  return value instanceof PythonTuple ? value.items.map((item) => plain(item as FieldValue)) : value;
}
