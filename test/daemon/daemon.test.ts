import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestDaemon, TestHome } from '../support/daemon.ts';

async function started(context: TestContext, change?: (home: TestHome) => void): Promise<TestDaemon> {
  const home = new TestHome(context);
  change?.(home);
  const daemon = await new TestDaemon(home).start();
  return daemon;
}

const banned = async (daemon: TestDaemon, jail = 'app'): Promise<unknown> =>
  (await daemon.run('get', jail, 'banned')) as unknown;

test('an attacker is counted, banned at maxretry, and let in again when the time is over', async (context) => {
  const daemon = await started(context);
  daemon.fail('192.0.2.1', 2);
  assert.deepEqual(await banned(daemon), []);
  daemon.fail('192.0.2.1');
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
  await daemon.settle();
  assert.deepEqual(daemon.home.acts(), ['start app', 'ban app 192.0.2.1']);
  daemon.clock.advance(601);
  await daemon.settle();
  assert.deepEqual(await banned(daemon), []);
  assert.deepEqual(daemon.home.acts().at(-1), 'unban app 192.0.2.1');
  assert.match(daemon.home.read('fail2ban.log'), /INFO {4}\[app\] Found 192\.0\.2\.1 - .*\n/);
  assert.match(
    daemon.home.read('fail2ban.log'),
    /fail2ban\.actions {8}\[\d+\]: NOTICE {2}\[app\] Ban 192\.0\.2\.1\n/,
  );
  assert.match(daemon.home.read('fail2ban.log'), /NOTICE {2}\[app\] Unban 192\.0\.2\.1\n/);
});

test('a restart keeps every ban, and stop takes them out of the firewall', async (context) => {
  const home = new TestHome(context);
  const first = await new TestDaemon(home).start();
  first.fail('192.0.2.1', 3);
  first.fail('2001:db8::1', 3);
  await first.settle();
  await first.stop();
  assert.deepEqual([...home.acts().slice(3)].sort(), [
    'stop app',
    'unban app 192.0.2.1',
    'unban app 2001:db8::1',
  ]);
  const second = await new TestDaemon(home, first.clock).start();
  await second.settle();
  assert.deepEqual(await banned(second), ['192.0.2.1', '2001:db8::1']);
  assert.deepEqual(home.acts().slice(6), ['start app', 'ban app 192.0.2.1', 'ban app 2001:db8::1']);
  assert.match(home.read('fail2ban.log'), /\[app\] Restore Ban 192\.0\.2\.1\n/);
});

test('after kill -9 bans and counts are as they were', async (context) => {
  const home = new TestHome(context);
  const first = await new TestDaemon(home).start();
  first.fail('192.0.2.1', 3);
  first.fail('192.0.2.2', 2);
  await first.settle();
  await first.abandon();
  const second = await new TestDaemon(home, first.clock).start();
  assert.deepEqual(await banned(second), ['192.0.2.1']);
  second.fail('192.0.2.2');
  assert.deepEqual(await banned(second), ['192.0.2.1', '192.0.2.2']);
});

test('after kill -9 an action whose check still finds its rules is cleared before it starts, after a stop it is not', async (context) => {
  const home = new TestHome(context);
  const file = (name: string): string => `${home.path}/${name}`;
  home.write(
    'action.d/note.conf',
    `[Definition]
actionstart = echo start >> ${file('acts')}; touch ${file('chain')}
actionstop = echo stop >> ${file('acts')}; rm ${file('chain')}
actioncheck = test -e ${file('chain')}
actionban = echo "ban <ip>" >> ${file('acts')}
actionunban = echo "unban <ip>" >> ${file('acts')}
[Init]
name = default
`,
  );
  const first = await new TestDaemon(home).start();
  first.fail('192.0.2.1', 3);
  await first.settle();
  await first.abandon();
  const second = await new TestDaemon(home, first.clock).start();
  await second.settle();
  assert.deepEqual(home.acts(), ['start', 'ban 192.0.2.1', 'stop', 'start', 'ban 192.0.2.1']);
  await second.stop();
  const before = home.acts().length;
  const third = await new TestDaemon(home, first.clock).start();
  await third.settle();
  assert.deepEqual(home.acts().slice(before), ['start', 'ban 192.0.2.1']);
});

const withRecidive = (home: TestHome): void =>
  home.write(
    'jail.d/recidive.conf',
    '[recidive]\nenabled = true\nlogpath = /var/log/fail2ban.log\nskip_if_nologs = true\nbantime = 1w\nfindtime = 1d\nmaxretry = 2\n',
  );

/** Banned, and over. */
function banOnce(daemon: TestDaemon, ip: string): void {
  daemon.fail(ip, 3);
  daemon.clock.advance(700);
}

test('who comes back after bans is caught by recidive, fed from inside, whatever the log file does', async (context) => {
  const daemon = await started(context, withRecidive);
  banOnce(daemon, '192.0.2.1');
  assert.deepEqual(await banned(daemon, 'recidive'), []);
  banOnce(daemon, '192.0.2.1');
  assert.deepEqual(await banned(daemon, 'recidive'), ['192.0.2.1']);
});

test('the same ban, read from the log file as well, counts once', async (context) => {
  const daemon = await started(context, withRecidive);
  banOnce(daemon, '192.0.2.1');
  const line = daemon.home
    .read('fail2ban.log')
    .split('\n')
    .find((text) => / Ban /.test(text));
  daemon.detection.feed('recidive', line ?? '');
  assert.deepEqual(await banned(daemon, 'recidive'), []);
});

