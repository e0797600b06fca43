import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { ManualClock, parseIp } from '../../../src/base/index.ts';
import type { Tools } from '../../../src/enforce/engines/index.ts';
import { IptablesPart } from '../../../src/enforce/tarpit/iptables-part.ts';
import { kernelLayout, restoreScript } from '../../../src/enforce/tarpit/iptables-rules.ts';
import { kernelHasTarpit } from '../../../src/enforce/tarpit/kernel-target.ts';
import type { Hold, Member } from '../../../src/enforce/tarpit/member.ts';
import { NftPart } from '../../../src/enforce/tarpit/nft-part.ts';
import type { KernelPart } from '../../../src/enforce/tarpit/part.ts';
import type { Scope } from '../../../src/enforce/tarpit/scope.ts';
import { TestMachine } from '../../support/netns.ts';
import { requireRoot, requireTool } from '../../support/tools.ts';

const ports = { ssh: 40001, greeting: 40002, http: 40003, pop3: 40004, imap: 40005, silence: 40006 };
const limits = { mostPerSource: 3, newPerSec: 1000, newAtOnce: 1000 };
const clock = new ManualClock();

interface Ground {
  readonly machine: TestMachine;
  readonly tools: Tools;
}

type Without = 'ipset' | 'nft' | 'iptables';

/** A machine of its own, on which we act as the tools do. */
async function ground(context: TestContext, without: readonly Without[] = []): Promise<Ground | undefined> {
  if (!requireRoot(context) || !requireTool(context, 'iptables', 'ipset', 'nft', 'ss')) return undefined;
  const machine = await TestMachine.start('rules');
  context.after(() => machine.stop());
  const tools: Tools = {
    async run(program, args, options = {}) {
      const input = options.input === undefined ? {} : { input: options.input };
      const { code, stdout, stderr } = await machine.run(program, args, input);
      return { ok: code === 0, stdout, error: stderr, exitCode: code ?? undefined, durationMs: 0 };
    },
    has: (program) => !without.includes(program as Without),
    follow: () => {
      throw new Error('nothing is followed here');
    },
  };
  return { machine, tools };
}

function member(text: string, leftSec = 600): Member {
  return { ip: parseIp(text)!, endSec: clock.nowSec() + leftSec };
}

function hold(scope: Partial<Scope>, ...members: readonly Member[]): Hold {
  const all = {
    tool: 'nft',
    ports: [{ first: 22, last: 22 }],
    input: true,
    forward: false,
    table: 'f2b-table',
  } as const;
  return {
    id: 1,
    jail: 'sshd',
    scope: { ...all, ...scope },
    members: new Map(members.map((one) => [one.ip.text, one])),
  };
}

const parts: readonly {
  readonly name: string;
  readonly without: readonly Without[];
  readonly create: (tools: Tools) => KernelPart;
}[] = [
  { name: 'nft', without: [], create: (tools) => new NftPart(tools, clock, limits) },
  {
    name: 'iptables with ipset',
    without: [],
    create: (tools) => new IptablesPart({ tools, clock, limits, means: 'process' }),
  },
  {
    name: 'iptables alone',
    without: ['ipset'],
    create: (tools) => new IptablesPart({ tools, clock, limits, means: 'process' }),
  },
];

/** Tries to connect from an address, so many times; the answers in their order. */
const tries = `
  const net = require('net'); const [source, host, port, count] = process.argv.slice(1);
  (async () => { for (let i = 0; i < count; i++) await new Promise((done) => {
    const s = net.connect({ host, port: +port, localAddress: source, timeout: 300 });
    const say = (word) => { console.log(word); done(); };
    s.on('data', (d) => say(String(d))).on('error', (e) => say(e.code)).on('timeout', () => say('silence'));
  }); process.exit(); })()`;

/** Two ports of the tarpit, that name themselves, in the place of its process. */
const listeners = `for (const [port, name] of [[${ports.ssh}, 'ssh'], [${ports.silence}, 'other']])
  require('net').createServer((s) => s.on('error', () => 0).write(name)).listen(port, '::', () => console.log('up'));
  process.stdin.on('end', () => process.exit()).resume();`;

