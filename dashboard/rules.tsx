import type { Overview } from '../src/web/types.ts';
import { count } from './format.ts';
import type { Loaded } from './hooks.ts';
import { Bar, Cell, Empty, Loading, Panel, Problem } from './ui.tsx';

const mostRows = 40;

/** The rules that matched most lines since the daemon started. */
export function RulesView({ status }: { status: Loaded<Overview> }) {
  const rules = (status.value?.jails ?? [])
    .flatMap((jail) => jail.rules.map((rule) => ({ ...rule, jail: jail.name })))
    .filter(({ matches }) => matches > 0)
    .toSorted((a, b) => b.matches - a.matches)
    .slice(0, mostRows);
  const most = rules[0]?.matches ?? 1;
  return (
    <>
      <h1 tabIndex={-1}>Rules</h1>
      {status.problem === undefined ? null : <Problem error={status.problem} onRetry={status.reload} />}
      <Panel title="Most matches since the start" id="rules-top">
        {status.value === undefined ? (
          status.problem === undefined && <Loading lines={5} />
        ) : rules.length === 0 ? (
          <Empty title="No rule has matched a line yet">
            Try one on a log with <code>warder test</code>.
          </Empty>
        ) : (
          <ol class="rows rule-rows">
            {rules.map(({ jail, index, regex, matches }) => (
              <li key={`${jail} ${index}`} class="row">
                <span class="cell row-title">
                  {jail} <span class="muted">failregex {index}</span>
                </span>
                <Cell name="Matches" class="with-bar number">
                  {count(matches)}
                  <Bar share={matches / most} />
                </Cell>
                <code class="regex">{regex}</code>
              </li>
            ))}
          </ol>
        )}
      </Panel>
    </>
  );
}
