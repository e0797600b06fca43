// What bans cost: floods, restarts with many bans, and the time from a line in the log to a packet that is dropped, on
// machines made of namespaces with the real kernel; the installed fail2ban at a size that it can finish, in the same run.
// Needs root.
//
//   node_modules/.bin/node bench/enforcement.ts [flood|restart|latency]…
import { findTool } from '../test/support/tools.ts';
import { type Figure, flood, latency, restart } from './enforcement/scenarios.ts';
import { ipset, iptables, nftables } from './enforcement/stage.ts';

const wanted = process.argv.slice(2);
const compared = findTool('fail2ban-server') !== undefined;
/** The reference starts several processes for each ban. */
const comparedSize = 1000;
let allUnder = true;

if (asked('flood')) {
  await show(() => flood('warder', nftables, 5000, 2000));
  await show(() => flood('warder', ipset, 5000, 2000));
  await show(() => flood('warder', iptables, 5000, 5000));
  for (const means of [nftables, ipset, iptables]) {
    await compare(
      () => flood('warder', means, comparedSize),
      () => flood('fail2ban', means, comparedSize),
    );
  }
}
if (asked('restart')) {
  for (const means of [nftables, ipset]) {
    await show(() => restart('warder', means, 50_000, { startMs: 2000, unbanMs: 1000 }));
    await compare(
      () => restart('warder', means, comparedSize),
      () => restart('fail2ban', means, comparedSize),
    );
  }
}
if (asked('latency')) {
  for (const means of [nftables, ipset]) {
    for (const inForce of [0, 50_000]) {
      await show(() => latency('warder', means, 200, inForce, { medianMs: 10, worstMs: 50 }));
    }
  }
  await compare(
    () => latency('warder', nftables, 20, 0),
    () => latency('fail2ban', nftables, 20, 0),
  );
}
process.exitCode = allUnder ? 0 : 1;

function asked(name: string): boolean {
  return wanted.length === 0 || wanted.includes(name);
}

async function show(run: () => Promise<Figure[]>): Promise<Figure[]> {
  const figures = await run();
  for (const { what, ms, limitMs } of figures) {
    const isUnder = limitMs === undefined || ms < limitMs;
    if (!isUnder) allUnder = false;
    const verdict = limitMs === undefined ? '' : `  ${isUnder ? 'under' : 'NOT UNDER'} ${limitMs} ms`;
    console.log(`${what.padEnd(80)} ${ms.toFixed(1).padStart(10)} ms${verdict}`);
  }
  return figures;
}

async function compare(own: () => Promise<Figure[]>, other: () => Promise<Figure[]>): Promise<void> {
  if (!compared) return;
  const ours = await show(own);
  const theirs = await show(other);
  for (const [index, { ms }] of ours.entries()) {
    const ratio = (theirs[index]?.ms ?? Number.NaN) / ms;
    console.log(`${' '.repeat(80)} ${ratio.toFixed(1).padStart(10)} times as fast`);
  }
}
