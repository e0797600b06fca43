// Where the time goes: a profile of the rule tester, and one of the daemon's threads while it follows a log. Functions by their
// own time, without what they call.
//
//   npm run bench -- profile [OPTION…]
import { mkdirSync, writeFileSync } from 'node:fs';
import type { LogKind } from './data/logs.ts';
import { appendLog, expectedCounts } from './support/expected.ts';
import { type Bench, BenchServer, runCommand, runScenario } from './support/index.ts';
import { profilingEnvironment, readProfiles, type SelfTime, totalMs } from './support/profile.ts';

const shown = 12;

await runScenario({
  name: 'profile',
  about:
    'functions by their share of the processor time of a thread; once, however many rounds are asked for',
  async run(bench) {
    await ruleTester(bench, 'auth-attack', 'half attack');
    await ruleTester(bench, 'auth-benign', '2 % attack');
    await daemon(bench);
  },
});

async function ruleTester(bench: Bench, kind: LogKind, named: string): Promise<void> {
  const folder = profileFolder(bench, kind);
  const log = bench.log(kind, bench.lines(1_000_000));
  const env = { ...process.env, ...profilingEnvironment(folder) };
  runCommand(bench.programs.path('fail2ban-regex'), [log, ownRules(bench)], { env });
  show(bench, `rule tester, ${named}`, readProfiles(folder)[0]!);
}

async function daemon(bench: Bench): Promise<void> {
  const folder = profileFolder(bench, 'daemon');
  const log = bench.log('auth-attack', bench.lines(1_000_000));
  const goal = expectedCounts(bench.programs, log, ownRules(bench));
  const growing = bench.path('growing.log');
  writeFileSync(growing, '');
  const server = await BenchServer.start(bench, 'warder', {
    jails: [{ name: 'sshd', filter: 'sshd', logPaths: [growing] }],
    rules: 'own',
    environment: profilingEnvironment(folder),
  });
  const startedMs = performance.now();
  appendLog(log, growing);
  await server.untilCounted(new Map([['sshd', goal]]), startedMs);
  await server.stop();
  for (const [index, times] of readProfiles(folder).slice(0, 2).entries()) {
    show(bench, index === 0 ? 'daemon, busiest thread' : 'daemon, next thread', times);
  }
}

function show(bench: Bench, whose: string, times: readonly SelfTime[]): void {
  const total = totalMs(times);
  const note = `of ${Math.round(total)} ms`;
  for (const { name, ms } of times.slice(0, shown)) {
    bench.add({ what: `${whose}: ${name}`, unit: '%', values: [(ms / total) * 100], note });
  }
}

function profileFolder(bench: Bench, name: string): string {
  const folder = bench.path(`profile-${name}`);
  mkdirSync(folder);
  return folder;
}

function ownRules(bench: Bench): string {
  return `${bench.programs.root}/config/filter.d/sshd.conf`;
}
