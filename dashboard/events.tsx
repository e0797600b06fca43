import { useState } from 'preact/hooks';
import type { ControlEvent } from '../src/control/events/types.ts';
import { EventList } from './event-list.tsx';
import type { Connection, Numbered } from './live.ts';
import { Empty, Panel } from './ui.tsx';

interface EventsProps {
  readonly events: readonly Numbered[];
  readonly connection: Connection;
  readonly onWhy: (id: string) => void;
}

const kinds: readonly (readonly [name: string, title: string, types: readonly ControlEvent['type'][]])[] = [
  ['all', 'All', []],
  ['bans', 'Bans', ['ban', 'restore', 'increase', 'unban']],
  ['found', 'Found', ['found']],
  ['trouble', 'Trouble', ['error', 'degraded', 'recovered']],
];

/** Everything that happens, with the log lines. */
export function EventsView({ events, connection, onWhy }: EventsProps) {
  const [kind, setKind] = useState('all');
  const types = kinds.find(([name]) => name === kind)?.[2] ?? [];
  const shown = events.filter(({ event }) => types.length === 0 || types.includes(event.type));
  return (
    <>
      <h1 tabIndex={-1}>Events</h1>
      <fieldset class="choices">
        <legend class="hidden">Kinds of events</legend>
        {kinds.map(([name, title]) => (
          <label key={name} class="choice">
            <input
              type="radio"
              name="kind"
              value={name}
              checked={name === kind}
              onChange={() => setKind(name)}
            />
            <span>{title}</span>
          </label>
        ))}
      </fieldset>
      <Panel title="Since this page was opened" id="events-list">
        {shown.length === 0 ? (
          <Empty title={connection === 'lost' ? 'The connection is lost' : 'Nothing yet'}>
            {connection === 'lost' ? 'It is tried again by itself.' : 'Events show up here as they happen.'}
          </Empty>
        ) : (
          <EventList events={shown} onWhy={onWhy} full />
        )}
      </Panel>
    </>
  );
}
