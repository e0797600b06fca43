import type { styleText } from 'node:util';
import { makePainter } from '../rule-test/paint.ts';

type Style = Parameters<typeof styleText>[0];

/** What stands in a column, with its style on a terminal. */
export interface Cell {
  readonly text: string;
  readonly style?: Style;
  /** Numbers stand at the right. */
  readonly right?: boolean;
}

/**
 * Rows with their cells below each other, a line each, line ends included; the last cell of a row is not filled up. Unsafe
 * characters are escaped before anything is measured.
 */
export function columns(
  rows: readonly (readonly (string | Cell)[])[],
  hasColours: boolean,
  indent = '',
): string {
  const plain = makePainter(false);
  const painter = makePainter(hasColours);
  const cells = rows.map((row) =>
    row.map((cell) =>
      typeof cell === 'string' ? { text: plain.text(cell) } : { ...cell, text: plain.text(cell.text) },
    ),
  );
  const widths: number[] = [];
  for (const row of cells) {
    for (const [index, { text }] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, text.length);
    }
  }
  return cells
    .map((row) => {
      const texts = row.map(({ text, style, right = false }: Cell, index) => {
        const fill = ' '.repeat((widths[index] ?? 0) - text.length);
        // Escaped already; painting escapes nothing twice, since what it made is safe.
        const painted = hasColours && style !== undefined ? painter.text(text, style) : text;
        if (right) return fill + painted;
        return index === row.length - 1 ? painted : painted + fill;
      });
      return `${(indent + texts.join('  ')).trimEnd()}\n`;
    })
    .join('');
}
