import assert from 'node:assert/strict';
import { after, before, beforeEach, type TestContext, test } from 'node:test';
import { TestMachine } from '../support/netns.ts';
import { findTool, requireRoot, requireTool } from '../support/tools.ts';
import { ban, item } from './harness.ts';
import { actionIn, actionSettings } from './shipped.ts';

// What happens to our firewall actions when something else is there than they left, in a real kernel.

let machine: TestMachine | undefined;
before(async () => {
  if (process.getuid?.() === 0 && findTool('unshare') !== undefined)
    machine = await TestMachine.start('changes');
});
after(() => machine?.stop());
beforeEach(async () => {
  const reset = 'iptables -F; iptables -X; ip6tables -F; ip6tables -X; nft flush ruleset; ipset destroy';
  await machine?.shell(`{ ${reset}; } >/dev/null 2>&1 || true`);
});

function kernel(context: TestContext, ...tools: string[]): TestMachine | undefined {
  return requireRoot(context) && requireTool(context, 'unshare', ...tools) ? machine : undefined;
}

test('iptables-common.local is honoured by every iptables action, for both families', async (context) => {
  const host = kernel(context, 'iptables', 'ip6tables', 'ipset');
  if (host === undefined) return;
  const local = { 'action.d/iptables-common.local': '[Init]\nblocktype = TARPIT\n' };
  const { action } = actionIn(host, actionSettings('iptables-multiport[name=x, port=22]', local));
  await action.ban([item('192.0.2.1'), item('2001:db8::1')]);
  assert.match(await host.shell('iptables -S f2b-x'), /-s 192\.0\.2\.1\/32 -j DROP$/m);
  assert.match(await host.shell('ip6tables -S f2b-x'), /-s 2001:db8::1\/128 -j DROP$/m);
  await action.stop();
  const sets = actionIn(host, actionSettings('iptables-ipset[name=x, type=allports]', local));
  await sets.action.ban([item('192.0.2.1')]);
  assert.match(await host.shell('iptables -S INPUT'), /--match-set f2b-x src -j DROP$/m);
});

test('nftables-common.local is honoured too', async (context) => {
  const host = kernel(context, 'nft');
  if (host === undefined) return;
  const local = { 'action.d/nftables-common.local': '[Init]\nblocktype = TARPIT\n' };
  const { action } = actionIn(host, actionSettings('nftables[name=x, type=allports]', local));
  await action.ban([item('192.0.2.1')]);
  assert.match(await host.shell('nft list ruleset'), /saddr @addr-set-x drop$/m);
});

test('after a restart with another blocktype, chain list or port, rules of the old form are replaced', async (context) => {
  const host = kernel(context, 'iptables');
  if (host === undefined) return;
  const before = actionIn(host, actionSettings('iptables-multiport[name=x, port=22, chain="INPUT,FORWARD"]'));
  await before.action.ban([item('192.0.2.1'), item('192.0.2.2')]);
  const { action, logger } = actionIn(
    host,
    actionSettings('iptables-multiport[name=x, port=2222, blocktype=DROP]'),
  );
  assert.equal((await action.adopt()).length, 2);
  await action.reban([item('192.0.2.1')]);
  await action.unban([item('192.0.2.2')]);
  const rules = (await host.shell('iptables -S | grep f2b-x')).trim().split('\n');
  assert.deepEqual(rules, [
    '-N f2b-x',
    '-A INPUT -p tcp -m multiport --dports 2222 -j f2b-x',
    '-A FORWARD -p tcp -m multiport --dports 22 -j f2b-x',
    '-A f2b-x -s 192.0.2.1/32 -j DROP',
    '-A f2b-x -j RETURN',
  ]);
  assert.equal((await action.stop()).ok, true);
  assert.equal(
    await host.shell('iptables -S | grep f2b-x || true'),
    '',
    'the stop finds every rule that leads there',
  );
  assert.deepEqual(logger.lines, []);
});

test('nftables rules of an older configuration are replaced in one transaction', async (context) => {
  const host = kernel(context, 'nft');
  if (host === undefined) return;
  const before = actionIn(host, actionSettings('nftables[name=x, port=22]'));
  await before.action.ban([item('192.0.2.1')]);
  const { action } = actionIn(host, actionSettings('nftables[name=x, type=allports, blocktype=drop]'));
  assert.deepEqual(await action.adopt(), ['192.0.2.1']);
  const rules = await host.shell('nft list chain inet f2b-table f2b-chain');
  assert.deepEqual(
    rules.split('\n').filter((line) => line.includes('@addr-set-x')),
    ['\t\tmeta l4proto tcp ip saddr @addr-set-x drop'],
  );
});

test('two jails share a table, and one of them leaves alone', async (context) => {
  const host = kernel(context, 'nft');
  if (host === undefined) return;
  const one = actionIn(host, actionSettings('nftables[name=one, port=22]'));
  const two = actionIn(host, actionSettings('nftables[name=one2, port=80]'));
  await one.action.ban([item('192.0.2.1')]);
  await two.action.ban([item('192.0.2.2')]);
  await one.action.stop();
  const rules = await host.shell('nft list ruleset');
  assert.doesNotMatch(rules, /addr-set-one\b(?!2)/);
  assert.match(rules, /tcp dport 80 ip saddr @addr-set-one2 reject/);
  assert.match(rules, /elements = \{ 192\.0\.2\.2 \}/);
  await two.action.stop();
  assert.equal(await host.shell('nft list ruleset'), '');
});

