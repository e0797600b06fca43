import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { TestMachine, until } from '../../support/netns.ts';
import { findTool, requireRoot, requireTool } from '../../support/tools.ts';
import { EngineBench, readSettings } from './engine-bench.ts';

// The engines of the firewall against the real kernel, in a network namespace of its own.

let machine: TestMachine;
before(async () => {
  if (process.getuid?.() === 0 && findTool('unshare') !== undefined)
    machine = await TestMachine.start('engines');
});
after(() => machine?.stop());

const addresses = ['192.0.2.1', '198.51.100.0/24', '2001:db8::1', '2001:db8:1::/64'];

interface Case {
  readonly text: string;
  readonly tools: readonly string[];
  readonly show: string;
  /** Counts where an address stands in it. */
  readonly shown: (address: string) => RegExp;
  readonly jumps: RegExp;
  readonly jumpCount: number;
  /** What somebody else does to it; afterwards everything must be back. */
  readonly breakings: readonly string[];
}

const escaped = (text: string): string => text.replaceAll('.', '\\.');
const rule = (target: string) => (address: string) =>
  new RegExp(`^-A f2b-x -s ${escaped(address)}(?:/32|/128)? -j ${target}`, 'gm');
const inSet = (address: string): RegExp =>
  new RegExp(`^add f2b-x${address.includes(':') ? '6' : ''} ${escaped(address)} timeout \\d+`, 'gm');
const element = (address: string): RegExp =>
  new RegExp(`[ \\t]${escaped(address)} timeout [0-9a-z]+ expires`, 'g');
const iptables = 'iptables -S; ip6tables -S';
const ipset = `${iptables}; ipset save`;
const nft = 'nft list ruleset';
const flushes = [
  'iptables -F; ip6tables -F',
  'iptables -F f2b-x',
  'iptables -F; iptables -X',
  'iptables -D f2b-x 1',
];

const cases: readonly Case[] = [
  {
    text: 'nftables[name=x, port="22,80:90", protocol="tcp,udp"]',
    tools: ['nft'],
    show: nft,
    shown: element,
    jumps: /(?:tcp|udp) dport \{ 22, 80-90 \} ip6? saddr @addr6?-set-x reject/g,
    jumpCount: 8,
    breakings: [
      'nft flush ruleset',
      'nft delete table inet f2b-table',
      'nft flush chain inet f2b-table f2b-chain',
      'nft flush set inet f2b-table addr-set-x',
      'nft delete element inet f2b-table addr6-set-x "{ 2001:db8::1 }"',
    ],
  },
  {
    text: 'nftables-allports[name=x, chain="INPUT,FORWARD", blocktype="counter drop"]',
    tools: ['nft'],
    show: nft,
    shown: element,
    jumps: /meta l4proto tcp ip6? saddr @addr6?-set-x counter packets 0 bytes 0 drop/g,
    jumpCount: 8,
    breakings: ['nft flush ruleset'],
  },
  {
    text: 'iptables-multiport[name=x, port="22,80", protocol="tcp,udp"]',
    tools: ['iptables', 'ip6tables'],
    show: iptables,
    shown: rule('REJECT --reject-with icmp6?-port-unreachable'),
    jumps: /^-A INPUT -p (?:tcp|udp) -m multiport --dports 22,80 -j f2b-x$/gm,
    jumpCount: 4,
    breakings: flushes,
  },
  {
    text: 'iptables-new[name=x, port=22, chain="INPUT,FORWARD", blocktype=DROP]',
    tools: ['iptables', 'ip6tables'],
    show: iptables,
    shown: rule('DROP'),
    jumps: /^-A (?:INPUT|FORWARD) -p tcp -m state --state NEW -m tcp --dport 22 -j f2b-x$/gm,
    jumpCount: 4,
    breakings: ['iptables -F FORWARD'],
  },
  {
    text: 'iptables-ipset-proto6[name=x, port="22,80"]',
    tools: ['iptables', 'ip6tables', 'ipset'],
    show: ipset,
    shown: inSet,
    jumps: /^-A INPUT -p tcp -m multiport --dports 22,80 -m set --match-set f2b-x6? src -j REJECT/gm,
    jumpCount: 2,
    breakings: ['iptables -F; ip6tables -F; ipset destroy', 'ipset flush f2b-x', 'ipset del f2b-x 192.0.2.1'],
  },
  {
    text: 'iptables-ipset[name=x, type=allports, chain="INPUT,FORWARD"]',
    tools: ['iptables', 'ip6tables', 'ipset'],
    show: ipset,
    shown: inSet,
    jumps: /^-A (?:INPUT|FORWARD) -p tcp -m set --match-set f2b-x6? src -j REJECT/gm,
    jumpCount: 4,
    breakings: [],
  },
];

