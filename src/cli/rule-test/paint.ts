import { styleText } from 'node:util';
import { escapeControl } from '../../base/index.ts';

type Style = Parameters<typeof styleText>[0];

/** A part of a line with a style of its own: start and end (exclusive). Later ones lie over earlier ones. */
export interface Stretch {
  readonly start: number;
  readonly end: number;
  readonly style: Style;
}

/** Puts styles on text, where the output is a terminal. What is unsafe to print is escaped in any case. */
export interface Painter {
  text(text: string, style?: Style): string;
  /** A line with some of its parts in their own style. */
  line(text: string, stretches: readonly Stretch[]): string;
}

/** Makes a painter; without colours it only escapes. */
export function makePainter(hasColours: boolean): Painter {
  const paint = (text: string, style: Style | undefined): string => {
    const safe = escapeControl(text);
    return hasColours && style !== undefined && safe !== ''
      ? styleText(style, safe, { validateStream: false })
      : safe;
  };
  return {
    text: paint,
    line: (text, stretches) => {
      const cuts = new Set([0, text.length, ...stretches.flatMap(({ start, end }) => [start, end])]);
      const edges = [...cuts].filter((at) => at >= 0 && at <= text.length).sort((a, b) => a - b);
      return edges
        .slice(1)
        .map((end, index) => {
          const start = edges[index] as number;
          const over = stretches.findLast((stretch) => stretch.start <= start && stretch.end >= end);
          return paint(text.slice(start, end), over?.style);
        })
        .join('');
    },
  };
}
