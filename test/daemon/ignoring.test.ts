import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestDaemon, TestHome } from '../support/daemon.ts';
import { until } from '../support/netns.ts';

async function started(context: TestContext, settings: (home: TestHome) => string): Promise<TestDaemon> {
  const home = new TestHome(context);
  home.write('jail.d/more.conf', `[app]\nmaxretry = 1\n${settings(home)}\n`);
  return new TestDaemon(home).start();
}

/** Waits for what shell commands decide. */
async function bannedAre(daemon: TestDaemon, ids: readonly string[]): Promise<void> {
  const banned = async (): Promise<string> => String(await daemon.run('get', 'app', 'banned'));
  await until(`${ids.join()} are banned`, async () => (await banned()) === ids.join(), { explain: banned });
}

function linesWith(daemon: TestDaemon, word: string): string[] {
  const lines = daemon.home.read('fail2ban.log').split('\n');
  return lines.filter((line) => line.includes(word)).map((line) => line.replace(/^.*\]: /, ''));
}

test('whom the ignore command spares is not banned, and the log says so as with fail2ban', async (context) => {
  const daemon = await started(context, () => 'ignorecommand = test <ip> = 192.0.2.1');
  daemon.fail('192.0.2.1');
  daemon.fail('192.0.2.2');
  await bannedAre(daemon, ['192.0.2.2']);
  assert.deepEqual(linesWith(daemon, '192.0.2.1'), ['INFO    [app] Ignore 192.0.2.1 by command']);
});

test('self, list and command are asked in this order, and the command only when the others let pass', async (context) => {
  const daemon = await started(
    context,
    (home) =>
      `ignoreip = 192.0.2.0/24\nignorecommand = echo <ip> >> ${join(home.path, 'asked')}; test <ip> = 198.51.100.1`,
  );
  for (const ip of ['127.0.0.1', '192.0.2.1', '198.51.100.1', '198.51.100.2']) daemon.fail(ip);
  await bannedAre(daemon, ['198.51.100.2']);
  assert.deepEqual(linesWith(daemon, 'Ignore '), [
    'INFO    [app] Ignore 127.0.0.1 by ignoreself rule',
    'INFO    [app] Ignore 192.0.2.1 by ip',
    'INFO    [app] Ignore 198.51.100.1 by command',
  ]);
  assert.equal(daemon.home.read('asked'), '198.51.100.1\n198.51.100.2\n');
});

test('ignorecache keeps the answers of the command, and is answered as by fail2ban', async (context) => {
  const daemon = await started(
    context,
    (home) =>
      `ignorecache = key="<ip>", max-count=10, max-time=5m\nignorecommand = echo <ip> >> ${join(home.path, 'asked')}; test <ip> = 192.0.2.1`,
  );
  assert.deepEqual(await daemon.run('get', 'app', 'ignorecache'), ['<ip>', 10, 300]);
  daemon.fail('192.0.2.1');
  daemon.fail('192.0.2.2');
  await bannedAre(daemon, ['192.0.2.2']);
  daemon.fail('192.0.2.1');
  daemon.fail('192.0.2.3');
  await bannedAre(daemon, ['192.0.2.2', '192.0.2.3']);
  assert.equal(daemon.home.read('asked'), '192.0.2.1\n192.0.2.2\n192.0.2.3\n');
  assert.equal(linesWith(daemon, 'Ignore ').length, 1);
  assert.deepEqual(await daemon.run('set', 'app', 'ignorecache', 'key="<F-USER>@<ip>"'), [
    '<F-USER>@<ip>',
    100,
    300,
  ]);
  assert.equal(await daemon.run('set', 'app', 'ignorecache', ''), null);
});

test('a bad ignorecache is refused in clear words, and the old one stays', async (context) => {
  const daemon = await started(context, () => 'ignorecache = key="<ip>"');
  const set = (value: string): Promise<unknown> => daemon.run('set', 'app', 'ignorecache', value);
  await assert.rejects(set('max-count=5'), { code: 'COMMAND_VALUE', message: 'ignorecache needs a key' });
  await assert.rejects(set('key="<ip>", max-count=many'), { message: /int.*'many'/ });
  await assert.rejects(set('key="<ip>", max-time=soon'), { message: /soon/ });
  assert.deepEqual(await daemon.run('get', 'app', 'ignorecache'), ['<ip>', 100, 300]);
});

