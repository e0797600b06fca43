// Memory under attack: the most that all processes of the server take together (PSS), while a log grows by a great many lines
// at once, from a great many addresses; and what is left once it has been quiet for a while.
//
//   npm run bench -- memory [OPTION…]
import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { appendLog } from './support/expected.ts';
import { type Bench, BenchServer, pssMiB, runScenario, type Wanted } from './support/index.ts';

const jail = 'sshd';
const sampleMs = 250;
/** Counters that stand still for so long have reached the end of the log. */
const stillMs = 5000;
/** Work is over 20 s before the server gives memory back. */
const quietMs = 35_000;

await runScenario({
  name: 'memory',
  about: 'peak memory of all processes of the server under an attack, and after it',
  async run(bench) {
    await attack(bench, 1_000_000, 200_000, { atMost: 150 });
    await attack(bench, 2_000_000, 1_000_000, { atMost: 200 });
  },
});

async function attack(bench: Bench, count: number, addresses: number, wanted: Wanted): Promise<void> {
  const lines = bench.lines(count);
  const attackers = bench.lines(addresses);
  const log = bench.log('many-attackers', lines, { attackers });
  const idle: number[] = [];
  const peak: number[] = [];
  const after: number[] = [];
  await bench.rounds(async () => {
    const growing = bench.path('growing.log');
    writeFileSync(growing, '');
    const jails = [{ name: jail, filter: jail, logPaths: [growing], options: { findtime: '1h' } }];
    const rules = existsSync('/etc/fail2ban/filter.d/sshd.conf') ? 'installed' : 'own';
    const server = await BenchServer.start(bench, 'warder', { jails, rules });
    idle.push(pssMiB(server.pids()));
    appendLog(log, growing);
    peak.push(await peakOf(server));
    await delay(quietMs);
    after.push(pssMiB(server.pids()));
    await server.stop();
  });
  const note = `${lines} lines, ${attackers} addresses`;
  const add = (what: string, values: readonly number[], more: { readonly wanted?: Wanted } = {}): void => {
    bench.add({ what, unit: 'MiB', values, note, ...more });
  };
  add('before', idle);
  add('peak', peak, { wanted });
  add('after a rest', after);
}

/** The most memory until the counters stand still. */
async function peakOf(server: BenchServer): Promise<number> {
  let most = 0;
  let last = -1;
  let changedMs = performance.now();
  while (performance.now() - changedMs < stillMs) {
    most = Math.max(most, pssMiB(server.pids()));
    const { failed, banned } = await server.counts(jail);
    if (failed + banned !== last) {
      last = failed + banned;
      changedMs = performance.now();
    }
    await delay(sampleMs);
  }
  return most;
}
