import type { TarpitReport } from '../src/control/reports.ts';
import type { History, JailOverview, Overview } from '../src/web/types.ts';
import { BanChart } from './chart.tsx';
import { EventList } from './event-list.tsx';
import { banSpan, bytes, count, counted, span } from './format.ts';
import type { Loaded } from './hooks.ts';
import type { Numbered } from './live.ts';
import { Bar, Cell, Empty, Figure, Loading, Panel, Problem } from './ui.tsx';

interface OverviewProps {
  readonly status: Loaded<Overview>;
  readonly history: Loaded<History>;
  readonly tarpit: Loaded<TarpitReport>;
  readonly events: readonly Numbered[];
  readonly onWhy: (id: string) => void;
}

/** Everything at a glance. */
export function OverviewView({ status, history, tarpit, events, onWhy }: OverviewProps) {
  const overview = status.value;
  return (
    <>
      <h1 tabIndex={-1}>Overview</h1>
      {status.problem === undefined ? null : <Problem error={status.problem} onRetry={status.reload} />}
      {overview === undefined ? (
        status.problem === undefined && <Loading lines={4} />
      ) : (
        <>
          <Figures overview={overview} history={history.value} tarpit={tarpit.value} />
          <Troubles overview={overview} />
          <div class="columns">
            <div class="column">
              <Panel title="Bans, last 24 hours" id="overview-bans" aside={<a href="#/history">History</a>}>
                {history.value === undefined ? (
                  <Loading />
                ) : (
                  <BanChart history={history.value} height={180} />
                )}
              </Panel>
              <Panel title="Jails" id="overview-jails">
                <Jails jails={overview.jails} />
              </Panel>
            </div>
            <Panel
              title="Live"
              id="overview-live"
              class="live-panel"
              aside={<a href="#/events">All events</a>}
            >
              {events.length === 0 ? (
                <Empty title="Quiet so far">
                  What is found and banned from now on shows up here at once.
                </Empty>
              ) : (
                <EventList events={events.slice(0, 14)} onWhy={onWhy} />
              )}
            </Panel>
          </div>
        </>
      )}
    </>
  );
}

interface FiguresProps {
  readonly overview: Overview;
  readonly history: History | undefined;
  readonly tarpit: TarpitReport | undefined;
}

function Figures({ overview, history, tarpit }: FiguresProps) {
  const sum = (of: (jail: JailOverview) => number): number =>
    overview.jails.reduce((all, jail) => all + of(jail), 0);
  const running = counted(overview.jails.length, 'jail');
  const uptime = span(overview.nowSec - overview.startedSec);
  return (
    <dl class="figures">
      <Figure name="Banned now" value={count(sum((jail) => jail.currentlyBanned))} note={`in ${running}`} />
      <Figure
        name="Bans, 24 hours"
        value={history === undefined ? '–' : count(history.total)}
        note={history?.isCut === true ? 'or more' : 'from the database'}
      />
      <Figure
        name="Under watch"
        value={count(sum((jail) => jail.currentlyFailed))}
        note="failed, not banned"
      />
      {tarpit === undefined || tarpit.means === 'off' ? (
        <Figure name="Logs read" value={bytes(sum((jail) => jail.bytes))} note={`up for ${uptime}`} />
      ) : (
        <Figure
          name="Held in the tarpit"
          value={count(tarpit.figures.held)}
          note={`${span(tarpit.figures.wastedSec)} wasted`}
        />
      )}
    </dl>
  );
}

/** What does not work, before anything else. */
function Troubles({ overview }: { overview: Overview }) {
  const troubles = overview.jails.flatMap((jail) => [
    ...jail.problems.map((text) => ({ place: jail.name, text })),
    ...(jail.isIdle ? [{ place: jail.name, text: 'it reads nothing (idle)' }] : []),
  ]);
  const trouble = overview.database?.trouble;
  if (trouble !== undefined) troubles.push({ place: 'database', text: trouble });
  if (overview.observeOnly) troubles.push({ place: 'daemon', text: 'it only observes: no ban is enforced' });
  if (troubles.length === 0) return null;
  return (
    <section class="troubles" aria-labelledby="troubles">
      <h2 id="troubles">{counted(troubles.length, 'thing needs', 'things need')} attention</h2>
      <ul>
        {troubles.map(({ place, text }) => (
          <li key={`${place} ${text}`}>
            <strong>{place}</strong> {text}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Jails({ jails }: { jails: readonly JailOverview[] }) {
  if (jails.length === 0) {
    return (
      <Empty title="No jail runs">
        Enable one in <code>/etc/fail2ban/jail.local</code>, and <code>warder reload</code>.
      </Empty>
    );
  }
  const most = Math.max(...jails.map(({ currentlyBanned }) => currentlyBanned), 1);
  const sorted = jails.toSorted(
    (a, b) => b.currentlyBanned - a.currentlyBanned || a.name.localeCompare(b.name),
  );
  return (
    <ul class="rows jail-rows">
      <li class="row-head" aria-hidden="true">
        <span>Jail</span>
        <span>Banned</span>
        <span>Watched</span>
        <span>In all</span>
        <span>Bans after</span>
      </li>
      {sorted.map((jail) => (
        <li key={jail.name} class="row">
          <span class="cell row-title">
            <span class={`dot ${stateOf(jail)}`} aria-hidden="true" />
            <a href={`#/bans/${encodeURIComponent(jail.name)}`}>{jail.name}</a>
            <span class="hidden">{stateOf(jail)}</span>
            {jail.isDryRun ? <span class="tag">dry run</span> : null}
          </span>
          <Cell name="Banned" class="with-bar number">
            {count(jail.currentlyBanned)}
            <Bar share={jail.currentlyBanned / most} />
          </Cell>
          <Cell name="Watched" class="number">
            {count(jail.currentlyFailed)}
          </Cell>
          <Cell name="In all" class="number">
            {count(jail.totalBanned)}
          </Cell>
          <Cell name="Bans after" class="muted wide">
            {jail.maxRetry} failures in {span(jail.findTimeSec)}, for{' '}
            {banSpan(jail.banTimeSec).replace(/^for /, '')}
          </Cell>
        </li>
      ))}
    </ul>
  );
}

function stateOf(jail: JailOverview): 'well' | 'in trouble' | 'idle' {
  if (jail.problems.length > 0) return 'in trouble';
  return jail.isIdle ? 'idle' : 'well';
}
