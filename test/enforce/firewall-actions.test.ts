import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TestMachine } from '../support/netns.ts';
import { findTool, requireRoot, requireTool } from '../support/tools.ts';
import { item } from './harness.ts';
import { actionIn, actionSettings } from './shipped.ts';

// Every firewall action that we ship, against the real kernel in a network namespace of its own.

let machine: TestMachine | undefined;
before(async () => {
  if (process.getuid?.() === 0 && findTool('unshare') !== undefined)
    machine = await TestMachine.start('actions');
});
after(() => machine?.stop());

const addresses = ['192.0.2.1', '198.51.100.0/24', '2001:db8::1', '2001:db8:1::/64'];

interface Case {
  readonly text: string;
  readonly tools: readonly string[];
  /** Prints the firewall, without counters. */
  readonly show: string;
  /** What stands in it for each of the addresses. */
  readonly shown: (address: string) => RegExp;
  /** Rules that send packets to the bans, for both families together. */
  readonly jumps: RegExp;
  readonly jumpCount: number;
}

const iptables = 'iptables -S; ip6tables -S';
const ipset = 'iptables -S; ip6tables -S; ipset save';
const nft = 'nft list ruleset';
const escaped = (text: string): string => text.replaceAll('.', '\\.').replace(/\/(?:32|128)$/, '');
const rule = (target: string) => (address: string) =>
  new RegExp(`^-A f2b-x -s ${escaped(address)}(?:/32|/128)? -j ${target}`, 'm');
const inSet = (address: string): RegExp =>
  new RegExp(`^add f2b-x${address.includes(':') ? '6' : ''} ${escaped(address)} `, 'm');
const element = (address: string): RegExp => new RegExp(`[ \\t]${escaped(address)}[ ,\\n]`);

const cases: readonly Case[] = [
  ['iptables', 'name=x, port=22', /^-A INPUT -p tcp -m tcp --dport 22 -j f2b-x$/gm, 2],
  ['iptables-oneport', 'name=x, port=22', /^-A INPUT -p tcp -m tcp --dport 22 -j f2b-x$/gm, 2],
  [
    'iptables-multiport',
    'name=x, port="22,80", protocol="tcp,udp"',
    /^-A INPUT -p (?:tcp|udp) -m multiport --dports 22,80 -j f2b-x$/gm,
    4,
  ],
  [
    'iptables-multiport',
    'name=x, port="0:65535", chain="INPUT,FORWARD"',
    /^-A (?:INPUT|FORWARD) -p tcp -m multiport --dports 0:65535 -j f2b-x$/gm,
    4,
  ],
  ['iptables-allports', 'name=x', /^-A INPUT -p tcp -j f2b-x$/gm, 2],
  [
    'iptables-new',
    'name=x, port=22',
    /^-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j f2b-x$/gm,
    2,
  ],
].map(([action, args, jumps, jumpCount]) => ({
  text: `${action}[${args}]`,
  tools: ['iptables', 'ip6tables'],
  show: iptables,
  shown: rule('REJECT --reject-with icmp6?-port-unreachable'),
  jumps: jumps as RegExp,
  jumpCount: jumpCount as number,
}));

