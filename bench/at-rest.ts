// The server at rest: memory of all its processes (PSS), how often they wake the processor up, how long a start takes, and how
// long its client for a `ping`.
//
//   npm run bench -- at-rest [OPTION…]
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Bench, BenchServer, type JailPlan, pssMiB, runScenario, wakeups } from './support/index.ts';

/** The server gives memory back 20 s after its start. */
const settleMs = 40_000;
const watchedSec = 30;
const pings = 10;

await runScenario({
  name: 'at-rest',
  about:
    'memory and wake-ups of a server that has nothing to do, with sshd and recidive, its start, and a ping',
  async run(bench) {
    const log = bench.path('auth.log');
    writeFileSync(log, '');
    await rest(bench, 'log files', { backend: 'auto', logPaths: [log] });
    if (existsSync('/usr/bin/journalctl')) await rest(bench, 'journal', { backend: 'systemd', logPaths: [] });
  },
});

interface Source {
  readonly backend: string;
  readonly logPaths: readonly string[];
}

async function rest(bench: Bench, named: string, { backend, logPaths }: Source): Promise<void> {
  const start: number[] = [];
  const memory: number[] = [];
  const wakes: number[] = [];
  const ping: number[] = [];
  await bench.rounds(async () => {
    const own = bench.path('own.log');
    writeFileSync(own, '');
    const jails: readonly JailPlan[] = [
      { name: 'sshd', filter: 'sshd', logPaths, options: { backend } },
      { name: 'recidive', filter: 'recidive', logPaths: [own], options: { backend: 'auto' } },
    ];
    const rules = existsSync('/etc/fail2ban/filter.d/sshd.conf') ? 'installed' : 'own';
    const server = await BenchServer.start(bench, 'warder', { jails, rules });
    start.push(performance.now() - server.startedMs);
    await delay(settleMs);
    memory.push(pssMiB(server.pids()));
    const before = wakeups(server.pids());
    await delay(watchedSec * 1000);
    wakes.push((wakeups(server.pids()) - before) / watchedSec);
    for (let count = 0; count < pings; count += 1) ping.push(pingMs(bench, server));
    await server.stop();
  });
  bench.add({ what: `${named}: start`, unit: 'ms', values: start, wanted: { atMost: 300 } });
  bench.add({ what: `${named}: memory`, unit: 'MiB', values: memory, wanted: { atMost: 80 } });
  bench.add({ what: `${named}: wake-ups`, unit: 'a second', values: wakes, wanted: { atMost: 1 } });
  bench.add({ what: `${named}: ping`, unit: 'ms', values: ping, wanted: { atMost: 80 } });
}

function pingMs(bench: Bench, { home }: BenchServer): number {
  const startMs = performance.now();
  const { status } = spawnSync(bench.programs.path('fail2ban-client'), ['-s', home.socketPath, 'ping']);
  if (status !== 0) throw new Error(`ping ended with ${status}`);
  return performance.now() - startMs;
}
