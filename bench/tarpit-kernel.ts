// The whole tarpit, on machines made of namespaces with the real kernel: many banned clients are redirected and held, a real ssh
// client among them, while others log in; at the end the process that holds is killed. Needs root.
//
//   npm run bench -- tarpit-kernel [SECONDS [CONNECTIONS]] [nftables|iptables] [OPTION…]
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  addresses,
  bind,
  type Ending,
  HeldClient,
  type SshdStage,
  setTarpitStage,
} from '../test/e2e/tarpit-stage.ts';
import { until } from '../test/support/netns.ts';
import { type Bench, median, runScenario } from './support/index.ts';

const { server: own, attacker, bystander } = addresses;
const network = '10.66.0';
const perSource = 16;
const ports = [22, 25, 80, 110, 143, 4711];
/** Of a processor second; Linux has counted so on every machine for decades. */
const ticksPerSec = 100;
const loginPauseMs = 5000;

await runScenario({
  name: 'tarpit-kernel',
  about:
    'banned clients that are redirected and held for minutes, beside others; once, however many rounds are asked for',
  run,
});

async function run(bench: Bench): Promise<void> {
  const { words } = bench.options;
  const [seconds = 180, connections = 2000] = words.map(Number).filter((number) => number > 0);
  const firewall = words.includes('iptables') ? 'iptables' : 'nftables';
  const context: Ending = { after: (end) => bench.onEnd(end as () => Promise<void>) };
  const stage = await setTarpitStage(context, firewall, dirname(bench.programs.path('warder')));
  const calmMs = await logins(stage, 5, 0);

  const sources = await banSources(stage, Math.ceil(connections / perSource));
  await bind(stage, 'recidive', ...sources, attacker[4], attacker[6]);
  const emptyMiB = (await costOf(stage, 'warder-tarpit')).pssMiB;
  const held = await hold(stage, context, connections);
  const raw = [4, 6].map(
    (family) => new HeldClient(context, stage.client, own[family as 4], 22, attacker[family as 4]),
  );
  for (const one of raw) await one.untilConnected(() => stage.guard.log());

  const ssh = realClient(stage, seconds);
  const before = {
    pit: await costOf(stage, 'warder-tarpit'),
    daemon: await costOf(stage, 'warder'),
    atMs: performance.now(),
  };
  const busyMs = await logins(
    stage,
    Math.max(1, Math.floor((seconds * 1000) / (loginPauseMs + 500)) - 1),
    loginPauseMs,
  );
  const heldSec = await ssh;
  const elapsedSec = (performance.now() - before.atMs) / 1000;
  const after = { pit: await costOf(stage, 'warder-tarpit'), daemon: await costOf(stage, 'warder') };
  const percent = (process: 'pit' | 'daemon'): number =>
    ((after[process].sec - before[process].sec) / elapsedSec) * 100;

  const note = `${firewall}, over ${elapsedSec.toFixed(0)} s`;
  bench.add({
    what: 'connections held at the end',
    unit: '',
    values: [held()],
    wanted: { atLeast: connections },
  });
  bench.add({
    what: 'raw clients that were held throughout',
    unit: '',
    values: [raw.filter(({ isClosed }) => !isClosed).length],
    wanted: { atLeast: 2 },
  });
  bench.add({
    what: 'a real ssh client hung for',
    unit: 's',
    values: [heldSec],
    wanted: { atLeast: seconds - 1 },
    note,
  });
  bench.add({ what: 'tarpit: memory with nobody held', unit: 'MiB', values: [emptyMiB] });
  bench.add({
    what: 'tarpit: memory with all held (PSS)',
    unit: 'MiB',
    values: [after.pit.pssMiB],
    wanted: { atMost: 90 },
  });
  bench.add({
    what: 'tarpit: processor',
    unit: '% of a core',
    values: [percent('pit')],
    wanted: { atMost: 2 },
    note,
  });
  bench.add({ what: 'daemon: processor', unit: '% of a core', values: [percent('daemon')], note });
  bench.add({ what: 'login of others before the ban', unit: 'ms', values: calmMs });
  bench.add({
    what: 'login of others beside all held',
    unit: 'ms',
    values: busyMs,
    wanted: { atMost: Math.max(1000, median(calmMs) * 2) },
  });
  bench.add({
    what: 'of the banned got in once the tarpit was killed',
    unit: '',
    values: [await afterKill(stage)],
    wanted: { atMost: 0 },
  });
}

