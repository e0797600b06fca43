import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import type { History } from '../src/web/types.ts';
import { count, counted, dateTime, timeOfDay } from './format.ts';
import { onThemeChange } from './theme.ts';
import { Empty } from './ui.tsx';

interface BanChartProps {
  readonly history: History;
  readonly height: number;
}

/** How many jails have a colour of their own. */
const colours = 6;

/** Bans over time as stacked bars, with a legend that shows the bar under the pointer. */
export function BanChart({ history, height }: BanChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const [bar, setBar] = useState<number>();
  useEffect(() => {
    const element = box.current;
    if (element === null || history.total === 0) return undefined;
    let plot = draw(element, history, height, setBar);
    const redraw = (): void => {
      plot.destroy();
      plot = draw(element, history, height, setBar);
    };
    const resized = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    const stopListening = onThemeChange(redraw);
    return () => {
      stopListening();
      resized.disconnect();
      plot.destroy();
    };
  }, [history, height]);
  if (history.total === 0)
    return <Empty title="No bans in this time">The past is kept for as long as dbpurgeage says.</Empty>;
  return (
    <figure class="chart">
      <div ref={box} class="chart-box" role="img" aria-label={summary(history)} />
      <Legend history={history} bar={bar} />
    </figure>
  );
}

/** The jails with their colours; with the numbers of one bar, or of all. */
function Legend({ history, bar }: { history: History; bar: number | undefined }) {
  const { fromSec, bucketSec, jails, total, isCut } = history;
  const from = fromSec + (bar ?? 0) * bucketSec;
  const isLong = bucketSec >= 3600;
  const shown = (sec: number): string => (isLong ? dateTime(sec) : timeOfDay(sec).slice(0, 5));
  return (
    <figcaption class="legend">
      <span class="legend-time">
        {bar === undefined
          ? `${isCut ? 'More than ' : ''}${counted(total, 'ban')}`
          : `${shown(from)} – ${shown(from + bucketSec)}`}
      </span>
      {jails.map(({ jail, counts }, index) => (
        <span key={jail} class="legend-jail">
          <span class={`swatch colour-${index % colours}`} aria-hidden="true" />
          {jail} <b>{count(bar === undefined ? sum(counts) : (counts[bar] ?? 0))}</b>
        </span>
      ))}
    </figcaption>
  );
}

function summary({ total, jails, fromSec, toSec }: History): string {
  const parts = jails.slice(0, 5).map(({ jail, counts }) => `${jail} ${sum(counts)}`);
  return `${counted(total, 'ban')} from ${dateTime(fromSec)} to ${dateTime(toSec)}: ${parts.join(', ')}`;
}

function draw(
  element: HTMLElement,
  history: History,
  height: number,
  onBar: (bar: number | undefined) => void,
): uPlot {
  const { jails, fromSec, bucketSec } = history;
  const style = getComputedStyle(document.documentElement);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const times = jails[0]?.counts.map((_, index) => fromSec + (index + 0.5) * bucketSec) ?? [];
  // What lies above is drawn first, so that each bar covers all but its own part of the one before.
  const stacks = jails.map((_, top) =>
    times.map((_time, at) => sum(jails.slice(top).map(({ counts }) => counts[at] ?? 0))),
  );
  const axis: uPlot.Axis = {
    stroke: colour('--muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: element.clientWidth,
      height,
      padding: [8, 20, 0, 0],
      legend: { show: false },
      cursor: { points: { show: false }, drag: { x: false, y: false }, y: false },
      scales: {
        x: { range: [fromSec, fromSec + bucketSec * times.length] },
        y: { range: (_plot, _least, most) => [0, Math.max(most * 1.08, 4)] },
      },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 28,
          space: 72,
          values: (_plot, ticks) => ticks.map((tick) => tickText(tick, bucketSec)),
        },
        {
          ...axis,
          size: 40,
          space: 36,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000],
        },
      ],
      series: [
        {},
        ...jails.map((_, index) => ({
          fill: colour(`--chart-${index % colours}`),
          width: 0,
          points: { show: false },
          paths: uPlot.paths.bars?.({ size: [0.82, 40], radius: 0.12 }) ?? (() => null),
        })),
      ],
      hooks: { setCursor: [(plot) => onBar(plot.cursor.idx ?? undefined)] },
    },
    [times, ...stacks],
    element,
  );
}

function tickText(sec: number, bucketSec: number): string {
  const [date, time] = dateTime(sec).split(', ');
  return bucketSec >= 3600 ? (date ?? '') : (time ?? '');
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, each) => total + each, 0);
}