function canRun(context: TestContext, { tools }: Case): boolean {
  return requireRoot(context) && requireTool(context, 'unshare', ...tools);
}

for (const each of cases) {
  const { text, show, shown, jumps, jumpCount } = each;
  const look = (): Promise<string> => machine.shell(`${show}; true`);
  const standsOnce = (listing: string, there: readonly string[]): void => {
    for (const address of addresses) {
      const count = [...listing.matchAll(shown(address))].length;
      assert.equal(count, there.includes(address) ? 1 : 0, `${address} in\n${listing}`);
    }
    assert.equal([...listing.matchAll(jumps)].length, jumpCount, listing);
  };

  test(`${text}: bans, unbans, survives a restart and leaves nothing behind`, async (context) => {
    if (!canRun(context, each)) return;
    const clean = await look();
    const settings = readSettings(text);
    const bench = await EngineBench.startWith(machine, settings);
    assert.match(bench.lines(/served by the \w+ engine/)[0] ?? '', /^INFO/);
    assert.equal(await look(), clean, 'nothing is made before the first ban');
    await bench.ban(...addresses);
    const banned = await look();
    standsOnce(banned, addresses);
    await bench.enforcer.stop({ keepBans: true });
    assert.deepEqual(bench.enforcer.problems(), new Map());

    const later = await EngineBench.startWith(machine, settings);
    standsOnce(await look(), addresses);
    await later.restore(addresses[0]!, addresses[2]!, addresses[3]!);
    later.enforcer.settle();
    await later.enforcer.idle();
    standsOnce(await look(), [addresses[0]!, addresses[2]!, addresses[3]!]);
    await later.unban('manual', addresses[3]!);
    standsOnce(await look(), [addresses[0]!, addresses[2]!]);
    await later.unban('manual', addresses[0]!, addresses[2]!);
    standsOnce(await look(), []);
    await later.ban(addresses[1]!);
    standsOnce(await look(), [addresses[1]!]);
    await later.enforcer.stop({ keepBans: false });
    assert.equal(withoutEmpty(await look()), withoutEmpty(clean), 'nothing is left');
    assert.deepEqual([...bench.lines(/WARN|ERR|CRIT/), ...later.lines(/WARN|ERR|CRIT/)], []);
  });

  if (each.breakings.length === 0) continue;
  test(`${text}: what others take away is back, and nothing twice`, async (context) => {
    if (!canRun(context, each)) return;
    const bench = await EngineBench.startWith(machine, readSettings(text));
    context.after(() => bench.enforcer.stop({ keepBans: false }));
    await bench.ban(...addresses);
    await until('changes are watched', async () => bench.services.monitor.works);
    for (const breaking of each.breakings) {
      bench.logger.lines.length = 0;
      await machine.shell(`${breaking}; true`);
      await until(
        `everything is back after ${breaking}`,
        async () => bench.lines(/somebody else took away .*; everything is back/).length > 0,
        { explain: look },
      );
      standsOnce(await look(), addresses);
      assert.equal(bench.lines(/somebody else/).length, 1, bench.logger.lines.join('\n'));
    }
    assert.deepEqual(bench.enforcer.problems(), new Map());
  });
}

/** nft shows the tables of iptables once they were used, empty ones too. */
function withoutEmpty(ruleset: string): string {
  return ruleset
    .replace(/^table ip6? filter \{\n(?:\tchain \w+ \{\n\t\ttype [^\n]*\n\t\}\n\n?)*\}\n/gm, '')
    .trim();
}
