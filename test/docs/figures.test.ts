import assert from 'node:assert/strict';
import test from 'node:test';
import { repositoryFiles } from '../support/sources.ts';

interface Recorded {
  readonly scenarios: readonly {
    readonly name: string;
    readonly figures: readonly { readonly what: string; readonly median: number }[];
  }[];
}

/** How many times as fast the table in README.md says that something is, and the figures that it has that from. */
const ratios: readonly (readonly [row: string, scenario: string, what: string])[] = [
  ['1,000 attackers', 'enforcement', '1000 attackers in one log, all in nftables: against fail2ban'],
  ['start with 1,000', 'enforcement', 'restart with 1000 bans, all in nftables: against fail2ban'],
  [
    'line written',
    'enforcement',
    'line → packet dropped, nftables, 0 bans in force: median of 20: against fail2ban',
  ],
  ['an auth.log, half', 'rule-tester', 'half attack: same rules, against fail2ban'],
  ['the same with 2 % attacks', 'rule-tester', '2 % attack: same rules, against fail2ban'],
  ['an auth.log that grows', 'daemon-tail', 'half attack: against fail2ban'],
  ['the same with 2 % attacks', 'daemon-tail', '2 % attack: against fail2ban'],
  ['an access log', 'web-jails', 'against fail2ban'],
];

/** Figures of another run may be a little better or worse; what is told must not be more than that. */
const tolerance = 1.1;

test('the table in README.md claims no more than what was measured', () => {
  const [readme] = repositoryFiles('README.md');
  const told = readme!.text.split('\n').filter((line) => /^\|.* times +\|$/.test(line));
  const rows = told.filter((line) => !line.includes('processor time'));
  assert.equal(rows.length, ratios.length);
  ratios.forEach(([start, scenario, what], index) => {
    assert.ok(rows[index]!.startsWith(`| ${start}`), `row ${index} is not ${start}`);
    const times = Number(/([\d.]+) times/.exec(rows[index] ?? '')?.[1] ?? Number.NaN);
    assert.ok(times <= tolerance * figure(scenario, what), `${rows[index]}: ${figure(scenario, what)}`);
  });
  const one = 'jails-on-one-file';
  const perLine = figure(one, 'fail2ban: 20 jails') / figure(one, 'Warder: 20 jails');
  const claimed = told.find((line) => line.includes('processor time'))!;
  assert.ok(
    Number(/(\d+) times/.exec(claimed)?.[1] ?? Number.NaN) <= tolerance * perLine,
    `${claimed}: ${perLine}`,
  );
});

const scenarios = repositoryFiles('bench/baseline.json', 'bench/enforcement-baseline.json').flatMap(
  ({ text }) => (JSON.parse(text) as Recorded).scenarios,
);

function figure(scenario: string, what: string): number {
  const found = scenarios.find(({ name }) => name === scenario)?.figures.find((each) => each.what === what);
  assert.ok(found !== undefined, `bench/ has no figure '${what}' of ${scenario}`);
  return found.median;
}
