import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EnforcerBench } from './bench.ts';
import { ban } from './harness.ts';

const firewall = {
  actionstart: 'fw start',
  actionstop: 'fw stop',
  actionflush: 'fw flush',
  actioncheck: 'fw check',
  actionban: 'fw ban <ip>',
  actionunban: 'fw unban <ip>',
};
const mail = { actionstart: 'mail start', actionstop: 'mail stop', actionban: 'mail <ip>', norestored: true };
const hosts = { actionban: 'hosts ban <ip>', actionunban: 'hosts unban <ip>' };

test('decisions reach the actions in their order', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, mail });
  await bench.ban('192.0.2.1', '192.0.2.2');
  await bench.unban('manual', '192.0.2.1');
  assert.deepEqual(bench.commands('fw'), [
    'fw start',
    'fw ban 192.0.2.1',
    'fw ban 192.0.2.2',
    'fw unban 192.0.2.1',
  ]);
  assert.deepEqual(bench.commands('mail'), ['mail start', 'mail 192.0.2.1', 'mail 192.0.2.2']);
  const all = bench.runner.scripts;
  for (const ip of ['192.0.2.1', '192.0.2.2']) {
    assert.ok(all.indexOf(`fw ban ${ip}`) < all.indexOf(`mail ${ip}`), 'the first action goes first');
  }
});

test('a slow action holds up nobody before it', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, mail });
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  bench.runner.onRun = (script) => (script.startsWith('mail 1') ? held : undefined);
  const done = bench.ban('192.0.2.1', '192.0.2.2', '192.0.2.3');
  await bench.untilRan('fw ban 192.0.2.3');
  assert.deepEqual(bench.commands('mail'), ['mail start', 'mail 192.0.2.1']);
  assert.equal(bench.enforcer.status()[1]?.waiting, 2);
  release();
  await done;
  assert.deepEqual(bench.commands('mail').slice(1), ['mail 192.0.2.1', 'mail 192.0.2.2', 'mail 192.0.2.3']);
});

test('an action that fails stops no other, shows in the status, and recovers', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, hosts });
  bench.runner.exitCode = (script) => (script.startsWith('fw') ? 2 : 0);
  await bench.ban('192.0.2.1');
  assert.deepEqual(bench.commands('hosts'), ['hosts ban 192.0.2.1']);
  assert.equal(bench.enforcer.isDegraded, true);
  assert.match(bench.enforcer.problems().get('fw')!, /^Error .*: tool says no$/);
  assert.ok(
    bench.logger.lines.some((line) =>
      line.startsWith(
        "ERROR fail2ban.actions Failed to execute ban jail 'sshd' action 'fw' info 'ActionInfo({'ip': '192.0.2.1'",
      ),
    ),
  );
  bench.runner.exitCode = () => 0;
  await bench.ban('192.0.2.2');
  assert.equal(bench.enforcer.isDegraded, false);
});

test('an action that does not start is told of, and the others start', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, mail }, (runner) => {
    runner.exitCode = (script) => (script.startsWith('fw') ? 1 : 0);
  });
  assert.deepEqual(bench.commands('mail'), ['mail start']);
  assert.ok(
    bench.logger.lines.includes(
      "ERROR fail2ban.actions Failed to start jail 'sshd' action 'fw': Error starting action Jail('sshd')/fw: 'Script error'",
    ),
  );
});

test('restored bans do not reach an action with norestored, now or when they are prolonged', async () => {
  const bench = await EnforcerBench.start({
    fw: firewall,
    mail: { ...mail, actionprolong: 'mail longer <ip>' },
  });
  await bench.restore('192.0.2.1');
  bench.enforcer.apply([{ kind: 'prolong', ban: ban('192.0.2.1', { banTimeSec: 1200 }) }]);
  await bench.ban('192.0.2.2');
  bench.enforcer.apply([{ kind: 'prolong', ban: ban('192.0.2.2', { banTimeSec: 1200 }) }]);
  await bench.enforcer.idle();
  assert.deepEqual(bench.commands('fw').slice(1), ['fw ban 192.0.2.1', 'fw ban 192.0.2.2']);
  assert.deepEqual(bench.commands('mail').slice(1), ['mail 192.0.2.2', 'mail longer 192.0.2.2']);
});

test('a ban that is prolonged for another reason than increment runs no command', async () => {
  const bench = await EnforcerBench.start({ fw: { ...firewall, actionprolong: 'fw longer <ip> <bantime>' } });
  await bench.ban('192.0.2.1');
  bench.enforcer.apply([
    { kind: 'prolong', ban: ban('192.0.2.1', { banTimeSec: 700 }), cause: 'repeat' },
    { kind: 'prolong', ban: ban('192.0.2.1', { banTimeSec: 800 }) },
  ]);
  await bench.enforcer.idle();
  assert.deepEqual(bench.commands('fw').slice(2), ['fw longer 192.0.2.1 800']);
});

