import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readConfiguration } from '../../src/config/index.ts';
import { checkValues } from '../../src/daemon/check-values.ts';
import { TestDaemon, TestHome } from '../support/daemon.ts';

async function started(context: TestContext, settings: string): Promise<TestDaemon> {
  const home = new TestHome(context);
  home.write('jail.d/more.conf', `[app]\nmaxretry = 2\n${settings}\n`);
  return new TestDaemon(home).start();
}

test('a jail with prefixes bans networks, shows them, and ends them for an address within', async (context) => {
  const daemon = await started(context, 'banprefix4 = 24\nbanprefix6 = 64');
  daemon.fail('203.0.113.1');
  daemon.fail('203.0.113.2');
  daemon.fail('2001:db8::1');
  daemon.fail('2001:db8::2');
  assert.deepEqual(await daemon.run('get', 'app', 'banip'), ['203.0.113.0/24', '2001:db8::/64']);
  assert.match(JSON.stringify(await daemon.run('status', 'app')), /"203\.0\.113\.0\/24"/);
  assert.deepEqual(await daemon.run('get', 'app', 'banned', '203.0.113.77', '203.0.112.1'), [1, 0]);
  assert.deepEqual(await daemon.run('get', 'app', 'banned', '203.0.113.0/25'), 1);
  assert.deepEqual(await daemon.run('banned', '2001:db8::9', '192.0.2.1'), [['app'], []]);
  assert.equal(await daemon.run('unban', '203.0.113.77'), 1);
  assert.equal(await daemon.run('set', 'app', 'unbanip', '--report-absent', '2001:db8::77'), 1);
  assert.deepEqual(await daemon.run('get', 'app', 'banip'), []);
  assert.deepEqual(
    daemon.home.acts().filter((act) => act.includes('203.')),
    ['ban app 203.0.113.0/24', 'unban app 203.0.113.0/24'],
  );
});

test('networks that are banned by prefix come back after a restart, and so do their counts', async (context) => {
  const home = new TestHome(context);
  home.write('jail.d/more.conf', '[app]\nbanprefix4 = 24\n');
  const daemon = await new TestDaemon(home).start();
  for (const last of [1, 2, 3]) daemon.fail(`203.0.113.${last}`);
  for (const last of [1, 2]) daemon.fail(`192.0.2.${last}`);
  await daemon.stop();
  const again = await new TestDaemon(home, daemon.clock).start();
  assert.deepEqual(await again.run('get', 'app', 'banip'), ['203.0.113.0/24']);
  again.fail('192.0.2.3');
  assert.deepEqual(await again.run('get', 'app', 'banip'), ['203.0.113.0/24', '192.0.2.0/24']);
});

test('prefixes and escalation change at run time, and a bad value changes nothing', async (context) => {
  const daemon = await started(context, '');
  assert.equal(await daemon.run('get', 'app', 'banprefix4'), null);
  assert.equal(await daemon.run('set', 'app', 'banprefix4', '24'), 24);
  for (const [option, value] of [
    ['banprefix4', '7'],
    ['banprefix4', '33'],
    ['banprefix6', '15'],
    ['banprefix6', 'wide'],
    ['banprefix.escalate', '1'],
  ] as const) {
    await assert.rejects(daemon.run('set', 'app', option, value), { code: 'COMMAND_VALUE' });
  }
  daemon.fail('203.0.113.1');
  daemon.fail('203.0.113.2');
  assert.deepEqual(await daemon.run('get', 'app', 'banip'), ['203.0.113.0/24']);
  await daemon.run('set', 'app', 'banprefix.escalate', '2');
  for (const last of [1, 1, 2, 2]) daemon.fail(`192.0.2.${last}`);
  assert.deepEqual(await daemon.run('get', 'app', 'banip'), [
    '203.0.113.0/24',
    '192.0.2.1',
    '192.0.2.2',
    '192.0.2.0/24',
  ]);
  assert.equal(await daemon.run('set', 'app', 'banprefix.escalate', '0'), null);
  assert.equal(await daemon.run('set', 'app', 'banprefix4', ''), null);
});

test('a prefix that cannot be used costs the option, not the jail, and is told with file and line', async (context) => {
  const home = new TestHome(context);
  home.write('jail.d/more.conf', '[app]\nbanprefix4 = 4\nbanprefix6 = wide\n');
  const errors = checkValues(readConfiguration({ layers: [home.path] }));
  assert.deepEqual(
    errors.map(({ code, jail, line, message }) => [code, jail, line, message]),
    [['CONFIG_WRONG_VALUE', 'app', 2, 'banprefix4 must be from 8 to 32']],
  );
  const daemon = await new TestDaemon(home).start();
  daemon.fail('203.0.113.1', 3);
  assert.deepEqual(await daemon.run('get', 'app', 'banip'), ['203.0.113.1']);
});

test('a configuration that names no prefix sends none', (context) => {
  const home = new TestHome(context);
  const options = (): string[] =>
    readConfiguration({ layers: [home.path] }).jails.flatMap(({ commands }) =>
      commands.map(({ args }) => String(args[2])).filter((option) => option.startsWith('banprefix')),
    );
  assert.deepEqual(options(), []);
  home.write('jail.d/more.conf', '[DEFAULT]\nbanprefix6 = 64\nbanprefix.escalate = 5\n');
  assert.deepEqual(options(), ['banprefix6', 'banprefix.escalate']);
});

test('networks are taken by ban, banip, attempt and ignoreip, in every notation', async (context) => {
  const daemon = await started(context, 'ignoreip = 198.51.100.0/255.255.255.0 2001:db8:5::/48');
  assert.equal(await daemon.run('ban', '203.0.113.9/24', '2001:DB8:1::1/64'), 2);
  assert.deepEqual(await daemon.run('banned', '203.0.113.0/24', '2001:db8:1::77'), [['manual'], ['manual']]);
  assert.equal(await daemon.run('set', 'app', 'banip', '192.0.2.77/255.255.255.240'), 1);
  await daemon.run('set', 'app', 'attempt', '192.0.3.1/28', 'one', 'two');
  assert.deepEqual(await daemon.run('get', 'app', 'banip'), ['192.0.2.64/28', '192.0.3.0/28']);
  for (const ip of ['198.51.100.7', '2001:db8:5:6::7']) daemon.fail(ip, 5);
  assert.equal(await daemon.run('get', 'app', 'banned', '198.51.100.7'), 0);
  await daemon.run('set', 'app', 'addignoreip', '203.0.113.5/24');
  daemon.fail('203.0.113.9', 5);
  assert.deepEqual(await daemon.run('get', 'app', 'banned', '203.0.113.9', '2001:db8:5:6::7'), [0, 0]);
  assert.equal(await daemon.run('unban', '203.0.113.9'), 0, 'what was banned by hand has its own name');
  assert.match(daemon.home.read('fail2ban.log'), /203\.0\.113\.9 stays banned with 203\.0\.113\.0\/24/);
  assert.equal(await daemon.run('unban', '203.0.113.0/24'), 1);
});