/** Addresses for as many clients; the server is their neighbour. */
async function banSources({ server, client }: SshdStage, count: number): Promise<string[]> {
  const sources = Array.from({ length: count }, (_, index) => `${network}.${10 + index}`);
  await server.shell(`ip address add ${network}.1/24 dev eth0`);
  await client.shell(sources.map((source) => `ip address add ${source}/24 dev eth0`).join('\n'));
  return sources;
}

async function hold(
  { client, guard }: SshdStage,
  context: Ending,
  connections: number,
): Promise<() => number> {
  const words = [`${network}.1`, network, String(connections), String(perSource), ...ports.map(String)];
  const program = join(import.meta.dirname, 'tarpit-kernel', 'many-clients.ts');
  const child = client.spawn(process.execPath, [program, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
  context.after(() => child.stdin?.end());
  let open = 0;
  child.stdout?.on('data', (chunk: Buffer) => {
    open = Number(chunk.toString().trim().split('\n').at(-1));
  });
  await until('all are held', async () => open === connections, {
    timeoutMs: 120_000,
    explain: async () => `${open} are\n${await guard.log()}`,
  });
  // Everybody has been spoken to, and the connecting is over.
  await delay(20_000);
  return () => open;
}

/** Seconds until a real ssh client ended; it is ended after `seconds`. Throws when it got as far as the server's name. */
async function realClient({ client }: SshdStage, seconds: number): Promise<number> {
  const startedMs = performance.now();
  const options = ['-v', '-F', 'none', '-o', 'StrictHostKeyChecking=no', '-o', `BindAddress=${attacker[4]}`];
  const args = [String(seconds), 'ssh', ...options, `ada@${own[4]}`, 'true'];
  const { stderr } = await client.run('timeout', args, { timeoutMs: (seconds + 30) * 1000 });
  if (!/Connection established/.test(stderr) || /remote software version/.test(stderr))
    throw new Error(stderr);
  return (performance.now() - startedMs) / 1000;
}

/** Milliseconds that somebody who is not banned takes to log in, time after time. */
async function logins({ sshd, client }: SshdStage, count: number, pauseMs: number): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round < count; round++) {
    await delay(pauseMs);
    const startedMs = performance.now();
    const result = await sshd.login(client, bystander[4], 'right');
    if (result !== 'in') throw new Error(`a bystander did not get in: ${result}`);
    times.push(performance.now() - startedMs);
  }
  return times;
}

/** How many of some banned clients get in while the tarpit is killed again and again. */
async function afterKill({ server, client, sshd }: SshdStage): Promise<number> {
  let got = 0;
  for (let round = 0; round < 5; round++) {
    await server.shell('kill -9 $(pgrep -x warder-tarpit) || true');
    if ((await sshd.login(client, attacker[4], 'right')) === 'in') got++;
  }
  if ((await sshd.login(client, bystander[4], 'right')) !== 'in')
    throw new Error('a bystander did not get in');
  return got;
}

/** What a process of the server has used so far, by its name. */
async function costOf(
  { server }: SshdStage,
  name: 'warder-tarpit' | 'warder',
): Promise<{ readonly sec: number; readonly pssMiB: number }> {
  const pid = name === 'warder' ? '$(cat /run/fail2ban/fail2ban.pid)' : `$(pgrep -x ${name})`;
  const text = await server.shell(`cat /proc/${pid}/stat /proc/${pid}/smaps_rollup`);
  const fields = text.split('\n')[0]!.split(') ').at(-1)!.split(' ');
  return {
    sec: (Number(fields[11]) + Number(fields[12])) / ticksPerSec,
    pssMiB: Number(/^Pss:\s+(\d+)/m.exec(text)?.[1]) / 1024,
  };
}
