// What bans cost: floods, restarts with many bans, and the time from a line in the log to a packet that is dropped, on
// machines made of namespaces with the real kernel; the installed fail2ban at a size that it can finish, in the same run.
// Needs root. Each is played once, however many rounds are asked for: a stage takes long to build.
//
//   npm run bench -- enforcement [flood|restart|latency]… [OPTION…]
import { dirname } from 'node:path';
import { findTool } from '../test/support/tools.ts';
import { type Figure, flood, latency, restart } from './enforcement/scenarios.ts';
import { ipset, iptables, nftables, type Side } from './enforcement/stage.ts';
import { type Bench, runScenario } from './support/index.ts';

const compared = findTool('fail2ban-server') !== undefined;
/** The reference starts several processes for each ban. */
const comparedSize = 1000;
await runScenario({
  name: 'enforcement',
  about: 'floods, restarts with many bans, and from a line in the log to a packet that is dropped',
  async run(bench) {
    if (asked(bench, 'flood')) await floods(bench);
    if (asked(bench, 'restart')) await restarts(bench);
    if (asked(bench, 'latency')) await latencies(bench);
  },
});

async function floods(bench: Bench): Promise<void> {
  await show(bench, () => flood(ours(bench), nftables, 5000, 2000));
  await show(bench, () => flood(ours(bench), ipset, 5000, 2000));
  await show(bench, () => flood(ours(bench), iptables, 5000, 5000));
  for (const means of [nftables, ipset, iptables]) {
    await compare(
      bench,
      () => flood(ours(bench), means, comparedSize),
      () => flood(theirs(bench), means, comparedSize),
    );
  }
}

async function restarts(bench: Bench): Promise<void> {
  for (const means of [nftables, ipset]) {
    await show(bench, () => restart(ours(bench), means, 50_000, { startMs: 2000, unbanMs: 1000 }));
    await compare(
      bench,
      () => restart(ours(bench), means, comparedSize),
      () => restart(theirs(bench), means, comparedSize),
    );
  }
}

async function latencies(bench: Bench): Promise<void> {
  for (const means of [nftables, ipset]) {
    for (const inForce of [0, 50_000]) {
      await show(bench, () => latency(ours(bench), means, 200, inForce, { medianMs: 10, worstMs: 50 }));
    }
  }
  await compare(
    bench,
    () => latency(ours(bench), nftables, 20, 0),
    () => latency(theirs(bench), nftables, 20, 0),
  );
}

function ours(bench: Bench): Side {
  return { kind: 'warder', folder: dirname(bench.programs.path('warder')) };
}

function theirs(bench: Bench): Side {
  return { ...ours(bench), kind: 'fail2ban' };
}

function asked(bench: Bench, name: string): boolean {
  const { words } = bench.options;
  return words.length === 0 || words.includes(name);
}

async function show(bench: Bench, run: () => Promise<Figure[]>): Promise<Figure[]> {
  const figures = await run();
  for (const { what, ms, limitMs } of figures) {
    const wanted = limitMs === undefined ? {} : { wanted: { atMost: limitMs } };
    bench.add({ what, unit: 'ms', values: [ms], ...wanted });
  }
  return figures;
}

async function compare(
  bench: Bench,
  own: () => Promise<Figure[]>,
  other: () => Promise<Figure[]>,
): Promise<void> {
  if (!compared) return;
  const ours = await show(bench, own);
  const theirs = await show(bench, other);
  for (const [index, { what, ms }] of ours.entries()) {
    const ratio = (theirs[index]?.ms ?? Number.NaN) / ms;
    bench.add({ what: `${what}: against fail2ban`, unit: 'times', values: [ratio] });
  }
}
