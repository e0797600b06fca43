import type { TarpitReport } from '../src/control/reports.ts';
import { count, roundSpan, span } from './format.ts';
import type { Loaded } from './hooks.ts';
import { Cell, Empty, Figure, Loading, Panel, Problem } from './ui.tsx';

/** Who is held, and what it has cost them. */
export function TarpitView({ tarpit, onWhy }: { tarpit: Loaded<TarpitReport>; onWhy: (id: string) => void }) {
  const report = tarpit.value;
  return (
    <>
      <h1 tabIndex={-1}>Tarpit</h1>
      {tarpit.problem === undefined ? null : <Problem error={tarpit.problem} onRetry={tarpit.reload} />}
      {report === undefined ? (
        tarpit.problem === undefined && <Loading lines={4} />
      ) : report.means === 'off' ? (
        <section class="panel">
          <Empty title="The tarpit holds nobody">
            An action with <code>blocktype = TARPIT</code> holds the connections of who is banned, at no cost
            to this machine.
          </Empty>
        </section>
      ) : (
        <Held report={report} onWhy={onWhy} />
      )}
    </>
  );
}

function Held({ report, onWhy }: { report: TarpitReport; onWhy: (id: string) => void }) {
  const { figures, mostHeld, means, problems, jails } = report;
  const addresses = report.addresses.toSorted((a, b) => b.wastedSec - a.wastedSec).slice(0, 200);
  return (
    <>
      {problems.length === 0 ? null : (
        <section class="troubles" aria-label="Trouble">
          <ul>
            {problems.map((problem) => (
              <li key={problem}>{problem}</li>
            ))}
          </ul>
        </section>
      )}
      <dl class="figures">
        <Figure
          name="Held now"
          value={count(figures.held)}
          note={means === 'kernel' ? 'by the kernel' : `of ${count(mostHeld)}`}
        />
        <Figure name="Time wasted" value={roundSpan(figures.wastedSec)} note="of attackers" />
        <Figure name="Longest" value={roundSpan(figures.longestSec)} note="one connection" />
        <Figure
          name="Connections"
          value={count(figures.accepted)}
          note={`${count(figures.refused)} beyond the bounds`}
        />
      </dl>
      <Panel title="Who is held" id="tarpit-held" aside={<span class="muted">{jails.join(', ')}</span>}>
        {addresses.length === 0 ? (
          <Empty title="Nobody just now">Who is banned and tries again is held here.</Empty>
        ) : (
          <ul class="rows tarpit-rows">
            <li class="row-head" aria-hidden="true">
              <span>Address</span>
              <span>Connections</span>
              <span>Longest</span>
              <span>Wasted</span>
              <span>Jails</span>
            </li>
            {addresses.map((held) => (
              <li key={held.address} class="row">
                <span class="cell row-title">
                  <button type="button" class="id-button" onClick={() => onWhy(held.address)}>
                    {held.address}
                  </button>
                </span>
                <Cell name="Connections" class="number">
                  {count(held.connections)}
                </Cell>
                <Cell name="Longest">{span(held.longestSec)}</Cell>
                <Cell name="Wasted">{span(held.wastedSec)}</Cell>
                <Cell name="Jails">{held.jails.join(', ')}</Cell>
              </li>
            ))}
          </ul>
        )}
      </Panel>
    </>
  );
}