test('when everybody is unbanned one flush does it, else each is unbanned', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, hosts });
  await bench.ban('192.0.2.1', '192.0.2.2', '192.0.2.3');
  await bench.unban('manual', '192.0.2.1', '192.0.2.2', '192.0.2.3');
  assert.deepEqual(bench.commands('fw').slice(4), ['fw flush']);
  assert.deepEqual(bench.commands('hosts').slice(3), [
    'hosts unban 192.0.2.1',
    'hosts unban 192.0.2.2',
    'hosts unban 192.0.2.3',
  ]);
  assert.ok(bench.logger.lines.includes('NOTICE fail2ban.actions [sshd] Flush ticket(s) with fw'));
  await bench.ban('192.0.2.1', '192.0.2.2');
  await bench.unban('expired', '192.0.2.1', '192.0.2.2');
  assert.deepEqual(bench.commands('fw').slice(7), ['fw unban 192.0.2.1', 'fw unban 192.0.2.2']);
});

test('stop flushes, or unbans one by one, and stops in reverse order', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, hosts, mail });
  await bench.ban('192.0.2.1', '192.0.2.2');
  bench.runner.take();
  await bench.enforcer.stop({ keepBans: false });
  assert.deepEqual(bench.runner.take(), [
    'fw flush',
    'hosts unban 192.0.2.1',
    'hosts unban 192.0.2.2',
    'mail stop',
    'fw stop',
  ]);
  bench.enforcer.apply([{ kind: 'unban', ban: ban('192.0.2.1'), reason: 'stop' }]);
  await bench.enforcer.idle();
  assert.deepEqual(bench.runner.take(), [], 'nothing runs after the stop');
});

test('a flush that fails leads to a check that repairs nothing, and to single unbans where all is sane', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  await bench.ban('192.0.2.1', '192.0.2.2');
  bench.runner.take();
  bench.runner.exitCode = (script) => (script === 'fw flush' ? 1 : 0);
  await bench.enforcer.stop({ keepBans: false });
  assert.deepEqual(bench.runner.take(), [
    'fw flush',
    'fw check',
    'fw unban 192.0.2.1',
    'fw unban 192.0.2.2',
    'fw stop',
  ]);
  assert.ok(bench.logger.lines.includes('INFO fail2ban.actions No flush occurred, do consistency check'));
});

test('a broken environment is not repaired to be stopped', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  await bench.ban('192.0.2.1');
  bench.runner.take();
  bench.runner.exitCode = (script) => (script === 'fw stop' ? 0 : 1);
  await bench.enforcer.stop({ keepBans: false });
  assert.deepEqual(bench.runner.take(), ['fw flush', 'fw check', 'fw stop']);
  assert.ok(
    bench.logger.lines.includes('ERROR fail2ban.CommandAction Invariant check failed. Flush is impossible.'),
  );
});

test('what waits when the jail stops is dropped', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  bench.runner.onRun = () => new Promise((resolve) => setImmediate(resolve));
  const banning = bench.ban('192.0.2.1', '192.0.2.2', '192.0.2.3');
  await bench.untilRan('fw ban 192.0.2.1');
  await bench.enforcer.stop({ keepBans: false });
  await banning;
  assert.deepEqual(bench.commands('fw'), ['fw start', 'fw ban 192.0.2.1', 'fw flush', 'fw stop']);
});

test('properties and methods of an action, by the names of the protocol', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, mail });
  const { enforcer } = bench;
  assert.deepEqual(enforcer.actionNames(), ['fw', 'mail']);
  assert.equal(enforcer.properties('fw').get('timeout'), 60);
  assert.equal(enforcer.properties('fw').get('actionban'), 'fw ban <ip>');
  enforcer.setProperty('fw', 'actionban', 'fw drop <ip>');
  assert.equal(await enforcer.call('fw', 'ban', { aInfo: { ip: '192.0.2.9' } }), null);
  assert.equal(await enforcer.call('fw', 'consistencyCheck', {}), true);
  assert.equal(await enforcer.call('fw', 'flush', {}), true);
  assert.equal(await enforcer.call('fw', 'stop', {}), true);
  assert.deepEqual(bench.commands('fw').slice(1), ['fw drop 192.0.2.9', 'fw check', 'fw flush', 'fw stop']);
  assert.throws(() => enforcer.properties('none'), { code: 'ACTION_UNKNOWN' });
  await assert.rejects(enforcer.call('fw', 'executeCmd', {}), { code: 'ACTION_METHOD' });
  await assert.rejects(enforcer.call('fw', 'ban', {}), { code: 'ACTION_ARGUMENTS' });
  bench.runner.exitCode = () => 1;
  await assert.rejects(enforcer.call('fw', 'start', {}), { code: 'ACTION_FAILED' });
});

test('each step is reported', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  await bench.ban('192.0.2.1');
  await bench.unban('manual', '192.0.2.1');
  await bench.enforcer.stop({ keepBans: false });
  assert.deepEqual(
    bench.outcomes.map(({ step, id, ok }) => [step, id, ok]),
    [
      ['start', undefined, true],
      ['ban', '192.0.2.1', true],
      ['unban', '192.0.2.1', true],
      ['flush', undefined, true],
      ['stop', undefined, true],
    ],
  );
});
