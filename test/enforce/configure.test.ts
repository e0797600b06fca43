import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EnforcerBench, settings } from './bench.ts';

const firewall = {
  actionstart: 'fw start <port>',
  actionstop: 'fw stop <port>',
  actionflush: 'fw flush',
  actionban: 'fw ban <ip>',
  actionunban: 'fw unban <ip>',
  port: '22',
};
const mail = { actionstart: 'mail start', actionban: 'mail <ip> <dest>', norestored: true, dest: 'root' };

test('the same settings change nothing', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, mail });
  await bench.ban('192.0.2.1');
  bench.runner.take();
  assert.deepEqual(await bench.configure({ fw: { ...firewall }, mail: { ...mail } }), []);
  await bench.enforcer.idle();
  assert.deepEqual(bench.runner.take(), []);
});

test('an action that is gone ends its bans and stops', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, mail });
  await bench.ban('192.0.2.1');
  bench.runner.take();
  await bench.configure({ mail });
  assert.deepEqual(bench.runner.take(), ['fw flush', 'fw stop 22']);
  assert.deepEqual(bench.enforcer.actionNames(), ['mail']);
  await bench.ban('192.0.2.2');
  assert.deepEqual(bench.runner.take(), ['mail 192.0.2.2 root']);
});

test('a new action starts and takes over the bans in force, as restored ones', async () => {
  const bench = await EnforcerBench.start({});
  await bench.ban('192.0.2.1', '192.0.2.2');
  await bench.configure({ fw: firewall, mail });
  await bench.enforcer.idle();
  assert.deepEqual(bench.commands('fw'), ['fw start 22', 'fw ban 192.0.2.1', 'fw ban 192.0.2.2']);
  assert.deepEqual(bench.commands('mail'), ['mail start']);
});

test('the order of the actions is that of the settings', async () => {
  const bench = await EnforcerBench.start({ mail, fw: firewall });
  await bench.configure({ fw: firewall, mail });
  bench.runner.take();
  await bench.ban('192.0.2.1');
  assert.deepEqual(bench.runner.take(), ['fw ban 192.0.2.1', 'mail 192.0.2.1 root']);
});

test('an action that enforces something else now is stopped with the old commands and started with the new', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  await bench.ban('192.0.2.1');
  bench.runner.take();
  await bench.configure({ fw: { ...firewall, port: '2222' } });
  await bench.enforcer.idle();
  assert.deepEqual(bench.runner.take(), ['fw flush', 'fw stop 22', 'fw start 2222', 'fw ban 192.0.2.1']);
});

test('actionreload takes the place of that', async () => {
  const bench = await EnforcerBench.start({ fw: { ...firewall, actionreload: 'fw reload' } });
  await bench.ban('192.0.2.1');
  bench.runner.take();
  await bench.configure({ fw: { ...firewall, actionreload: 'fw reload <port>', port: '2222' } });
  await bench.enforcer.idle();
  assert.deepEqual(bench.runner.take(), ['fw reload 2222']);
});

test('a change that concerns nothing in force runs no command', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, mail });
  await bench.ban('192.0.2.1');
  bench.runner.take();
  await bench.configure({ fw: { ...firewall, timeout: '10' }, mail: { ...mail, dest: 'admin' } });
  await bench.enforcer.idle();
  assert.deepEqual(bench.runner.take(), []);
  await bench.ban('192.0.2.2');
  assert.deepEqual(bench.runner.take(), ['fw ban 192.0.2.2', 'mail 192.0.2.2 admin']);
});

test('a bad property costs that action alone, which goes on as it was', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, mail });
  const problems = await bench.configure({ fw: { ...firewall, timeout: 'soon' }, mail });
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['ACTION_TIMEOUT'],
  );
  await bench.ban('192.0.2.1');
  assert.deepEqual(bench.commands('fw').at(-1), 'fw ban 192.0.2.1');
  assert.equal(bench.enforcer.isDegraded, true);
});

test('a Python action is refused with its reason, and the others of the jail work', async () => {
  const bench = new EnforcerBench();
  const actions = [
    settings('fw', firewall),
    { ...settings('other', {}), pythonFile: '/etc/fail2ban/action.d/badips.py' },
    { ...settings('own', {}), pythonFile: '/etc/fail2ban/action.d/own.py' },
  ];
  const problems = await bench.enforcer.configure(actions);
  assert.deepEqual(
    problems.map(({ code, jail }) => [code, jail]),
    [
      ['ACTION_PYTHON', 'sshd'],
      ['ACTION_PYTHON', 'sshd'],
    ],
  );
  await bench.enforcer.start();
  await bench.ban('192.0.2.1');
  assert.deepEqual(bench.runner.scripts, ['fw start 22', 'fw ban 192.0.2.1']);
  assert.deepEqual([...bench.enforcer.problems().keys()], ['other', 'own']);
  assert.equal(bench.enforcer.isDegraded, true);
  await bench.enforcer.configure(actions);
  const told = bench.logger.lines.filter((line) => line.includes('own.py'));
  assert.equal(told.length, 1, 'told once, not at each change');
  await bench.enforcer.configure([settings('fw', firewall)]);
  assert.equal(bench.enforcer.isDegraded, false);
});

test('two actions of one name are refused', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  await assert.rejects(bench.enforcer.addAction(settings('fw', {})), { code: 'DUPLICATE_ACTION' });
});

test('an action that is added to a running jail and described afterwards starts with its first ban', async () => {
  const bench = await EnforcerBench.start({});
  await bench.enforcer.addAction(settings('fw', {}));
  for (const [name, value] of Object.entries(firewall)) bench.enforcer.setProperty('fw', name, value);
  await bench.ban('192.0.2.1');
  assert.deepEqual(bench.runner.take(), ['fw start 22', 'fw ban 192.0.2.1']);
  await bench.enforcer.removeAction('fw');
  assert.deepEqual(bench.runner.take(), ['fw flush', 'fw stop 22']);
  await assert.rejects(bench.enforcer.removeAction('fw'), { code: 'ACTION_UNKNOWN' });
});
