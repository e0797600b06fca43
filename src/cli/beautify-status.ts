import { type PythonValue, pythonStr } from '../base/index.ts';
import { branch, items } from './beautify-parts.ts';

/** `status`, `status JAIL` and `status --all` as trees. */
export function formatStatus(words: readonly string[], answer: PythonValue): string {
  const target = words[1];
  if (target !== undefined && target !== '--all') {
    // The flavor `stats` is a row of the table of all jails.
    if (typeof items(answer)[0] === 'string') return formatStatistics(new Map([[target, answer]]));
    return [`Status for the jail: ${target}`, ...jailTree(answer, '')].join('\n');
  }
  if (answer instanceof Map) return formatStatistics(answer);
  const entries = items(answer);
  const jails = target === '--all' ? entries.at(-1) : undefined;
  const details = jails instanceof Map ? [...jails] : [];
  const counts = jails instanceof Map ? entries.slice(0, -1) : entries;
  const total = counts.length + details.length;
  return [
    'Status',
    ...counts.map((entry, index) => `${branch(index, total)} ${namedValue(entry)}`),
    ...details.flatMap(([name, status], index) => {
      const place = counts.length + index;
      const indent = place === total - 1 ? '   ' : '|  ';
      return [`${branch(place, total)} Status for the jail: ${pythonStr(name)}`, ...jailTree(status, indent)];
    }),
  ].join('\n');
}

function jailTree(answer: PythonValue, indent: string): string[] {
  const groups = items(answer);
  return groups.flatMap((group, index) => {
    const [title, entries] = items(group);
    const inner = indent + (index === groups.length - 1 ? '   ' : '|  ');
    const lines = items(entries ?? null);
    return [
      `${indent}${branch(index, groups.length)} ${pythonStr(title ?? null)}`,
      ...lines.map((entry, place) => `${inner}${branch(place, lines.length)} ${namedValue(entry)}`),
    ];
  });
}

/** `('Total failed', 3)` as `Total failed:`, a tabulator and `3`; lists with spaces between their items. */
function namedValue(entry: PythonValue): string {
  const [name, value = null] = items(entry);
  const shown = Array.isArray(value) ? value.map(pythonStr).join(' ') : pythonStr(value);
  return `${pythonStr(name ?? null)}:\t${shown}`;
}

const columns = ['Jail', 'Backend', 'Failed now', 'total', 'Banned now', 'total'] as const;

/** `stats`: one row per jail. */
export function formatStatistics(answer: PythonValue): string {
  if (!(answer instanceof Map)) throw new TypeError('not a dict');
  const rows = [...answer].map(([name, status]) => {
    const [backend, failed, banned] = items(status);
    return [name, backend, ...items(failed ?? null), ...items(banned ?? null)].map((cell) =>
      pythonStr(cell ?? null),
    );
  });
  const table = [[...columns], ...rows];
  const widths = columns.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, at) => (at < 2 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)))
      .join('  ')
      .trimEnd();
  return table.map(line).join('\n');
}
