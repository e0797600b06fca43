import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestMachine } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot, requireTool } from '../support/tools.ts';
import { addresses, bind, HeldClient, type TarpitStage } from './tarpit-stage.ts';

const { server: own, attacker, bystander } = addresses;
const inside = { 4: '198.51.100.2', 6: '2001:db8:1::2' } as const;
const version = 'SSH-2.0-inside';

/** Names itself to whoever connects. */
const server = `require('net').createServer((s) => s.on('error', () => 0).write('${version}\\r\\n')).listen(22, '::')`;

for (const firewall of ['nftables', 'iptables'] as const) {
  test(`a router holds with ${firewall} who is banned on all ports, on their way through it and to it`, async (t) => {
    if (!requireRoot(t) || !requireTool(t, 'ss', 'pgrep', 'nft', 'iptables')) return;
    const stage = await setRouter(t, firewall);
    await bind(stage, 'recidive', attacker[4], attacker[6]);
    // A second of them, as a network.
    await stage.guard.ask('set', 'recidive', 'banip', '192.0.2.80/29');
    await connectThrough(t, stage);
    await connectTo(t, stage);
    await bystanders(t, stage);
    await listsAndReleases(t, stage);
  });
}

async function connectThrough(context: TestContext, stage: TarpitStage): Promise<void> {
  const { guard } = stage;
  for (const [host, source] of [
    [inside[4], attacker[4]],
    [inside[6], attacker[6]],
    [inside[4], '192.0.2.81'],
  ] as const) {
    const held = new HeldClient(context, stage.client, host, 22, source);
    await guard.until(`${source} is held on its way to ${host}`, async () => held.heard.length >= 2);
    assert.match(held.heard, /^[0-9a-f]+$/, 'the tarpit speaks, not the server behind the router');
  }
}

/** Every port of the router itself, also one on which nobody listens, in the words of its service. */
async function connectTo(context: TestContext, stage: TarpitStage): Promise<void> {
  for (const [port, words] of [
    [25, /^22/],
    [80, /^HT/],
    [4711, /^$/],
  ] as const) {
    const held = new HeldClient(context, stage.client, own[4], port, attacker[4]);
    await held.untilConnected(() => stage.guard.log());
    if (port !== 4711) await stage.guard.until(`port ${port} speaks`, async () => held.heard.length >= 2);
    assert.match(held.heard, words);
  }
}

async function bystanders(context: TestContext, stage: TarpitStage): Promise<void> {
  for (const family of [4, 6] as const) {
    const served = new HeldClient(context, stage.client, inside[family], 22, bystander[family]);
    await stage.guard.until('everybody else gets through', async () => served.heard.startsWith(version));
  }
}

async function listsAndReleases(context: TestContext, stage: TarpitStage): Promise<void> {
  const { server: machine, guard } = stage;
  const report = JSON.parse(await machine.must(guard.program('warder'), ['tarpit', '--json'])) as {
    readonly held: number;
    readonly byVoice: Readonly<Record<string, number>>;
    readonly addresses: readonly { readonly address: string; readonly jails: readonly string[] }[];
  };
  assert.deepEqual(report.byVoice, { ssh: 3, greeting: 1, http: 1, silence: 1 });
  const network = report.addresses.find(({ address }) => address === '192.0.2.81');
  assert.deepEqual(network?.jails, ['recidive'], 'by its network');
  assert.match(await machine.must(guard.program('warder'), ['tarpit']), /^held {5}6 of /m);
  assert.equal(await guard.count('recidive', 'Held connections'), 6);

  assert.equal(await guard.ask('unban', '--all'), '3');
  assert.doesNotMatch(await guard.ask('status', 'recidive'), /Held/);
  const served = new HeldClient(context, stage.client, inside[4], 22, attacker[4]);
  await guard.until('the unbanned gets through', async () => served.heard.startsWith(version));
  await guard.stop();
  const rules = await machine.shell('nft list ruleset; ! pgrep -x warder-tarpit');
  assert.doesNotMatch(rules, /tarpit/, 'nothing is left behind');
}

async function setRouter(context: TestContext, firewall: 'iptables' | 'nftables'): Promise<TarpitStage> {
  const router = await TestMachine.start('router');
  context.after(() => router.stop());
  const client = await TestMachine.start('client');
  context.after(() => client.stop());
  await TestMachine.connect(router, [`${own[4]}/24`, `${own[6]}/64`], client, [
    ...[attacker[4], bystander[4], '192.0.2.81'].map((address) => `${address}/24`),
    ...[attacker[6], bystander[6]].map((address) => `${address}/64`),
  ]);
  await client.shell(
    `ip route add 198.51.100.0/24 via ${own[4]}; ip -6 route add 2001:db8:1::/64 via ${own[6]}`,
  );
  // The nft engine is tried without iptables, iptables without ipset: then every address is a rule.
  await router.shell(`
    ip netns add inside
    ip link add eth1 type veth peer name eth0 netns inside
    ip address add 198.51.100.1/24 dev eth1
    ip address add 2001:db8:1::1/64 dev eth1 nodad
    ip link set eth1 up
    ip -n inside address add ${inside[4]}/24 dev eth0
    ip -n inside address add ${inside[6]}/64 dev eth0 nodad
    ip -n inside link set eth0 up
    ip -n inside route add default via 198.51.100.1
    ip -n inside -6 route add default via 2001:db8:1::1
    sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    rm -rf /etc/fail2ban ${firewall === 'nftables' ? '/usr/sbin/iptables /usr/sbin/ip6tables' : '/usr/sbin/ipset'}
    mkdir -p /etc/fail2ban/action.d
    printf '[Init]\\nblocktype = TARPIT\\n' > /etc/fail2ban/action.d/${firewall}-common.local
    printf '[DEFAULT]\\nbantime = 1h\\nchain = INPUT,FORWARD\\n[recidive]\\nenabled = true\\n' > /etc/fail2ban/jail.local`);
  router.spawn('ip', ['netns', 'exec', 'inside', process.execPath, '-e', server], { stdio: 'ignore' });
  const guard = new TestGuard(router, 'warder');
  await guard.start('recidive');
  return { server: router, client, guard, firewall };
}
