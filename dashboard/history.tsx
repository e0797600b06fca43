import { useState } from 'preact/hooks';
import { api } from './api.ts';
import { BanChart } from './chart.tsx';
import { count, counted } from './format.ts';
import { useLoaded } from './hooks.ts';
import { Bar, Cell, Empty, Loading, Panel, Problem } from './ui.tsx';

const spans = [
  [3600, '1 hour'],
  [86_400, '24 hours'],
  [604_800, '7 days'],
  [2_592_000, '30 days'],
] as const;

/** Bans over time, and where they came from. */
export function HistoryView({ changes, onWhy }: { changes: number; onWhy: (id: string) => void }) {
  const [spanSec, setSpan] = useState<number>(86_400);
  const history = useLoaded(() => api.history(spanSec), [spanSec, changes], 60_000);
  return (
    <>
      <h1 tabIndex={-1}>History</h1>
      <fieldset class="choices">
        <legend class="hidden">Span of time</legend>
        {spans.map(([value, title]) => (
          <label key={value} class="choice">
            <input
              type="radio"
              name="span"
              value={value}
              checked={value === spanSec}
              onChange={() => setSpan(value)}
            />
            <span>{title}</span>
          </label>
        ))}
      </fieldset>
      {history.problem === undefined ? null : <Problem error={history.problem} onRetry={history.reload} />}
      <Panel title="Bans over time" id="history-chart">
        {history.value === undefined ? (
          <Loading lines={5} />
        ) : (
          <BanChart history={history.value} height={260} />
        )}
      </Panel>
      <div class="halves">
        <Panel title="By network" id="history-networks">
          {history.value === undefined ? (
            <Loading />
          ) : (
            <Ranking
              rows={history.value.networks.map(({ network, bans, ids }) => ({
                id: network,
                bans,
                note: counted(ids, 'address', 'addresses'),
              }))}
              onWhy={onWhy}
            />
          )}
        </Panel>
        <Panel title="Banned most often" id="history-ids">
          {history.value === undefined ? (
            <Loading />
          ) : (
            <Ranking rows={history.value.ids.map(({ id, bans }) => ({ id, bans }))} onWhy={onWhy} />
          )}
        </Panel>
      </div>
    </>
  );
}

interface RankingProps {
  readonly rows: readonly { readonly id: string; readonly bans: number; readonly note?: string }[];
  readonly onWhy: (id: string) => void;
}

function Ranking({ rows, onWhy }: RankingProps) {
  if (rows.length === 0) return <Empty title="Nobody" />;
  const most = Math.max(...rows.map(({ bans }) => bans), 1);
  return (
    <ol class="rows ranking">
      {rows.map(({ id, bans, note }) => (
        <li key={id} class="row">
          <span class="cell row-title">
            <button type="button" class="id-button" onClick={() => onWhy(id)}>
              {id}
            </button>
            {note === undefined ? null : <span class="note">{note}</span>}
          </span>
          <Cell name="Bans" class="with-bar number">
            {count(bans)}
            <Bar share={bans / most} />
          </Cell>
        </li>
      ))}
    </ol>
  );
}