/** A client machine within: what a machine sends to itself is not redirected. */
const setUpClient = `
  ip netns add client
  ip link add eth0 type veth peer name eth0 netns client
  ip address add 192.0.2.1/24 dev eth0
  ip address add 2001:db8::1/64 dev eth0 nodad
  ip link set eth0 up
  for last in 66 67 77 129; do ip -n client address add 192.0.2.$last/24 dev eth0; done
  ip -n client address add 2001:db8::66/64 dev eth0 nodad
  ip -n client link set eth0 up`;

async function answers(
  machine: TestMachine,
  source: string,
  host: string,
  port: number,
  count = 1,
): Promise<string[]> {
  const said = await machine.must('ip', [
    ...['netns', 'exec', 'client', process.execPath, '-e', tries],
    ...[source, host, String(port), String(count)],
  ]);
  return said.trim().split('\n');
}

for (const { name, without, create } of parts) {
  test(`${name}: members are sent to the tarpit, a few of each, and nobody else gets there`, async (t) => {
    const place = await ground(t, without);
    if (place === undefined) return;
    const { machine, tools } = place;
    await machine.shell(setUpClient);
    const pit = machine.spawn(process.execPath, ['-e', listeners], { stdio: ['pipe', 'pipe', 'inherit'] });
    await new Promise((resolve) => pit.stdout!.once('data', resolve));
    const part = create(tools);
    let one = hold({}, member('192.0.2.66'), member('192.0.2.128/25'), member('2001:db8::/64'));
    assert.equal(await part.rebuild([one], ports), undefined);

    assert.deepEqual(await answers(machine, '192.0.2.66', '192.0.2.1', 22), ['ssh']);
    assert.deepEqual(await answers(machine, '192.0.2.129', '192.0.2.1', 22), ['ssh'], 'of the network');
    assert.deepEqual(await answers(machine, '2001:db8::66', '2001:db8::1', 22), ['ssh']);
    assert.deepEqual(await answers(machine, '192.0.2.77', '192.0.2.1', 22), ['ECONNREFUSED'], 'no member');
    assert.deepEqual(await answers(machine, '192.0.2.66', '192.0.2.1', 23), ['ECONNREFUSED'], 'another port');
    for (const source of ['192.0.2.66', '192.0.2.77'])
      assert.deepEqual(await answers(machine, source, '192.0.2.1', ports.ssh), ['silence'], 'directly');
    assert.deepEqual(
      await answers(machine, '192.0.2.129', '192.0.2.1', 22, 4),
      ['ssh', 'ssh', 'ssh', 'ECONNREFUSED'],
      'the fourth goes on to where the ban is',
    );

    const [added, gone] = [member('192.0.2.67'), one.members.get('192.0.2.66')!];
    one = hold({}, added, member('192.0.2.128/25'), member('2001:db8::/64'));
    assert.equal(await part.change(one, { add: [added], renew: [], remove: [gone] }), undefined);
    assert.deepEqual(await answers(machine, '192.0.2.67', '192.0.2.1', 22), ['ssh']);
    assert.deepEqual(await answers(machine, '192.0.2.66', '192.0.2.1', 22), ['ECONNREFUSED'], 'let go');
    assert.equal(await part.change(one, { add: [], renew: [added], remove: [] }), undefined);

    pit.stdin!.end();
    await once(pit, 'exit');
    assert.deepEqual(
      await answers(machine, '192.0.2.67', '192.0.2.1', 22),
      ['silence'],
      'no tarpit, no answer',
    );

    await part.clear();
    const left = await machine.shell('nft list ruleset; ipset list -name');
    assert.doesNotMatch(left, /tarpit/);
  });
}

