import type { ControlEvent } from '../src/control/events/types.ts';
import { banSpan, counted, exactTime, timeOfDay } from './format.ts';
import type { Numbered } from './live.ts';

const names: Readonly<Record<ControlEvent['type'], string>> = {
  found: 'Found',
  ban: 'Ban',
  restore: 'Restored',
  increase: 'Longer',
  unban: 'Unban',
  error: 'Error',
  degraded: 'Degraded',
  recovered: 'Recovered',
  started: 'Started',
  stopped: 'Stopped',
};

interface EventListProps {
  readonly events: readonly Numbered[];
  readonly onWhy: (id: string) => void;
  /** With the log lines. */
  readonly full?: boolean;
}

/** Events, the newest first. */
export function EventList({ events, onWhy, full = false }: EventListProps) {
  return (
    <ol class={`events ${full ? 'full' : ''}`}>
      {events.map(({ key, event }) => (
        <li key={key} class={`event ${event.type}`}>
          <time dateTime={new Date(event.timeSec * 1000).toISOString()} title={exactTime(event.timeSec)}>
            {timeOfDay(event.timeSec)}
          </time>
          <span class="event-type">{names[event.type]}</span>
          <span class="event-text">
            {'id' in event && event.id !== undefined ? (
              <button type="button" class="id-button" onClick={() => onWhy(event.id ?? '')}>
                {event.id}
              </button>
            ) : null}
            <span class="event-jail">{event.jail}</span>
            <span class="event-detail">{detailOf(event)}</span>
          </span>
          {full && 'matches' in event && event.matches.length > 0 ? (
            <span class="event-line">{event.matches.at(-1)}</span>
          ) : null}
        </li>
      ))}
    </ol>
  );
}

/** What an event says beside its id and jail. */
export function detailOf(event: ControlEvent): string {
  switch (event.type) {
    case 'found':
      return event.failures > 1 ? counted(event.failures, 'failure') : '';
    case 'ban':
    case 'restore': {
      const why = event.cause === 'by hand' ? 'by hand' : `after ${counted(event.failures, 'failure')}`;
      return `${banSpan(event.banTimeSec)}, ${why}`;
    }
    case 'increase':
      return `now ${banSpan(event.banTimeSec)}`;
    case 'unban':
      return event.cause;
    case 'error':
      return `${event.action} ${event.step}: ${event.message}`;
    default:
      return event.message;
  }
}
