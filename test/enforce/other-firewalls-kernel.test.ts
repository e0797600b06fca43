import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action } from '../../src/enforce/index.ts';
import { TestMachine } from '../support/netns.ts';
import { requireRoot, requireTool } from '../support/tools.ts';
import { item } from './harness.ts';
import { actionIn, actionSettings } from './shipped.ts';

const both = ['192.0.2.1', '2001:db8::1'];

test('route, xt_recent and the ipset of shorewall work with the real kernel', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'ip', 'iptables', 'ip6tables', 'ipset')) return;
  const machine = await TestMachine.start('others');
  t.after(() => machine.stop());
  const route = actionIn(machine, actionSettings('route[name=x]'));
  await run(route.action, both);
  assert.match(
    await machine.shell('ip route; ip -6 route'),
    /(?:unreachable|blackhole) 192\.0\.2\.1 [\s\S]*(?:unreachable|blackhole) 2001:db8::1 /,
  );
  await end(route.action, both);
  assert.doesNotMatch(await machine.shell('ip route; ip -6 route'), /(?:192\.0\.2|2001:db8::1)/);
  const set = actionIn(
    machine,
    actionSettings('shorewall-ipset-proto6[name=x, ipsettime=<timeout-bantime>]'),
  );
  await run(set.action, ['192.0.2.1']);
  assert.match(await machine.shell('ipset list f2b-x'), /192\.0\.2\.1 timeout (?:600|599)/);
  await end(set.action, ['192.0.2.1']);
  assert.doesNotMatch(await machine.shell('ipset list f2b-x'), /192\.0\.2\.1/);
});

test('symbiosis writes a file and a rule for each address, and takes both away', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'iptables', 'ip6tables')) return;
  const machine = await TestMachine.start('symbiosis');
  t.after(() => machine.stop());
  await machine.shell(
    'iptables -N blacklist; ip6tables -N blacklist; mkdir -p /etc/symbiosis/firewall/blacklist.d',
  );
  const { action } = actionIn(machine, actionSettings('symbiosis-blacklist-allports[name=x]'));
  await run(action, [...both, '203.0.113.0/24']);
  const files = await machine.shell('ls /etc/symbiosis/firewall/blacklist.d');
  assert.deepEqual(files.trim().split('\n').sort(), [
    '192.0.2.1.auto',
    '2001:db8::1.auto',
    '203.0.113.0|24.auto',
  ]);
  assert.match(await machine.shell('iptables -S blacklist'), /-A blacklist -s 192\.0\.2\.1\/32 -j DROP/);
  assert.match(await machine.shell('ip6tables -S blacklist'), /-A blacklist -s 2001:db8::1\/128 -j DROP/);
  await end(action, [...both, '203.0.113.0/24']);
  assert.equal(
    await machine.shell('ls /etc/symbiosis/firewall/blacklist.d; iptables -S blacklist | grep -c DROP || :'),
    '0\n',
  );
});

async function run(action: Action, ids: readonly string[]): Promise<void> {
  await action.start();
  for (const outcome of await action.ban(ids.map((id) => item(id))))
    assert.ok(outcome.ok, outcome.error ?? 'no words');
}

async function end(action: Action, ids: readonly string[]): Promise<void> {
  for (const outcome of await action.unban(ids.map((id) => item(id))))
    assert.ok(outcome.ok, outcome.error ?? 'no words');
  const stopped = await action.stop();
  assert.ok(stopped.ok, stopped.error ?? 'no words');
}
