/** What a figure must be at least or at most. */
export interface Wanted {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** A line of the table: one thing that was measured, in every round. */
export interface Row {
  readonly what: string;
  /** `lines/s`, `ms`, `MiB`, `times`, … */
  readonly unit: string;
  /** One of each round. */
  readonly values: readonly number[];
  readonly wanted?: Wanted;
  /** What one has to know to read the figure, such as how large the file was. */
  readonly note?: string;
}

/** A row as it is kept: the median and the spread speak for the rounds. */
export interface Figure extends Row {
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** Absent where nothing is wanted. */
  readonly met?: boolean;
}

/** The row with its median and spread, judged by what is wanted. */
export function toFigure(row: Row): Figure {
  if (row.values.length === 0) throw new Error(`no figure for ${row.what}`);
  const middle = median(row.values);
  const { wanted } = row;
  const verdict = wanted === undefined ? {} : { met: isMet(middle, wanted) };
  return {
    ...row,
    median: middle,
    least: Math.min(...row.values),
    most: Math.max(...row.values),
    ...verdict,
  };
}

/** The middle one; of two in the middle their mean. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  const lower = sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
  return (lower + upper) / 2;
}

/** Round by round, since in a round both had the same machine. */
export function ratios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.map((value, round) => value / (theirs[round] ?? Number.NaN));
}

/** The table of some figures, a line each, with a heading. */
export function formatTable(figures: readonly Figure[]): string {
  const cells = figures.map(toCells);
  const widths = headings.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const format = (line: readonly string[]): string =>
    line
      .map((cell, column) =>
        leftAligned.has(column) ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [headings, ...cells].map(format).join('\n');
}

const headings: readonly string[] = ['what', 'median', 'unit', 'least', 'most', 'wanted', 'verdict', 'note'];
const leftAligned: ReadonlySet<number> = new Set([0, 2, 6, 7]);

function toCells(figure: Figure): readonly string[] {
  const { what, unit, wanted, note, met } = figure;
  return [
    what,
    formatNumber(figure.median),
    unit,
    formatNumber(figure.least),
    formatNumber(figure.most),
    wanted === undefined ? '' : formatWanted(wanted),
    met === undefined ? '' : met ? 'met' : 'MISSED',
    note ?? '',
  ];
}

/** Three digits that matter, and whole numbers with commas. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return value.toFixed(Math.abs(value) >= 10 ? 1 : 2);
}

function formatWanted({ atLeast, atMost }: Wanted): string {
  const least = atLeast === undefined ? '' : `≥ ${formatNumber(atLeast)}`;
  return atMost === undefined ? least : `${least} ≤ ${formatNumber(atMost)}`.trim();
}

function isMet(value: number, { atLeast, atMost }: Wanted): boolean {
  return value >= (atLeast ?? Number.NEGATIVE_INFINITY) && value <= (atMost ?? Number.POSITIVE_INFINITY);
}
