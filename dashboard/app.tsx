import { useEffect, useRef, useState } from 'preact/hooks';
import type { ControlEvent } from '../src/control/events/types.ts';
import { api, decoded, token } from './api.ts';
import { BansView } from './bans.tsx';
import { detailOf } from './event-list.tsx';
import { EventsView } from './events.tsx';
import { HistoryView } from './history.tsx';
import { type Loaded, useLoaded, useSettled, useThrottled } from './hooks.ts';
import { type Connection, listen, type Numbered } from './live.ts';
import { Login } from './login.tsx';
import { OverviewView } from './overview.tsx';
import { RulesView } from './rules.tsx';
import { Shell, type View, views } from './shell.tsx';
import { TarpitView } from './tarpit.tsx';
import { UnbanDialog } from './unban.tsx';
import { WhyDialog } from './why.tsx';

const mostEvents = 200;

/** The page: the login, or what it opens. */
export function App() {
  const [isOpen, setOpen] = useState(token.get() !== '');
  const [reason, setReason] = useState('');
  const close = (why: string): void => {
    token.forget();
    setReason(why);
    setOpen(false);
  };
  if (!isOpen) return <Login reason={reason} onDone={() => setOpen(true)} />;
  return <Dashboard onClose={close} />;
}

function Dashboard({ onClose }: { onClose: (why: string) => void }) {
  const { view, jail } = useRoute();
  const live = useLive(() => onClose('This token does not open the page any more.'));
  // In an attack there are hundreds of events a second, and the daemon has other things to do.
  const changes = useThrottled(live.changes, 500);
  const status = useLoaded(api.status, [changes], 10_000);
  const tarpit = useLoaded(api.tarpit, [changes], 15_000);
  const day = useLoaded(() => api.history(86_400), [changes], 60_000);
  const [why, setWhy] = useState('');
  const [unban, setUnban] = useState<{ id: string; jail: string }>();
  const [done, setDone] = useState('');
  const problem = status.problem?.kind;
  // The first refusal closes the page
  useEffect(() => {
    if (problem === 'unauthorized') onClose(status.problem?.message ?? '');
  }, [problem]);
  const startUnban = (ban: { id: string; jail: string }): void => {
    setWhy('');
    setUnban({ id: ban.id, jail: ban.jail });
  };
  const overview = status.value;
  return (
    <>
      <Shell
        view={view}
        connection={live.connection}
        overview={overview}
        announcement={done === '' ? live.announcement : done}
        onLogOut={() => onClose('')}
      >
        {view === 'overview' ? (
          <OverviewView status={status} history={day} tarpit={tarpit} events={live.events} onWhy={setWhy} />
        ) : view === 'bans' ? (
          <BansView overview={overview} jail={jail} changes={changes} onWhy={setWhy} onUnban={startUnban} />
        ) : view === 'history' ? (
          <HistoryView changes={changes} onWhy={setWhy} />
        ) : view === 'rules' ? (
          <RulesView status={status as Loaded<NonNullable<typeof overview>>} />
        ) : view === 'events' ? (
          <EventsView events={live.events} connection={live.connection} onWhy={setWhy} />
        ) : (
          <TarpitView tarpit={tarpit} onWhy={setWhy} />
        )}
        {done === '' ? null : (
          <p class="toast" aria-hidden="true">
            {done}
          </p>
        )}
      </Shell>
      {why === '' ? null : <WhyDialog key={why} id={why} onClose={() => setWhy('')} onUnban={startUnban} />}
      {unban === undefined ? null : (
        <UnbanDialog
          ban={unban}
          onClose={() => setUnban(undefined)}
          onDone={(words) => {
            setDone(words);
            setTimeout(() => setDone(''), 6000);
          }}
        />
      )}
    </>
  );
}

/** The view and jail in the address; a new view gets the focus, so that it is read out. */
function useRoute(): { view: View; jail: string } {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const change = (): void => setHash(location.hash);
    addEventListener('hashchange', change);
    return () => removeEventListener('hashchange', change);
  }, []);
  const [, name = '', detail = ''] = hash.split('/');
  const view = views.find(([each]) => each === name)?.[0] ?? 'overview';
  const isFirst = useRef(true);
  useEffect(() => {
    const title = views.find(([each]) => each === view)?.[1] ?? '';
    document.title = `${title} · Warder`;
    if (!isFirst.current) document.querySelector<HTMLElement>('main h1')?.focus();
    isFirst.current = false;
  }, [view]);
  return { view, jail: decoded(detail) };
}

interface Live {
  readonly events: readonly Numbered[];
  readonly connection: Connection;
  /** Grows with every event that changes what is shown elsewhere. */
  readonly changes: number;
  readonly announcement: string;
}

/** The newest events; what comes in one go is shown in one go. */
function useLive(onUnauthorized: () => void): Live {
  const [events, setEvents] = useState<readonly Numbered[]>([]);
  const [connection, setConnection] = useState<Connection>('connecting');
  const [changes, setChanges] = useState(0);
  const announcement = useSettled(announcementOf(events[0]?.event), 1000);
  // One connection as long as the page is open
  useEffect(() => {
    let key = 0;
    let waiting: Numbered[] = [];
    let wasLost = false;
    const show = (): void => {
      const fresh = waiting.toReversed();
      waiting = [];
      setEvents((before) => [...fresh, ...before].slice(0, mostEvents));
      if (fresh.some(({ event }) => event.type !== 'found')) setChanges((before) => before + 1);
    };
    const stop = listen({
      onEvent: (event) => {
        if (waiting.length === 0) setTimeout(show, 50);
        waiting.push({ key: key++, event });
        if (waiting.length > mostEvents) waiting.shift();
      },
      onConnection: (next) => {
        setConnection(next);
        // Whatever happened meanwhile is in the next answers.
        if (next === 'live' && wasLost) setChanges((before) => before + 1);
        wasLost = next === 'lost';
      },
      onUnauthorized,
    });
    return stop;
  }, []);
  return { events, connection, changes, announcement };
}

/** Bans, unbans and trouble are told; what is merely found would never end. */
function announcementOf(event: ControlEvent | undefined): string {
  if (event === undefined || event.type === 'found') return '';
  const id = 'id' in event ? `${event.id ?? ''} ` : '';
  return `${event.type} ${id}in ${event.jail}: ${detailOf(event)}`;
}
