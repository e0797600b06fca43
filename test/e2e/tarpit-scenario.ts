import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  addresses,
  bind,
  HeldClient,
  type SshdStage,
  setTarpitStage,
  type TarpitStage,
} from './tarpit-stage.ts';

const { server: own, attacker, bystander } = addresses;
/** Long enough for several drips, and short enough for a test unless somebody wants to see them hang for minutes. */
const heldMs = Number(process.env.WARDER_TARPIT_HOLD_SEC ?? 11) * 1000;
/** More than the tarpit says in that time (two bytes at most every ten seconds), and less than a server says first. */
const mostBytes = 32 + heldMs / 2500;

/** The tarpit of one firewall, from the first ban to the last unban. */
export async function playTarpit(context: TestContext, firewall: 'iptables' | 'nftables'): Promise<void> {
  const stage = await setTarpitStage(context, firewall);
  const { guard, server } = stage;

  // A session of the attacker that was there before the ban.
  const session = new HeldClient(context, stage.client, own[4], 22, attacker[4], 'SSH-2.0-before\r\n');
  await guard.until('the session is open', async () => session.heard.startsWith('SSH-2.0-OpenSSH'));

  await bind(stage, 'sshd', attacker[4], attacker[6]);
  assert.deepEqual(await serverSockets(stage, attacker[4]), [], 'the session of before is over');

  await holds(context, stage);
  await showsBans(stage);

  await guard.until('the tarpit is gone', async () => {
    await server.shell('kill -9 $(pgrep -x warder-tarpit)');
    return true;
  });
  await nobodyGetsIn(context, stage);

  const held = await connected(context, stage, own[4], 22, attacker[4]);
  assert.equal(await guard.ask('set', 'sshd', 'unbanip', attacker[4], attacker[6]), '2');
  await guard.until('the held client is let go', async () => held.isClosed);
  assert.equal(await stage.sshd.login(stage.client, attacker[4], 'right'), 'in', await guard.log());
}

/** A real ssh client and raw clients hang; everybody else is served at once. */
async function holds(context: TestContext, stage: SshdStage): Promise<void> {
  const { client, guard, server } = stage;
  const raw = await connected(context, stage, own[4], 22, attacker[4]);
  const raw6 = await connected(context, stage, own[6], 22, attacker[6]);
  const startedMs = Date.now();
  const ssh = client.run('timeout', [
    ...[String(heldMs / 1000), 'ssh', '-v', '-F', 'none', '-o', 'StrictHostKeyChecking=no'],
    ...['-o', `BindAddress=${attacker[4]}`, `ada@${own[4]}`, 'echo', 'in'],
  ]);
  const askedMs = performance.now();
  assert.equal(await stage.sshd.login(client, bystander[4], 'right'), 'in');
  assert.ok(performance.now() - askedMs < 4000, 'others are served at once');

  // What it is seen to do once it is banned must not end what the tarpit holds.
  await guard.until('hits that go on were looked into', async () => {
    await server.shell(
      `echo "$(date '+%b %d %T') server sshd[1]: Invalid user root from ${attacker[4]} port 40000" >> /var/log/auth.log`,
    );
    return (await guard.log()).split(`${attacker[4]} already banned`).length > 3;
  });
  const hanging = await ssh;
  assert.equal(hanging.code, 124, `ssh was held until it was ended: ${hanging.stderr}`);
  assert.match(hanging.stderr, /Connection established/);
  assert.doesNotMatch(hanging.stderr, /remote software version|password|Permission/);
  assert.ok(Date.now() - startedMs >= heldMs - 100);
  for (const one of [raw, raw6]) {
    assert.equal(one.isClosed, false, 'held all the time');
    assert.match(one.heard, /^[0-9a-f]+$/, 'what it hears is the drip, and no version');
    assert.ok(one.heard.length <= mostBytes, one.heard);
  }
  // Nobody but those who were sent there reaches a port of the tarpit, banned or not.
  const ports = await tarpitPorts(stage);
  assert.equal(ports.length, 6);
  for (const source of [attacker[4], bystander[4]]) {
    const direct = new HeldClient(context, client, own[4], ports[0]!, source);
    await guard.until('a moment has passed', async () => Date.now() > startedMs + heldMs + 1500);
    assert.equal(direct.isConnected, false, `${source} directly`);
  }
  assert.match(await server.shell('ps -o user= -C warder-tarpit'), /^nobody\s*$/);
}

async function showsBans({ server, firewall }: TarpitStage): Promise<void> {
  if (firewall === 'nftables') {
    assert.match(
      await server.must('nft', ['list', 'set', 'inet', 'f2b-table', 'addr-set-sshd']),
      /192\.0\.2\.66/,
    );
    return;
  }
  const chain = await server.must('iptables', ['-L', 'f2b-sshd', '-n', '-v']);
  assert.match(chain, /DROP\s.*192\.0\.2\.66/);
}

/** While the tarpit is away, and when it is back. */
async function nobodyGetsIn(context: TestContext, stage: SshdStage): Promise<void> {
  assert.equal(await stage.sshd.login(stage.client, attacker[4], 'right'), 'connection');
  assert.equal(await stage.sshd.login(stage.client, bystander[4], 'right'), 'in');
  await stage.guard.until('the tarpit is back', async () => (await tarpitPorts(stage)).length === 6);
  const again = await connected(context, stage, own[6], 22, attacker[6]);
  assert.equal(again.isClosed, false);
}

async function connected(
  context: TestContext,
  stage: TarpitStage,
  host: string,
  port: number,
  source: string,
): Promise<HeldClient> {
  const one = new HeldClient(context, stage.client, host, port, source);
  await one.untilConnected(() => stage.guard.log());
  return one;
}

/** The real server's established connections with an address. */
async function serverSockets({ server }: TarpitStage, address: string): Promise<string[]> {
  const { stdout } = await server.run('ss', [
    '-Htn',
    'state',
    'established',
    'sport',
    '=',
    ':22',
    'dst',
    address,
  ]);
  return stdout.split('\n').filter((line) => line.trim() !== '');
}

async function tarpitPorts({ server }: TarpitStage): Promise<number[]> {
  const { stdout } = await server.run('ss', ['-Hltnp']);
  const lines = stdout.split('\n').filter((line) => line.includes('"warder-tarpit"'));
  return lines.map((line) => Number(/\*:(\d+)/.exec(line)?.[1]));
}