const others: readonly Case[] = [
  {
    text: 'iptables-multiport-log[name=x, port="22,80"]',
    tools: ['iptables', 'ip6tables'],
    show: iptables,
    shown: rule('f2b-x-log$'),
    jumps: /^-A INPUT -p tcp -m multiport --dports 22,80 -j f2b-x$/gm,
    jumpCount: 2,
  },
  ...[
    [
      'iptables-ipset',
      'name=x, port=22',
      /^-A INPUT -p tcp -m tcp --dport 22 -m set --match-set f2b-x6? src -j REJECT/gm,
      2,
    ],
    [
      'iptables-ipset',
      'name=x, type=allports, chain="INPUT,FORWARD"',
      /^-A (?:INPUT|FORWARD) -p tcp -m set --match-set f2b-x6? src -j REJECT/gm,
      4,
    ],
    ['iptables-ipset-proto4', 'name=x, port=22', /--match-set f2b-x6? src/gm, 2],
    [
      'iptables-ipset-proto6',
      'name=x, port="22,80", protocol="tcp,udp"',
      /-m multiport --dports 22,80 -m set --match-set f2b-x6? src/gm,
      4,
    ],
    [
      'iptables-ipset-proto6-allports',
      'name=x',
      /^-A INPUT -p tcp -m set --match-set f2b-x6? src -j REJECT/gm,
      2,
    ],
  ].map(([action, args, jumps, jumpCount]) => ({
    text: `${action}[${args}]`,
    tools: ['iptables', 'ip6tables', 'ipset'],
    show: ipset,
    shown: inSet,
    jumps: jumps as RegExp,
    jumpCount: jumpCount as number,
  })),
  ...[
    [
      'nftables',
      'name=x, port="22,80:90", protocol="tcp,udp"',
      /(?:tcp|udp) dport \{ 22, 80-90 \} ip6? saddr @addr6?-set-x reject/g,
      4,
    ],
    [
      'nftables',
      'name=x, type=allports, chain="INPUT,FORWARD"',
      /meta l4proto tcp ip6? saddr @addr6?-set-x reject/g,
      4,
    ],
    ['nftables', 'name=x, type=custom', /^\t\tip6? saddr @addr6?-set-x reject/gm, 2],
    ['nftables-multiport', 'name=x, port=22', /tcp dport 22 ip6? saddr @addr6?-set-x reject/g, 2],
    [
      'nftables-allports',
      'name=x, blocktype="counter drop"',
      /meta l4proto tcp ip6? saddr @addr6?-set-x counter packets 0 bytes 0 drop/g,
      2,
    ],
  ].map(([action, args, jumps, jumpCount]) => ({
    text: `${action}[${args}]`,
    tools: ['nft'],
    show: nft,
    shown: element,
    jumps: jumps as RegExp,
    jumpCount: jumpCount as number,
  })),
];

for (const { text, tools, show, shown, jumps, jumpCount } of [...cases, ...others]) {
  test(`${text}: starts, bans, unbans and leaves nothing behind`, async (context) => {
    if (!requireRoot(context) || !requireTool(context, 'unshare', ...tools) || machine === undefined) return;
    const look = (): Promise<string> => machine!.shell(show);
    const clean = await look();
    const settings = actionSettings(text);
    const { action, logger } = actionIn(machine, settings);
    const must = async (outcomes: Promise<readonly { ok: boolean }[]>): Promise<void> => {
      for (const { ok } of await outcomes) assert.ok(ok, logger.lines.join('\n'));
    };

    assert.deepEqual(await action.adopt(), [], 'nothing is there at first');
    await must(action.ban(addresses.map((address) => item(address))));
    const banned = await look();
    for (const address of addresses) assert.match(banned, shown(address));
    assert.equal([...banned.matchAll(jumps)].length, jumpCount, banned);
    assert.equal((await action.check(false)).ok, true);

    const later = actionIn(machine, settings);
    assert.deepEqual(
      [...(await later.action.adopt())].sort(),
      [...addresses].sort(),
      'another run finds them',
    );
    await must(later.action.reban(addresses.map((address) => item(address))));
    assert.equal(await look(), banned, 'starting and banning again changes nothing');

    await must(later.action.unban([item(addresses[0]!), item(addresses[3]!)]));
    const fewer = await look();
    for (const [index, address] of addresses.entries()) {
      if (index === 0 || index === 3) assert.doesNotMatch(fewer, shown(address));
      else assert.match(fewer, shown(address));
    }
    assert.equal((await later.action.flush()).ok, true);
    for (const address of addresses) assert.doesNotMatch(await look(), shown(address));
    assert.equal((await later.action.check(false)).ok, true, 'a flush leaves the environment');
    await must(later.action.ban([item(addresses[0]!)]));
    assert.equal((await later.action.stop()).ok, true);
    assert.equal(withoutEmpty(await look()), withoutEmpty(clean), 'nothing is left');
    assert.deepEqual(logger.lines, []);
    assert.deepEqual(later.logger.lines, []);
  });
}

/** nft shows the tables of iptables once they were used, empty ones too. */
function withoutEmpty(ruleset: string): string {
  return ruleset
    .replace(/^table ip6? filter \{\n(?:\tchain \w+ \{\n\t\ttype [^\n]*\n\t\}\n\n?)*\}\n/gm, '')
    .trim();
}
