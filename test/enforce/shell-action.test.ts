import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ban, item, testAction } from './harness.ts';

const conditional = {
  actionstart: 'start <tool>',
  actionstop: 'stop <tool>',
  actionflush: 'flush <tool>',
  actioncheck: 'check <tool>',
  actionban: 'ban <ip> <tool>',
  actionunban: 'unban <ip> <tool>',
  tool: 'four',
  'tool?family=inet6': 'six',
};
const plain = {
  actionstart: 'start',
  actionstop: 'stop',
  actionflush: 'flush',
  actioncheck: 'check',
  actionban: 'ban <ip>',
  actionunban: 'unban <ip>',
};

test('an action without families starts with the jail', async () => {
  const { action, runner } = testAction(plain);
  assert.equal((await action.start()).ok, true);
  await action.ban([item('192.0.2.1'), item('2001:db8::1')]);
  assert.deepEqual(runner.scripts, ['start', 'ban 192.0.2.1', 'ban 2001:db8::1']);
});

test('an action with families starts on demand, each family at its first ban', async () => {
  const { action, runner } = testAction(conditional);
  await action.start();
  assert.deepEqual(runner.take(), []);
  await action.ban([item('2001:db8::1'), item('2001:db8::2'), item('192.0.2.1')]);
  assert.deepEqual(runner.take(), [
    'start six',
    'ban 2001:db8::1 six',
    'ban 2001:db8::2 six',
    'start four',
    'ban 192.0.2.1 four',
  ]);
});

test('actionstart_on_demand decides, where it is set', async () => {
  const eager = testAction({ ...conditional, actionstart_on_demand: false });
  await eager.action.start();
  assert.deepEqual(eager.runner.scripts, ['start four', 'start six']);
  const lazy = testAction({ ...plain, actionstart_on_demand: true });
  await lazy.action.start();
  assert.deepEqual(lazy.runner.scripts, []);
});

test('without IPv6 an action with families starts only the one', async () => {
  const { action, runner } = testAction(
    { ...conditional, actionstart_on_demand: 'false' },
    { allowIpv6: false },
  );
  await action.start();
  assert.deepEqual(runner.scripts, ['start four']);
});

test('an id that is no address starts every family of an action on demand', async () => {
  const { action, runner } = testAction(conditional);
  await action.ban([item('some one')]);
  assert.deepEqual(runner.take(), ['start four', 'start six', 'f2bV_ip=$0 \nban $f2bV_ip four']);
});

test('a command that is the same for both families runs once', async () => {
  const { action, runner } = testAction({ ...conditional, actionstart: 'start', actionstop: 'stop' });
  await action.ban([item('192.0.2.1'), item('2001:db8::1')]);
  assert.deepEqual(runner.take(), ['start', 'ban 192.0.2.1 four', 'ban 2001:db8::1 six']);
  await action.flush();
  await action.stop();
  assert.deepEqual(runner.take(), ['flush four', 'flush six', 'stop']);
  await action.ban([item('192.0.2.1')]);
  assert.deepEqual(runner.take(), ['start', 'ban 192.0.2.1 four']);
});

test('only what was started is stopped, and only what holds bans is flushed or unbanned', async () => {
  const { action, runner } = testAction(conditional);
  await action.unban([item('192.0.2.1')]);
  await action.flush();
  await action.stop();
  assert.deepEqual(runner.take(), []);
  await action.ban([item('192.0.2.1')]);
  await action.flush();
  runner.take();
  await action.unban([item('192.0.2.1')]);
  await action.stop();
  assert.deepEqual(runner.take(), ['stop four']);
});

test('actioncheck does not run as long as commands work', async () => {
  const { action, runner } = testAction(conditional);
  await action.ban([item('192.0.2.1')]);
  await action.unban([item('192.0.2.1')]);
  assert.equal(runner.scripts.includes('check four'), false);
});

test('after a failure the check runs; where it is fine the command runs once more', async () => {
  const { action, runner } = testAction(conditional);
  let fails = 1;
  runner.exitCode = (script) => (script.startsWith('ban') && fails-- > 0 ? 1 : 0);
  const [outcome] = await action.ban([item('192.0.2.1')]);
  assert.equal(outcome?.ok, true);
  assert.deepEqual(runner.scripts, ['start four', 'ban 192.0.2.1 four', 'check four', 'ban 192.0.2.1 four']);
  assert.equal(action.lossesOf(ban('192.0.2.1')), 0);
});

