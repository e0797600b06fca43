import type { styleText } from 'node:util';
import { formatLogTime } from '../../base/index.ts';
import type { ControlEvent, EventType } from '../../control/index.ts';
import { makePainter } from '../rule-test/paint.ts';
import { banSpan } from './span.ts';

type Style = Parameters<typeof styleText>[0];

const styles: Readonly<Record<EventType, Style>> = {
  found: 'yellow',
  ban: 'red',
  restore: 'magenta',
  increase: 'magenta',
  unban: 'green',
  error: ['bold', 'red'],
  degraded: ['bold', 'yellow'],
  recovered: 'green',
  started: 'cyan',
  stopped: 'cyan',
};

const typeWidth = Math.max(...Object.keys(styles).map((type) => type.length));
const jailWidth = 12;

/** An event as a line for people, its line end included; with `withMatches` the log lines behind it, indented. */
export function eventLine(event: ControlEvent, hasColours: boolean, withMatches: boolean): string {
  const painter = makePainter(hasColours);
  const { type, jail, timeSec } = event;
  const head = [
    painter.text(formatLogTime(timeSec), 'dim'),
    painter.text(type.padEnd(typeWidth), styles[type]),
    painter.text(jail.padEnd(jailWidth)),
  ].join(' ');
  const id = 'id' in event && event.id !== undefined ? [painter.text(event.id, 'bold')] : [];
  const rest = details(event);
  const line = [head, ...id, ...(rest === '' ? [] : [painter.text(rest)])].join(' ').trimEnd();
  const matches = withMatches && 'matches' in event ? event.matches : [];
  return [line, ...matches.map((match) => `    ${painter.text(match, 'dim')}`), ''].join('\n');
}

function details(event: ControlEvent): string {
  switch (event.type) {
    case 'found':
      return event.failures === 1 ? '' : `(${event.failures} failures)`;
    case 'ban':
    case 'restore':
      return `for ${banSpan(event.banTimeSec)} (${reason(event.cause, event.failures, event.banCount)})`;
    case 'increase':
      return `to ${banSpan(event.banTimeSec)} (${event.cause})`;
    case 'unban':
      return `(${event.cause})`;
    case 'error':
      return `action ${event.action}, ${event.step}: ${event.message}`;
    default:
      return event.message;
  }
}

function reason(cause: string, failures: number, banCount: number): string {
  const why = cause === 'failures' ? `${failures} ${failures === 1 ? 'failure' : 'failures'}` : cause;
  return banCount > 1 ? `${why}, ban number ${banCount}` : why;
}
