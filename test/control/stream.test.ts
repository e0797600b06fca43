import assert from 'node:assert/strict';
import test from 'node:test';
import { WarderError } from '../../src/base/index.ts';
import { bench, jailBench } from '../support/dispatcher-bench.ts';

test('a stream builds jails; one with an error does not cost the others', async () => {
  const { run, server } = bench();
  const answer = await run('server-stream', [
    ['set', 'loglevel', 'DEBUG'],
    ['set', 'thread', new Map([['stacksize', 0]])],
    ['add', 'good', 'auto'],
    ['set', 'good', 'maxretry', 9],
    ['add', 'bad', 'auto'],
    ['multi-set', 'bad', 'addfailregex', ['((']],
    ['set', 'bad', 'maxretry', 9],
    ['config-error', 'something else'],
    ['start', 'good'],
    ['start', 'bad'],
  ]);
  assert.match(answer, /^Exception\('.*bad: unbalanced parenthesis/);
  assert.equal(server.jail('good').started, true);
  assert.equal(server.jail('bad').started, false);
  assert.equal(server.jail('bad').option('maxRetry'), 3);
  assert.deepEqual(server.events, [
    'add good auto',
    'add bad auto',
    'config-error something else',
    'start good',
    'failed bad',
  ]);
});

test('the daemon applies its own configuration and learns where an error was written', async () => {
  const { dispatcher, server } = bench();
  const failed = await dispatcher.applyStream([
    { args: ['add', 'sshd', 'auto'] },
    { args: ['set', 'sshd', 'maxlines', 'many'], origin: { file: '/etc/fail2ban/jail.conf', line: 12 } },
  ]);
  assert.equal(failed.length, 1);
  assert.deepEqual(failed[0]?.origin, { file: '/etc/fail2ban/jail.conf', line: 12 });
  assert.ok(failed[0]?.error instanceof WarderError);
  assert.equal(server.events.at(-1), 'failed sshd@12');
});

test('a reload begins, applies and ends, also when a jail has an error', async () => {
  const { run, server } = await jailBench();
  assert.equal(
    await run(
      'reload',
      '--all',
      ['--restart', '--unban'],
      [
        ['add', 'web', 'auto'],
        ['start', 'web'],
      ],
    ),
    "'OK'",
  );
  assert.match(
    await run(
      'reload',
      'web',
      ['--if-exists'],
      [
        ['add', 'web', 'auto'],
        ['set', 'web', 'maxlines', 0],
        ['start', 'web'],
      ],
    ),
    /^Exception\(.*web: maxlines/,
  );
  assert.deepEqual(server.events.slice(2), [
    'begin reload --all restart unban',
    'add web auto',
    'start web',
    'end reload',
    'begin reload web ifExists',
    'add web auto',
    'end reload failed:web',
  ]);
});

test('commands that change the set of jails wait for each other, others do not', async () => {
  const { server, dispatcher } = bench();
  const order: string[] = [];
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const add = server.addJail.bind(server);
  server.addJail = async (name, backend) => {
    order.push(`begin ${name}`);
    if (name === 'slow') await held;
    await add(name, backend);
    order.push(`end ${name}`);
  };
  const slow = dispatcher.execute(['add', 'slow']);
  const second = dispatcher.execute(['add', 'second']);
  assert.equal(await dispatcher.execute(['ping']), 'pong');
  order.push('pong');
  release();
  await Promise.all([slow, second]);
  assert.deepEqual(order, ['begin slow', 'pong', 'end slow', 'begin second', 'end second']);
});

test('a reload without a stream reads the configuration that the server has itself', async () => {
  const { run, server } = await jailBench();
  assert.equal(await run('own-configuration'), '[]');
  assert.equal(await run('reload', '--all', []), "IndexError('list index out of range')");
  server.ownConfiguration = {
    layers: ['/usr/share/warder', '/etc/fail2ban'],
    read: (jail) => [{ args: ['add', jail ?? 'all', 'auto'] }],
  };
  assert.equal(await run('own-configuration'), "['/usr/share/warder', '/etc/fail2ban']");
  assert.equal(await run('reload', '--all', []), "'OK'");
  assert.equal(await run('reload', 'web', ['--if-exists']), "'OK'");
  assert.deepEqual(server.jailNames(), ['all', 'web']);
});
