// The daemon on auth.log, from a file that grows to the ban book: its counters (`status sshd`) show every failure and every
// ban. The installed fail2ban's server does the same in the same round, on a shorter log of the same mixture.
//
//   npm run bench -- daemon-tail [OPTION…]
import { existsSync, writeFileSync } from 'node:fs';
import type { LogKind } from './data/logs.ts';
import { appendLog, expectedCounts } from './support/expected.ts';
import {
  type Bench,
  BenchServer,
  type JailCounts,
  ratios,
  runScenario,
  type ServerKind,
} from './support/index.ts';

const stockRules = '/etc/fail2ban/filter.d/sshd.conf';
const jail = 'sshd';

await runScenario({
  name: 'daemon-tail',
  about:
    'auth.log that grows by so many lines at once, until the last failure is counted and the last ban made',
  async run(bench) {
    await tail(bench, 'auth-attack', 'half attack', 500_000);
    await tail(bench, 'auth-benign', '2 % attack');
  },
});

async function tail(bench: Bench, kind: LogKind, named: string, wanted?: number): Promise<void> {
  const hasReference = existsSync('/usr/bin/fail2ban-server') && existsSync(stockRules);
  const lines = bench.lines(600_000);
  const lessLines = bench.lines(40_000);
  const ours = prepare(bench, kind, lines, hasReference ? stockRules : ownRules(bench));
  const theirs = hasReference ? prepare(bench, kind, lessLines, stockRules) : undefined;
  const warder: number[] = [];
  const quiet: number[] = [];
  const reference: number[] = [];
  await bench.rounds(async () => {
    warder.push(await follow(bench, 'warder', ours));
    quiet.push(await follow(bench, 'warder', ours, 'NOTICE'));
    if (theirs !== undefined) reference.push(await follow(bench, 'fail2ban', theirs));
  });
  const unit = 'lines/s';
  const note = `${lines} lines`;
  const must = wanted === undefined ? {} : { wanted: { atLeast: wanted } };
  bench.add({ what: `${named}: Warder`, unit, values: warder, note, ...must });
  bench.add({
    what: `${named}: Warder, loglevel NOTICE`,
    unit,
    values: quiet,
    note: 'no line of its log for each failure',
  });
  if (theirs === undefined) return;
  bench.add({ what: `${named}: fail2ban`, unit, values: reference, note: `${lessLines} lines` });
  bench.add({ what: `${named}: against fail2ban`, unit: 'times', values: ratios(warder, reference) });
}

interface Load {
  readonly log: string;
  readonly lines: number;
  readonly goal: JailCounts;
}

function prepare(bench: Bench, kind: LogKind, lines: number, rules: string): Load {
  const log = bench.log(kind, lines);
  return { log, lines, goal: expectedCounts(bench.programs, log, rules) };
}

function ownRules(bench: Bench): string {
  return `${bench.programs.root}/config/filter.d/sshd.conf`;
}

/** Lines a second, from the moment they are in the file. */
async function follow(bench: Bench, kind: ServerKind, load: Load, logLevel = 'INFO'): Promise<number> {
  const growing = bench.path(`growing-${kind}.log`);
  writeFileSync(growing, '');
  const jails = [{ name: jail, filter: jail, logPaths: [growing] }];
  const server = await BenchServer.start(bench, kind, { jails, logLevel });
  const startedMs = performance.now();
  appendLog(load.log, growing);
  const ms = await server.untilCounted(new Map([[jail, load.goal]]), startedMs);
  await server.stop();
  return (load.lines / ms) * 1000;
}