/** A command that answers "no" once the test has written the file. */
const waitsFor = (path: string): string =>
  `ignorecommand = while ! test -e ${path}; do sleep 0.05; done; exit 1`;

test('a slow ignore command holds up nobody but who needs it', async (context) => {
  const daemon = await started(context, (home) => {
    home.write(
      'jail.d/other.conf',
      `[other]\nenabled = true\nfilter = app\nmaxretry = 1\nlogpath = ${join(home.path, 'app.log')}\n`,
    );
    return `ignoreip = 192.0.2.9\n${waitsFor(join(home.path, 'go'))}`;
  });
  daemon.fail('192.0.2.1');
  daemon.fail('192.0.2.9');
  const date = new Date(daemon.clock.nowSec() * 1000).toISOString().replace('Z', '+00:00');
  daemon.detection.feed('other', `${date} bad login from 192.0.2.1`);
  assert.deepEqual(await daemon.run('get', 'other', 'banned'), ['192.0.2.1']);
  assert.deepEqual(linesWith(daemon, 'Ignore '), ['INFO    [app] Ignore 192.0.2.9 by ip']);
  assert.deepEqual(await daemon.run('get', 'app', 'banned'), []);
  daemon.home.write('go', '');
  await bannedAre(daemon, ['192.0.2.1']);
});

test('a failure that waits for the ignore command is not lost by a kill', async (context) => {
  const daemon = await started(context, (home) => waitsFor(join(home.path, 'go')));
  daemon.fail('192.0.2.1');
  await daemon.settle();
  await daemon.abandon();
  daemon.home.write('go', '');
  const next = await new TestDaemon(daemon.home, daemon.clock).start();
  await bannedAre(next, ['192.0.2.1']);
});

test('a file of the ignore list is asked at each failure, and shown as it was set', async (context) => {
  const daemon = await started(context, (home) => {
    home.write('friends', '# who never is banned\n192.0.2.1, 192.0.2.128/25\n');
    return `ignoreip = 127.0.0.1/8 file:${join(home.path, 'friends')}`;
  });
  const entry = `file:${join(daemon.home.path, 'friends')}`;
  assert.deepEqual(await daemon.run('get', 'app', 'ignoreip'), ['127.0.0.0/8', entry]);
  for (const ip of ['192.0.2.1', '192.0.2.200', '192.0.2.2']) daemon.fail(ip);
  await bannedAre(daemon, ['192.0.2.2']);
  daemon.home.write('friends', '192.0.2.3\n');
  daemon.clock.advance(1);
  daemon.fail('192.0.2.3');
  daemon.fail('192.0.2.1');
  await bannedAre(daemon, ['192.0.2.2', '192.0.2.1']);
  assert.deepEqual(linesWith(daemon, 'Ignore '), [
    `INFO    [app] Ignore 192.0.2.1 by ${entry}`,
    `INFO    [app] Ignore 192.0.2.200 by ${entry}`,
    `INFO    [app] Ignore 192.0.2.3 by ${entry}`,
  ]);
});

test('files are added to and taken from a running jail, and one that is not there is a warning only', async (context) => {
  const daemon = await started(context, () => '');
  const entry = `file:${join(daemon.home.path, 'friends')}`;
  daemon.home.write('friends', '192.0.2.1');
  assert.deepEqual(await daemon.run('set', 'app', 'addignoreip', entry), [entry]);
  daemon.fail('192.0.2.1');
  assert.deepEqual(await daemon.run('set', 'app', 'delignoreip', entry), []);
  daemon.fail('192.0.2.1');
  await bannedAre(daemon, ['192.0.2.1']);
  rmSync(join(daemon.home.path, 'friends'));
  await daemon.run('set', 'app', 'addignoreip', entry);
  daemon.fail('192.0.2.2');
  await bannedAre(daemon, ['192.0.2.1', '192.0.2.2']);
  assert.match(linesWith(daemon, 'cannot be read').join(), /WARNING \[app\] ignoreip file:.*friends: cannot/);
});
