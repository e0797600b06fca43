// Lines that are written to keep a rule busy for ever: what each costs, and whether its jail, its neighbours and the socket go
// on. Each of ten jails has a rule of a catastrophic shape and one hostile line amid attacks that it is to count.
//
//   npm run bench -- hostile-lines [OPTION…]
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type HostilePattern, hostilePatterns } from './hostile-lines/patterns.ts';
import { Pings } from './hostile-lines/pings.ts';
import {
  type Bench,
  BenchServer,
  type JailCounts,
  runScenario,
  type ServerKind,
  type ServerPlan,
} from './support/index.ts';

/** Attacks before the hostile line, and as many behind it. */
const around = 100;
const budgetMs = 250;
const answerMs = 50;
/** The reference would go on for longer than anybody waits. */
const patienceMs = 3000;
const neighbour = 'neighbour';
const plainRule = '^\\s*srv1 app: bad login from <HOST>$';

await runScenario({
  name: 'hostile-lines',
  about:
    'a line for each of ten catastrophic rules, amid attacks that count; a neighbour on a file of its own',
  async run(bench) {
    await ours(bench);
    if (existsSync('/usr/bin/fail2ban-server')) await theirs(bench);
  },
});

async function ours(bench: Bench): Promise<void> {
  const costs: number[] = [];
  const neighbours: number[] = [];
  const answers: number[] = [];
  await bench.rounds(async () => {
    const calm = await play(bench, 'warder', hostilePatterns, false);
    const hostile = await play(bench, 'warder', hostilePatterns, true);
    costs.push((hostile.allMs - calm.allMs) / hostilePatterns.length);
    neighbours.push(hostile.neighbourMs - calm.neighbourMs);
    answers.push(hostile.slowestAnswerMs);
  });
  const count = hostilePatterns.length;
  const total = 2 * around * count + around;
  // Exactly: `untilCounted` takes neither less nor more.
  bench.add({
    what: 'Warder: failures of all jails',
    unit: '',
    values: costs.map(() => total),
    note: 'none lost, none twice',
  });
  bench.add({
    what: 'Warder: a hostile line',
    unit: 'ms',
    values: costs,
    wanted: { atMost: budgetMs },
    note: 'what all ten add, by ten: new workers included',
  });
  bench.add({
    what: 'Warder: neighbour later by',
    unit: 'ms',
    values: neighbours,
    note: 'all ten lines together',
  });
  bench.add({
    what: 'Warder: slowest answer to ping',
    unit: 'ms',
    values: answers,
    wanted: { atMost: answerMs },
  });
}

async function theirs(bench: Bench): Promise<void> {
  let done = 0;
  for (const pattern of hostilePatterns) {
    const server = await start(bench, 'fail2ban', [pattern]);
    const startedMs = performance.now();
    writeLogs(bench, 'fail2ban', [pattern], true);
    const goals = goalsOf([pattern]);
    const finished = server.untilCounted(goals, startedMs, patienceMs).then(
      () => true,
      () => false,
    );
    if (await Promise.race([finished, delay(patienceMs, false)])) done += 1;
    await server.kill();
  }
  const note = `within ${patienceMs / 1000} s each, alone on the server`;
  bench.add({ what: 'fail2ban: rules of ten that it is done with', unit: '', values: [done], note });
}

interface Played {
  /** From the writing of the lines until the last jail has counted its last failure. */
  readonly allMs: number;
  readonly neighbourMs: number;
  readonly slowestAnswerMs: number;
}

async function play(
  bench: Bench,
  kind: ServerKind,
  patterns: readonly HostilePattern[],
  isHostile: boolean,
): Promise<Played> {
  const server = await start(bench, kind, patterns);
  const pings = new Pings(server);
  const startedMs = performance.now();
  writeLogs(bench, kind, patterns, isHostile);
  const goals = goalsOf(patterns);
  pings.start();
  const neighbourMs = await server.untilCounted(
    new Map([[neighbour, goals.get(neighbour)!]]),
    startedMs,
    40_000,
  );
  const allMs = await server.untilCounted(goals, startedMs, 40_000);
  await pings.stop();
  await server.stop();
  return { allMs, neighbourMs, slowestAnswerMs: pings.slowestMs };
}

function start(bench: Bench, kind: ServerKind, patterns: readonly HostilePattern[]): Promise<BenchServer> {
  const names = [...patterns.map(({ name }) => name), neighbour];
  for (const name of names) writeFileSync(logPath(bench, kind, name), '');
  const filters: Record<string, string> = { [neighbour]: `[Definition]\nfailregex = ${plainRule}\n` };
  for (const { name, rule } of patterns) {
    filters[name] =
      `[Definition]\nfailregex = ${plainRule}\n            ^\\s*srv1 app: note: ${rule} from <HOST>$\n`;
  }
  const jails = names.map((name) => ({ name, filter: name, logPaths: [logPath(bench, kind, name)] }));
  const plan: ServerPlan = { jails, filters };
  return BenchServer.start(bench, kind, plan);
}

function writeLogs(
  bench: Bench,
  kind: ServerKind,
  patterns: readonly HostilePattern[],
  isHostile: boolean,
): void {
  const date = new Date().toISOString().replace(/\.\d+Z$/, '+00:00');
  const attacks = `${date} srv1 app: bad login from 192.0.2.9\n`.repeat(around);
  for (const { name, text } of patterns) {
    const middle = isHostile ? `${date} srv1 app: note: ${text} from 192.0.2.66\n` : '';
    appendFileSync(logPath(bench, kind, name), `${attacks}${middle}${attacks}`);
  }
  appendFileSync(logPath(bench, kind, neighbour), attacks);
}

function goalsOf(patterns: readonly HostilePattern[]): Map<string, JailCounts> {
  const goals = new Map<string, JailCounts>();
  for (const { name } of patterns) goals.set(name, { failed: 2 * around, banned: 1 });
  return goals.set(neighbour, { failed: around, banned: 1 });
}

function logPath(bench: Bench, kind: ServerKind, jail: string): string {
  return bench.path(`${kind}-${jail}.log`);
}
