import { useEffect, useState } from 'preact/hooks';
import type { BanRow, Overview } from '../src/web/types.ts';
import { api } from './api.ts';
import { ago, count, counted, exactTime, left } from './format.ts';
import { useLoaded, useNow, useSettled } from './hooks.ts';
import { Cell, Empty, Loading, Panel, Problem } from './ui.tsx';

interface BansProps {
  readonly overview: Overview | undefined;
  /** The jail in the address; empty for all. */
  readonly jail: string;
  /** Grows when bans came or went. */
  readonly changes: number;
  readonly onWhy: (id: string) => void;
  readonly onUnban: (ban: BanRow) => void;
}

const pageSize = 50;
const orders = [
  ['newest', 'Newest first'],
  ['oldest', 'Oldest first'],
  ['ends', 'Ending soonest'],
  ['count', 'Most often banned'],
  ['id', 'By address'],
] as const;

/** The bans in force: search, why, unban. */
export function BansView({ overview, jail, changes, onWhy, onUnban }: BansProps) {
  const [search, setSearch] = useState('');
  const [order, setOrder] = useState<string>('newest');
  const [offset, setOffset] = useState(0);
  const settled = useSettled(search, 200);
  const question = { search: settled, jail, order, offset, count: pageSize };
  const page = useLoaded(() => api.bans(question), [settled, jail, order, offset, changes], 15_000);
  // Another question begins at its first page
  useEffect(() => setOffset(0), [settled, jail, order]);
  const total = page.value?.total;
  return (
    <>
      <h1 tabIndex={-1}>Bans</h1>
      <search class="filters">
        <label class="field grow">
          <span>Search</span>
          <input
            type="search"
            placeholder="Address, network, jail or user"
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Jail</span>
          <select
            value={jail}
            onChange={(event) => {
              location.hash = `#/bans/${encodeURIComponent(event.currentTarget.value)}`;
            }}
          >
            <option value="">All jails</option>
            {(overview?.jails ?? []).map(({ name }) => (
              <option key={name} value={name}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>Order</span>
          <select value={order} onChange={(event) => setOrder(event.currentTarget.value)}>
            {orders.map(([name, title]) => (
              <option key={name} value={name}>
                {title}
              </option>
            ))}
          </select>
        </label>
      </search>
      <Panel
        title={total === undefined ? 'In force' : `${counted(total, 'ban')} in force`}
        id="bans-list"
        aside={<Pages offset={offset} total={total ?? 0} onMove={setOffset} />}
      >
        {page.problem === undefined ? null : <Problem error={page.problem} onRetry={page.reload} />}
        {page.value === undefined ? (
          page.problem === undefined && <Loading lines={6} />
        ) : page.value.bans.length === 0 ? (
          <NoBans search={settled.trim()} jail={jail} onWhy={onWhy} />
        ) : (
          <BanRows bans={page.value.bans} onWhy={onWhy} onUnban={onUnban} />
        )}
      </Panel>
    </>
  );
}

function NoBans({ search, jail, onWhy }: { search: string; jail: string; onWhy: (id: string) => void }) {
  if (search === '' && jail === '') {
    return (
      <Empty title="Nobody is banned">
        That is good news. Who attacks from now on shows up here at once.
      </Empty>
    );
  }
  return (
    <Empty title="No ban fits the search">
      {/^[0-9a-f.:]+(?:\/\d+)?$/i.test(search) ? (
        <button type="button" class="button" onClick={() => onWhy(search)}>
          Why is {search} not banned?
        </button>
      ) : (
        'Try a part of the address, or all jails.'
      )}
    </Empty>
  );
}

function BanRows({
  bans,
  onWhy,
  onUnban,
}: Pick<BansProps, 'onWhy' | 'onUnban'> & { bans: readonly BanRow[] }) {
  const nowSec = useNow();
  return (
    <ul class="rows ban-rows">
      <li class="row-head" aria-hidden="true">
        <span>Address</span>
        <span>Jail</span>
        <span>Since</span>
        <span>Ends</span>
        <span>Failures</span>
        <span>Times</span>
        <span />
      </li>
      {bans.map((ban) => (
        <li key={`${ban.jail} ${ban.id}`} class="row">
          <span class="cell row-title mono">{ban.id}</span>
          <Cell name="Jail">{ban.jail}</Cell>
          <Cell name="Since">
            <time dateTime={new Date(ban.sinceSec * 1000).toISOString()} title={exactTime(ban.sinceSec)}>
              {ago(ban.sinceSec, nowSec)}
            </time>
          </Cell>
          <Cell name="Ends">{left(ban.sinceSec, ban.banTimeSec, nowSec)}</Cell>
          <Cell name="Failures" class="number">
            {ban.isByHand ? 'by hand' : count(ban.failures)}
          </Cell>
          <Cell name="Times" class="number">
            {count(ban.banCount)}
          </Cell>
          <span class="cell row-actions">
            <button
              type="button"
              class="button small"
              aria-label={`Why is ${ban.id} banned in ${ban.jail}`}
              onClick={() => onWhy(ban.id)}
            >
              Why
            </button>
            <button
              type="button"
              class="button small danger"
              aria-label={`Unban ${ban.id} in ${ban.jail}`}
              onClick={() => onUnban(ban)}
            >
              Unban
            </button>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Pages({
  offset,
  total,
  onMove,
}: {
  offset: number;
  total: number;
  onMove: (offset: number) => void;
}) {
  if (total <= pageSize && offset === 0) return null;
  const last = Math.min(offset + pageSize, total);
  return (
    <nav class="pages" aria-label="Pages of bans">
      <span class="muted">
        {count(Math.min(offset + 1, total))}–{count(last)} of {count(total)}
      </span>
      <button
        type="button"
        class="button small"
        disabled={offset === 0}
        onClick={() => onMove(Math.max(offset - pageSize, 0))}
      >
        Previous
      </button>
      <button
        type="button"
        class="button small"
        disabled={last >= total}
        onClick={() => onMove(offset + pageSize)}
      >
        Next
      </button>
    </nav>
  );
}