test('nft: held flows pass the bans of all ports, whoever puts rules on top', async (t) => {
  const place = await ground(t);
  if (place === undefined) return;
  const { machine, tools } = place;
  const part = new NftPart(tools, clock, limits);
  const one = hold({ ports: 'all' }, member('192.0.2.66'));
  await machine.shell(`
    nft add table inet f2b-table
    nft 'add chain inet f2b-table f2b-chain { type filter hook input priority -1; }'
    nft 'add rule inet f2b-table f2b-chain ip saddr 192.0.2.66 drop'`);
  assert.equal(await part.rebuild([one], ports), undefined);
  const first = async (): Promise<string> =>
    (await machine.shell('nft list chain inet f2b-table f2b-chain')).split('\n')[3]!.trim();
  for (let round = 0; round < 2; round++) {
    assert.equal(await part.arrange([one], ports), true);
    assert.match(await first(), /^tcp dport \{ 40001, .* ct status dnat accept comment "f2b-tarpit"$/);
    await machine.shell("nft 'insert rule inet f2b-table f2b-chain ip saddr 192.0.2.67 drop'");
  }
  await part.arrange([one], { ...ports, ssh: 40_009 });
  assert.match(await first(), /40009/, 'other ports');
  const all = await machine.shell('nft list chain inet f2b-table f2b-chain');
  assert.equal(all.match(/f2b-tarpit/g)?.length, 1);
  await machine.shell('nft delete table inet f2b-tarpit');
  assert.equal(await part.arrange([one], ports), false, 'a lost table is noticed');
});

test('iptables: our rule stays above those of the bans, and a lost one is noticed', async (t) => {
  const place = await ground(t);
  if (place === undefined) return;
  const { machine, tools } = place;
  const part = new IptablesPart({ tools, clock, limits, means: 'process' });
  const one = hold({ tool: 'iptables', ports: 'all' }, member('192.0.2.66'));
  assert.equal(await part.rebuild([one], ports), undefined);
  await machine.shell('iptables -I INPUT -s 192.0.2.66 -p tcp -j DROP');
  assert.equal(await part.arrange([one], ports), true);
  const rules = (await machine.shell('iptables -S INPUT')).trim().split('\n');
  assert.deepEqual(
    rules.map((rule) => rule.split(' ').at(-1)),
    ['ACCEPT', 'f2b-tarpit', 'DROP'],
  );
  await machine.shell('iptables -F');
  assert.equal(await part.arrange([one], ports), false);
  assert.equal(await part.rebuild([one], ports), undefined, 'made anew beside what is left');
  assert.equal((await machine.shell('iptables -S INPUT')).match(/f2b-tarpit/g)?.length, 1);
});

test('nft: chains of others that drop by default are named', async (t) => {
  const place = await ground(t);
  if (place === undefined) return;
  await place.machine.shell(`
    nft add table inet filter
    nft 'add chain inet filter input { type filter hook input priority 0; policy drop; }'`);
  const part = new NftPart(place.tools, clock, limits);
  assert.deepEqual(await part.obstacles(), ['inet filter input']);
});

test('the rules for the kernel’s own tarpit are whole, and are loaded where the kernel has it', async (t) => {
  const place = await ground(t);
  if (place === undefined) return;
  const { machine, tools } = place;
  const has = await kernelHasTarpit(tools);
  assert.doesNotMatch(await machine.shell('iptables -S'), /probe/, 'the probe leaves nothing behind');
  const one = hold(
    { tool: 'iptables', forward: true, ports: [{ first: 22, last: 25 }] },
    member('192.0.2.66'),
  );
  const script = restoreScript(kernelLayout([one], { withSets: false, family: 4 }), new Map());
  assert.match(script, /^-A f2b-tarpit-it -p tcp -j TARPIT\n-A f2b-tarpit-it -j DROP$/m);
  // Where the target is missing, everything around it is tried with another one.
  await machine.must('iptables-restore', ['--noflush'], {
    input: has ? script : script.replace('-j TARPIT', '-j DROP'),
  });
  const rules = await machine.shell('iptables -S; iptables -t raw -S');
  assert.match(rules, /^-A INPUT -p tcp -j f2b-tarpit-in$/m);
  assert.match(rules, /^-A FORWARD -p tcp -j f2b-tarpit-fwd$/m);
  assert.match(rules, /^-A f2b-tarpit-in -p tcp -m multiport --dports 22:25 -j f2b-tarpit-1$/m);
  assert.match(rules, /^-A f2b-tarpit-1 -s 192\.0\.2\.66\/32 -j f2b-tarpit-it$/m);
  assert.match(rules, /^-A f2b-tarpit-it -j CT --notrack$/m);
  assert.match(rules, /^-A PREROUTING -p tcp -j f2b-tarpit$/m);
});
