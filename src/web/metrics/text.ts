import type { Figures } from '../figures.ts';
import { families } from './families.ts';
import type { HistogramFigures } from './histogram.ts';

/** The text format of Prometheus, version 0.0.4. */
export const contentType = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;

/** A metric with all its series. */
export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly series: readonly { readonly labels: Labels; readonly value: number | HistogramFigures }[];
}

/** The metrics as text. `webBytes`: memory of this process. */
export function metricsText(figures: Figures, webBytes: number): string {
  return families(figures, webBytes).map(familyText).join('');
}

function familyText({ name, help, type, series }: Family): string {
  const lines = series.flatMap(({ labels, value }) =>
    typeof value === 'number' ? [line(name, labels, value)] : histogramLines(name, labels, value),
  );
  return [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n');
}

function histogramLines(name: string, labels: Labels, { bounds, counts, sum }: HistogramFigures): string[] {
  let below = 0;
  const buckets = counts.map((count, index) => {
    below += count;
    const bound = bounds[index];
    return line(`${name}_bucket`, { ...labels, le: bound === undefined ? '+Inf' : String(bound) }, below);
  });
  return [...buckets, line(`${name}_sum`, labels, sum), line(`${name}_count`, labels, below)];
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`;
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n');
}

/** Names of jails and actions are free, as far as these three go. Lone surrogates are no UTF-8. */
function escapeLabel(text: string): string {
  return text.toWellFormed().replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"');
}
