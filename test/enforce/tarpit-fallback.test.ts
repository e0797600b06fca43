import assert from 'node:assert/strict';
import { test } from 'node:test';
import { item, testAction } from './harness.ts';

test('where TARPIT is asked for, the ban itself is a DROP', async () => {
  const { action, runner } = testAction({
    actionban: 'iptables -I f2b-x 1 -s <ip> -j <blocktype>',
    blocktype: 'TARPIT',
    'blocktype?family=inet6': 'REJECT',
  });
  await action.start();
  await action.ban([item('192.0.2.1'), item('192.0.2.2'), item('2001:db8::1')]);
  assert.deepEqual(runner.scripts, [
    'iptables -I f2b-x 1 -s 192.0.2.1 -j DROP',
    'iptables -I f2b-x 1 -s 192.0.2.2 -j DROP',
    'iptables -I f2b-x 1 -s 2001:db8::1 -j REJECT',
  ]);
});

test('also where the configuration has filled it into the commands, and with options', async () => {
  const { action, runner } = testAction({
    actionban: 'iptables -A x-TARPIT -s <ip> -j TARPIT --tarpit -m y',
    blocktype: 'TARPIT --tarpit',
  });
  await action.ban([item('192.0.2.1')]);
  assert.deepEqual(runner.scripts, ['iptables -A x-TARPIT -s 192.0.2.1 -j DROP -m y']);
});

test('nft spells it drop', async () => {
  const { action, runner } = testAction({
    actionstart: 'nft add rule x tarpit',
    blocktype: 'tarpit',
    nftables: 'nft',
  });
  await action.start();
  assert.deepEqual(runner.scripts, ['nft add rule x drop']);
});

test('every tool has its own word for it', async () => {
  for (const [command, ban] of [
    ['ufw prepend <blocktype> from <ip> to any', 'ufw prepend deny from 192.0.2.1 to any'],
    ['ip route add <blocktype> <ip>', 'ip route add blackhole 192.0.2.1'],
    ['shorewall <blocktype> <ip>', 'shorewall drop 192.0.2.1'],
  ] as const) {
    const { action, runner } = testAction({ actionban: command, blocktype: 'TARPIT' });
    await action.ban([item('192.0.2.1')]);
    assert.deepEqual(runner.scripts, [ban]);
  }
});

test('what was set is what is shown', () => {
  const { action } = testAction({ blocktype: 'TARPIT' });
  assert.equal(action.properties.all().get('blocktype'), 'TARPIT');
});

test('commands that name the kernel’s TARPIT themselves are left alone', async () => {
  const { action, runner, logger } = testAction({
    actionban: 'iptables -A x -p tcp -j TARPIT',
    blocktype: 'DROP',
  });
  await action.ban([item('192.0.2.1')]);
  assert.deepEqual(runner.scripts, ['iptables -A x -p tcp -j TARPIT']);
  assert.deepEqual(logger.lines, []);
});