test('a broken environment is stopped and started, checked, and the command runs once more', async () => {
  const { action, runner, logger } = testAction(conditional);
  await action.ban([item('192.0.2.1')]);
  runner.take();
  let isBroken = true;
  runner.exitCode = (script) => {
    if (script.startsWith('start')) isBroken = false;
    return isBroken && !script.startsWith('stop') ? 1 : 0;
  };
  const [outcome] = await action.ban([item('192.0.2.2')]);
  assert.equal(outcome?.ok, true);
  assert.deepEqual(runner.take(), [
    'ban 192.0.2.2 four',
    'check four',
    'stop four',
    'start four',
    'check four',
    'ban 192.0.2.2 four',
  ]);
  assert.deepEqual(logger.lines, [
    'ERROR fail2ban.CommandAction Invariant check failed. Trying to restore a sane environment',
  ]);
  assert.equal(action.lossesOf(ban('192.0.2.1')), 1, 'what was banned before is lost');
  assert.equal(action.lossesOf(ban('2001:db8::1')), 0, 'the other family is not concerned');
});

test('actionrepair takes the place of stop and start', async () => {
  const { action, runner } = testAction({ ...conditional, actionrepair: 'repair <tool>' });
  await action.ban([item('192.0.2.1')]);
  runner.take();
  let isBroken = true;
  runner.exitCode = (script) => {
    if (script === 'repair four') isBroken = false;
    return isBroken ? 1 : 0;
  };
  await action.ban([item('192.0.2.2')]);
  assert.deepEqual(runner.take(), [
    'ban 192.0.2.2 four',
    'check four',
    'repair four',
    'check four',
    'ban 192.0.2.2 four',
  ]);
});

test('an environment that cannot be repaired is a failure with the tool’s words, and started anew next time', async () => {
  const { action, runner, logger } = testAction(conditional);
  await action.ban([item('192.0.2.1')]);
  runner.exitCode = () => 1;
  const [outcome] = await action.ban([item('192.0.2.2')]);
  assert.equal(outcome?.ok, false);
  assert.equal(outcome?.error, 'tool says no');
  assert.equal(outcome?.reason, "Error starting action Jail('sshd')/act: 'Script error'");
  assert.ok(logger.lines.includes('CRITICAL fail2ban.CommandAction Unable to restore environment'));
  runner.exitCode = () => 0;
  runner.take();
  assert.equal((await action.ban([item('192.0.2.2')]))[0]?.ok, true);
  assert.deepEqual(runner.take(), ['start four', 'ban 192.0.2.2 four']);
});

test('an unban repairs nothing, unless actionrepair_on_unban says so', async () => {
  const { action, runner, logger } = testAction(conditional);
  await action.ban([item('192.0.2.1')]);
  runner.take();
  runner.exitCode = () => 1;
  const [outcome] = await action.unban([item('192.0.2.1')]);
  assert.deepEqual(runner.take(), ['unban 192.0.2.1 four', 'check four']);
  assert.equal(outcome?.reason, 'Error unbanning 192.0.2.1');
  assert.deepEqual(logger.lines, [
    'ERROR fail2ban.CommandAction Invariant check failed. Unban is impossible.',
  ]);

  const keen = testAction({ ...conditional, actionrepair_on_unban: true });
  await keen.action.ban([item('192.0.2.1')]);
  keen.runner.take();
  keen.runner.exitCode = (script) => (script.startsWith('start') || script.startsWith('stop') ? 0 : 1);
  await keen.action.unban([item('192.0.2.1')]);
  // What starts on demand is cleared away for it; the next ban starts it.
  assert.deepEqual(keen.runner.take(), [
    'unban 192.0.2.1 four',
    'check four',
    'stop four',
    'unban 192.0.2.1 four',
  ]);
});

test('without actioncheck a command that failed simply runs once more', async () => {
  const { action, runner } = testAction({ actionban: 'ban <ip>' });
  runner.exitCode = () => 1;
  const [outcome] = await action.ban([item('192.0.2.1')]);
  assert.deepEqual(runner.take(), ['ban 192.0.2.1', 'ban 192.0.2.1']);
  assert.deepEqual(
    { ...outcome, durationMs: 0 },
    {
      jail: 'sshd',
      action: 'act',
      step: 'ban',
      id: '192.0.2.1',
      ok: false,
      exitCode: 1,
      durationMs: 0,
      reason: 'Error banning 192.0.2.1',
      error: 'tool says no',
    },
  );
});