test('a ban by hand does not feed recidive', async (context) => {
  const daemon = await started(context, withRecidive);
  for (let count = 0; count < 3; count += 1) {
    assert.equal(await daemon.run('set', 'app', 'banip', '192.0.2.1'), 1);
    daemon.clock.advance(700);
  }
  assert.deepEqual(await banned(daemon, 'recidive'), []);
});

test('a ban by hand does not feed recidive after a restart or a crash either', async (context) => {
  const home = new TestHome(context);
  withRecidive(home);
  const first = await new TestDaemon(home).start();
  await first.run('set', 'app', 'banip', '192.0.2.1');
  await first.run('ban', '192.0.2.1');
  await first.settle();
  await first.abandon();
  const second = await new TestDaemon(home, first.clock).start();
  assert.deepEqual(await banned(second, 'recidive'), []);
  assert.doesNotMatch(home.read('fail2ban.log'), /\[recidive\] Found/);
});

test('recidive remembers over a restart, and counts nothing twice', async (context) => {
  const home = new TestHome(context);
  withRecidive(home);
  const first = await new TestDaemon(home).start();
  banOnce(first, '192.0.2.1');
  await first.abandon();
  const second = await new TestDaemon(home, first.clock).start();
  assert.deepEqual(await banned(second, 'recidive'), []);
  banOnce(second, '192.0.2.1');
  assert.deepEqual(await banned(second, 'recidive'), ['192.0.2.1']);
});

test('recidive that is turned on later counts the bans that the database has', async (context) => {
  const home = new TestHome(context);
  const first = await new TestDaemon(home).start();
  banOnce(first, '192.0.2.1');
  banOnce(first, '192.0.2.1');
  await first.stop();
  withRecidive(home);
  const second = await new TestDaemon(home, first.clock).start();
  assert.deepEqual(await banned(second, 'recidive'), ['192.0.2.1']);
});

test('ban without a jail uses the built-in one, which lives on over a restart', async (context) => {
  const home = new TestHome(context);
  const first = await new TestDaemon(home).start();
  assert.equal(await first.run('ban', '203.0.113.7', '198.51.100.0/24'), 2);
  await first.settle();
  assert.ok(home.acts().includes('ban manual 203.0.113.7'));
  await first.stop();
  const second = await new TestDaemon(home, first.clock).start();
  assert.deepEqual(
    new Set((await banned(second, 'manual')) as string[]),
    new Set(['203.0.113.7', '198.51.100.0/24']),
  );
  assert.equal(await second.run('unban', '203.0.113.7'), 1);
});

test('a broken jail is named, and the others ban', async (context) => {
  const daemon = await started(context, (home) => {
    home.write('filter.d/broken.conf', '[Definition]\nfailregex = ^\\s*bad (login from <HOST>$\n');
    home.write(
      'jail.d/broken.conf',
      '[broken]\nenabled = true\n[nofilter]\nenabled = true\nfilter = nosuch\n[noaction]\nenabled = true\nfilter = app\naction = nosuch\n',
    );
  });
  daemon.fail('192.0.2.1', 3);
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
  const log = daemon.home.read('fail2ban.log');
  assert.match(log, /ERROR .*broken.*\n/);
  assert.match(log, /ERROR .*nofilter.*\n/);
  assert.match(log, /ERROR .*noaction.*\n/);
});

test('reload changes settings in place and keeps bans and counts', async (context) => {
  const daemon = await started(context);
  daemon.fail('192.0.2.1', 3);
  daemon.fail('192.0.2.2', 2);
  daemon.home.write('jail.d/more.conf', '[app]\nmaxretry = 4\n');
  await daemon.daemon.reloadFromFiles();
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
  assert.equal(await daemon.run('get', 'app', 'maxretry'), 4);
  daemon.fail('192.0.2.2');
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
  daemon.fail('192.0.2.2');
  assert.deepEqual(await banned(daemon), ['192.0.2.1', '192.0.2.2']);
});

test('reload removes a jail that is gone, and keeps one that became broken as it was', async (context) => {
  const daemon = await started(context, (home) => {
    home.write('jail.d/second.conf', '[second]\nenabled = true\nfilter = app\n');
  });
  daemon.fail('192.0.2.1', 3);
  daemon.home.write('jail.d/second.conf', '');
  daemon.home.write('filter.d/app.conf', '[Definition]\nfailregex = ^\\s*bad (login from <HOST>$\n');
  const failed = await daemon.daemon.reloadFromFiles();
  assert.deepEqual(
    failed.map(({ jail }) => jail),
    ['app'],
  );
  assert.deepEqual(daemon.daemon.server.jailNames(), ['app']);
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
  daemon.fail('192.0.2.2', 3);
  assert.deepEqual(await banned(daemon), ['192.0.2.1', '192.0.2.2']);
});

test('unban --all ends every ban in every jail, and the history with it', async (context) => {
  const daemon = await started(context);
  daemon.fail('192.0.2.1', 3);
  daemon.fail('2001:db8::1', 3);
  await daemon.run('ban', '203.0.113.7');
  assert.equal(await daemon.run('unban', '--all'), 3);
  assert.deepEqual([await banned(daemon), await banned(daemon, 'manual')], [[], []]);
  assert.ok(daemon.home.acts().includes('unban app 192.0.2.1'));
  await daemon.stop();
  const next = await new TestDaemon(daemon.home, daemon.clock).start();
  assert.deepEqual(await banned(next), []);
});

test('without a database the daemon guards all the same', async (context) => {
  const daemon = await started(context, (home) =>
    home.write('fail2ban.conf', home.read('fail2ban.conf').replace(/dbfile = .*/, 'dbfile = None')),
  );
  assert.equal(await daemon.run('get', 'dbfile'), null);
  daemon.fail('192.0.2.1', 3);
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
});