test('sets that fail2ban left, which take no networks, are replaced', async (context) => {
  const host = kernel(context, 'nft', 'iptables', 'ipset');
  if (host === undefined) return;
  await host.shell(`
    nft add table inet f2b-table
    nft -- 'add chain inet f2b-table f2b-chain { type filter hook input priority -1; }'
    nft 'add set inet f2b-table addr-set-x { type ipv4_addr; }'
    nft add rule inet f2b-table f2b-chain tcp dport 22 ip saddr @addr-set-x reject
    ipset create f2b-x hash:ip
    iptables -I INPUT -p tcp -m set --match-set f2b-x src -j DROP`);
  for (const text of ['nftables[name=x, port=22]', 'iptables-ipset[name=x, port=22]']) {
    const { action, logger } = actionIn(host, actionSettings(text));
    const [outcome] = await action.ban([item('192.0.2.0/24')]);
    assert.ok(outcome?.ok, logger.lines.join('\n'));
    assert.equal((await action.stop()).ok, true, logger.lines.join('\n'));
  }
  assert.equal(await host.shell('nft list tables | grep -v filter || true; ipset list -name'), '');
});

test('networks and addresses that overlap are banned and unbanned apart from each other', async (context) => {
  const host = kernel(context, 'nft', 'iptables', 'ipset');
  if (host === undefined) return;
  const ids = ['10.0.0.5', '10.0.0.0/24', '10.0.0.6', '2001:db8::/32', '2001:db8::1'];
  for (const text of [
    'nftables[name=x, port=22, protocol="tcp,udp"]',
    'iptables[name=x]',
    'iptables-ipset[name=x]',
  ]) {
    const { action, logger } = actionIn(host, actionSettings(text));
    const inForce = async (): Promise<string[]> =>
      [...(await actionIn(host, actionSettings(text)).action.adopt())].sort();
    for (const outcome of await action.ban(ids.map((id) => item(id)))) {
      assert.ok(outcome.ok, `${text}: ${outcome.error}`);
    }
    const all = actionSettings(text);
    assert.ok(all.properties.has('actionlist'));
    const listed = (await Promise.all(['', '6'].map((six) => host.shell(show(text, six))))).join('\n');
    for (const id of ids) assert.ok(listed.includes(id), `${text}: ${id} in ${listed}`);
    for (const outcome of await action.unban([item('10.0.0.0/24'), item('2001:db8::1')]))
      assert.ok(outcome.ok);
    assert.deepEqual((await inForce()).sort(), ['10.0.0.5', '10.0.0.6', '2001:db8::/32'].sort(), text);
    assert.equal((await action.flush()).ok, true);
    assert.equal((await action.stop()).ok, true);
    assert.deepEqual(logger.lines, []);
  }
  assert.equal(await host.shell('nft list tables | grep -v filter || true'), '');
});

function show(text: string, six: string): string {
  if (text.startsWith('nftables')) return 'nft list ruleset';
  return text.startsWith('iptables-ipset') ? `ipset save f2b-x${six}` : `ip${six}tables -S f2b-x`;
}

test('a flush by somebody else is noticed by the check, and repaired', async (context) => {
  const host = kernel(context, 'nft', 'iptables', 'ipset');
  if (host === undefined) return;
  const cases = [
    ['iptables[name=x]', 'iptables -F && iptables -X'],
    ['iptables-multiport-log[name=x]', 'iptables -F && iptables -X'],
    ['iptables-ipset[name=x]', 'iptables -F && ipset destroy f2b-x'],
    ['nftables[name=x]', 'nft flush ruleset'],
  ] as const;
  for (const [text, damage] of cases) {
    const { action } = actionIn(host, actionSettings(text));
    await action.ban([item('192.0.2.1')]);
    await host.shell(damage);
    assert.equal((await action.check(false)).ok, false, text);
    const [outcome] = await action.ban([item('192.0.2.2')]);
    assert.ok(outcome?.ok, `${text}: ${outcome?.error}`);
    assert.equal(action.lossesOf(ban('192.0.2.1')), 1);
    assert.equal((await action.check(false)).ok, true, text);
    await action.stop();
  }
});

test('an id that is no address is refused, whatever is in it', async (context) => {
  const host = kernel(context, 'nft', 'iptables', 'ipset');
  if (host === undefined) return;
  const hostile = [
    'localhost',
    'face.bed',
    '',
    '0.0.0.0 -j ACCEPT',
    '10.0.0.1 }; flush ruleset; add table x { ',
    "$(touch /run/canary) '",
    '10.0.0.1\nadd table inet canary',
    '*',
  ];
  for (const text of ['nftables', 'iptables', 'iptables-ipset', 'iptables-multiport-log']) {
    const settings = actionSettings(`${text}[name=x]`);
    const { action } = actionIn(host, settings);
    await action.ban([item('192.0.2.1')]);
    for (const id of text === 'nftables' || text === 'iptables' ? hostile : hostile.slice(3, 5)) {
      const [outcome] = await action.ban([item(id)]);
      assert.equal(outcome?.ok, false, `${text}: ${id}`);
      assert.match(outcome?.error ?? '', /^not an address/);
      await action.unban([item(id)]);
    }
    assert.doesNotMatch(
      await host.shell('nft list ruleset; ls /run'),
      /canary|accept$|0\.0\.0\.0|127\.0\.0\.1/m,
      text,
    );
    assert.deepEqual(await actionIn(host, settings).action.adopt(), ['192.0.2.1'], text);
    await action.stop();
  }
});