test('a start that fails is cleared up after once, since an earlier run may have left something', async () => {
  const { action, runner } = testAction(conditional);
  let leftover = true;
  runner.exitCode = (script) => {
    if (script.startsWith('stop')) leftover = false;
    return leftover ? 1 : 0;
  };
  assert.equal((await action.ban([item('192.0.2.1')]))[0]?.ok, true);
  assert.deepEqual(runner.take(), ['start four', 'stop four', 'start four', 'ban 192.0.2.1 four']);
});

test('a start that fails for good is tried again at the next ban, without clearing up each time', async () => {
  const { action, runner } = testAction(conditional);
  runner.exitCode = () => 1;
  await action.ban([item('192.0.2.1')]);
  assert.deepEqual(runner.take(), ['start four', 'stop four', 'start four']);
  await action.ban([item('192.0.2.2')]);
  assert.deepEqual(runner.take(), ['start four']);
});

test('an action without families whose start failed bans all the same', async () => {
  const { action, runner } = testAction({ actionstart: 'start', actionban: 'ban <ip>' });
  runner.exitCode = (script) => (script === 'start' ? 1 : 0);
  const outcome = await action.start();
  assert.equal(outcome.reason, "Error starting action Jail('sshd')/act: 'Script error'");
  assert.equal((await action.ban([item('192.0.2.1')]))[0]?.ok, true);
  assert.deepEqual(runner.take(), ['start', 'start', 'ban 192.0.2.1']);
});

test('actionreban is used for a ban that is made again, actionban where there is none', async () => {
  const both = testAction({ ...plain, actionreban: 'again <ip>' });
  await both.action.reban([item('192.0.2.1')]);
  assert.equal(both.runner.scripts.at(-1), 'again 192.0.2.1');
  const one = testAction(plain);
  await one.action.reban([item('192.0.2.1')]);
  assert.equal(one.runner.scripts.at(-1), 'ban 192.0.2.1');
});

test('the check of everything that was started reports what stays broken', async () => {
  const { action, runner } = testAction(conditional);
  await action.ban([item('192.0.2.1'), item('2001:db8::1')]);
  runner.take();
  assert.equal((await action.check(true)).ok, true);
  assert.deepEqual(runner.take(), ['check four', 'check six']);
  runner.exitCode = (script) => (script.endsWith('six') ? 1 : 0);
  assert.equal((await action.check(true)).ok, false);
  assert.deepEqual(runner.take(), ['check four', 'check six', 'stop six', 'start six']);
});

test('properties change what runs next; timeout is a time, bantime is not theirs to set', async () => {
  const { action, runner } = testAction({ actionban: 'ban <ip> <bantime> <x>', x: '1', timeout: '2m' });
  await action.ban([item('192.0.2.1')]);
  action.properties.set('x', '2');
  action.properties.set('bantime', '77');
  action.properties.set('timeout', 5);
  await action.ban([item('192.0.2.1')]);
  assert.deepEqual(runner.scripts, ['ban 192.0.2.1 600 1', 'ban 192.0.2.1 600 2']);
  assert.deepEqual(
    runner.ran.map(({ timeoutSec }) => timeoutSec),
    [120, 5],
  );
  assert.throws(() => action.properties.set('timeout', 'soon'), { code: 'ACTION_TIMEOUT' });
});

test('a circle of properties is the failure of the commands, with its reason', async () => {
  const { action, runner } = testAction({ actionban: 'ban <a>', a: '<b>', b: '<a>' });
  const [outcome] = await action.ban([item('192.0.2.1')]);
  assert.match(outcome?.reason ?? '', /refers to itself.*\[ACTION_TAG_CYCLE\]/);
  assert.deepEqual(runner.take(), []);
});

test('adopting starts the families that hold bans, and lists what is there afterwards', async () => {
  const { action, runner } = testAction({ ...conditional, actionlist: 'list <tool>' });
  runner.output = (script) => (script === 'list four' ? '192.0.2.1/32\n 192.0.2.0/24 \n\n192.0.2.1\n' : '');
  assert.deepEqual(await action.adopt(), ['192.0.2.1', '192.0.2.0/24']);
  assert.deepEqual(runner.take(), ['list four', 'start four', 'list four', 'list six']);
  await action.unban([item('192.0.2.1')]);
  assert.deepEqual(runner.take(), ['unban 192.0.2.1 four']);
});
