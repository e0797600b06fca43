import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestDaemon, TestHome } from '../support/daemon.ts';

const broken = '[Definition]\nfailregex = ^\\s*bad (login from <HOST>$\n';

async function started(context: TestContext, change?: (home: TestHome) => void): Promise<TestDaemon> {
  const home = new TestHome(context);
  change?.(home);
  return new TestDaemon(home).start();
}

const banned = async (daemon: TestDaemon, jail = 'app'): Promise<unknown> =>
  (await daemon.run('get', jail, 'banned')) as unknown;

const reload = (daemon: TestDaemon, jail = '--all', ...flags: string[]): Promise<unknown> =>
  daemon.run('reload', jail, flags);

/** An action that can tell which bans are in force, as the shipped firewall actions can; to ban twice changes nothing. */
function withList(home: TestHome): void {
  const held = join(home.path, 'held');
  const acts = join(home.path, 'acts');
  home.write(
    'action.d/note.conf',
    `[Definition]
actionstart = echo start >> ${acts}; touch ${held}
actionstop = echo stop >> ${acts}; rm ${held}
actionflush = echo flush >> ${acts}; : > ${held}
actionban = echo "ban <ip>" >> ${acts}; grep -qx <ip> ${held} || echo <ip> >> ${held}
actionunban = echo "unban <ip>" >> ${acts}; sed -i /<ip>/d ${held}
[Init]
name = default
actionlist = cat ${held} || true
`,
  );
}

/** What ends bans, or takes the place where they are kept away. */
const endings = (home: TestHome): readonly string[] =>
  home.acts().filter((act) => /^(?:stop|flush|unban)/.test(act));

test('a reload that changes nothing runs no command and keeps bans, counts and totals', async (context) => {
  const daemon = await started(context);
  daemon.fail('192.0.2.1', 3);
  daemon.fail('192.0.2.2', 2);
  await daemon.settle();
  const acts = daemon.home.acts();
  for (let count = 0; count < 3; count += 1) assert.equal(await reload(daemon), 'OK');
  await daemon.settle();
  assert.deepEqual(daemon.home.acts(), acts);
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
  daemon.fail('192.0.2.2');
  assert.deepEqual(await banned(daemon), ['192.0.2.1', '192.0.2.2']);
  assert.match(daemon.home.read('fail2ban.log'), /INFO {4}Jail 'app' reloaded\n/);
});

test('a jail whose filter is gone goes on as it was; the answer and the log say why', async (context) => {
  const daemon = await started(context, (home) =>
    home.write('filter.d/other.conf', home.read('filter.d/app.conf')),
  );
  daemon.fail('192.0.2.1', 3);
  rmSync(join(daemon.home.path, 'filter.d/app.conf'));
  daemon.home.write('jail.d/more.conf', '[other]\nenabled = true\n');
  await assert.rejects(reload(daemon), /app: .*filter.*\[JAIL_CONFIG\]/);
  assert.match(
    daemon.home.read('fail2ban.log'),
    /ERROR {3}Jail 'app' goes on as it was: .*\[JAIL_CONFIG\]\n/,
  );
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
  daemon.fail('192.0.2.2', 3);
  assert.deepEqual(await banned(daemon), ['192.0.2.1', '192.0.2.2']);
  assert.deepEqual(daemon.daemon.server.jailNames(), ['app', 'other'], 'what is sound is taken over');
});

test('a jail file that cannot be read refuses the reload: any jail might be in it', async (context) => {
  const daemon = await started(context, (home) => home.write('jail.d/a.local', '[app]\nmaxretry = 2\n'));
  daemon.home.write('jail.d/a.local', '<<<<<<< mine\n[app]\nmaxretry = 7\n');
  daemon.home.write('jail.d/b.local', '[app]\nfindtime = 1h\n');
  await assert.rejects(reload(daemon), /Nothing was changed.*a\.local:1/);
  assert.equal(await daemon.run('get', 'app', 'maxretry'), 2);
  assert.equal(await daemon.run('get', 'app', 'findtime'), 600);
  await assert.rejects(daemon.daemon.reloadFromFiles(), { code: 'RELOAD_REFUSED' });
  daemon.home.write('jail.d/a.local', '[app]\nmaxretry = 7\n');
  assert.equal(await reload(daemon), 'OK');
  assert.equal(await daemon.run('get', 'app', 'maxretry'), 7);
  assert.equal(await daemon.run('get', 'app', 'findtime'), 3600);
});

test('a mistake in one option keeps the jail as it was, until it is corrected', async (context) => {
  const daemon = await started(context);
  daemon.home.write('jail.local', '[app]\nmaxretry = 5\nbantime = tomorrow\n');
  await assert.rejects(reload(daemon), /app: .*bantime.*\[JAIL_CONFIG\]/);
  await assert.rejects(reload(daemon, 'app'), /app: .*bantime/);
  assert.equal(await daemon.run('get', 'app', 'maxretry'), 3);
  daemon.home.write('jail.local', '[app]\nmaxretry = 5\nbantime = 1h\n');
  assert.equal(await reload(daemon, 'app'), 'OK');
  assert.deepEqual(
    [await daemon.run('get', 'app', 'maxretry'), await daemon.run('get', 'app', 'bantime')],
    [5, 3600],
  );
});

test('a mistake that was there at the start holds up no reload', async (context) => {
  const daemon = await started(context, (home) => home.write('jail.local', '[app]\nbantime = tomorrow\n'));
  daemon.home.write('jail.local', '# a line more\n[app]\nmaxretry = 5\nbantime = tomorrow\n');
  assert.equal(await reload(daemon), 'OK');
  assert.equal(await daemon.run('get', 'app', 'maxretry'), 5);
});

test('an action that could not run changes nothing in a running jail', async (context) => {
  const daemon = await started(context);
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  const acts = daemon.home.acts();
  daemon.home.write('jail.local', '[app]\nmaxretry = 5\naction = note[name=app, timeout=soon]\n');
  await assert.rejects(reload(daemon), /app: .*soon/);
  assert.equal(await daemon.run('get', 'app', 'maxretry'), 3);
  assert.deepEqual(daemon.home.acts(), acts);
});

test('an action that is gone ends its bans, a new one takes over those in force', async (context) => {
  const daemon = await started(context);
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  daemon.home.write('jail.local', '[app]\naction = note[name=second, actname=second]\n');
  assert.equal(await reload(daemon), 'OK');
  await daemon.settle();
  assert.deepEqual(daemon.home.acts().slice(2).sort(), [
    'ban second 192.0.2.1',
    'start second',
    'stop app',
    'unban app 192.0.2.1',
  ]);
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
});

test('reload --restart starts a jail anew, with its bans in force all the time', async (context) => {
  const daemon = await started(context, withList);
  daemon.fail('192.0.2.1', 3);
  daemon.fail('192.0.2.2', 2);
  await daemon.settle();
  assert.equal(await reload(daemon, 'app', '--restart'), 'OK');
  await daemon.settle();
  assert.deepEqual(endings(daemon.home), []);
  assert.equal(daemon.home.read('held'), '192.0.2.1\n');
  daemon.fail('192.0.2.2');
  assert.deepEqual(await banned(daemon), ['192.0.2.1', '192.0.2.2']);
  const log = daemon.home.read('fail2ban.log');
  assert.match(log, /Jail 'app' stopped\n.*\[app\] Restore Ban 192\.0\.2\.1\n.*Jail 'app' started\n/s);
});

test('reload --restart of a jail that is broken now leaves it as it runs', async (context) => {
  const daemon = await started(context);
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  const acts = daemon.home.acts();
  daemon.home.write('filter.d/app.conf', broken);
  await assert.rejects(reload(daemon, 'app', '--restart'), /app: .*failregex/i);
  daemon.home.write('jail.local', '[app]\nbackend = systemd[nonsense=1]\n');
  await assert.rejects(reload(daemon), /app: /);
  assert.deepEqual(daemon.home.acts(), acts);
  daemon.fail('192.0.2.2', 3);
  assert.deepEqual(await banned(daemon), ['192.0.2.1', '192.0.2.2']);
});

test('another backend restarts the jail, and keeps bans and counts', async (context) => {
  const daemon = await started(context, withList);
  daemon.fail('192.0.2.1', 3);
  daemon.fail('192.0.2.2', 2);
  await daemon.settle();
  daemon.home.write('jail.local', '[app]\nbackend = auto\n');
  assert.equal(await reload(daemon), 'OK');
  assert.match(daemon.home.read('fail2ban.log'), /Restart jail 'app' \(reason: 'polling' != 'auto'\)\n/);
  daemon.fail('192.0.2.2');
  await daemon.settle();
  assert.deepEqual(endings(daemon.home), []);
  assert.equal(daemon.home.read('held'), '192.0.2.1\n192.0.2.2\n');
});

test('reload --unban ends every ban and forgets its history, also of jails that are gone', async (context) => {
  const daemon = await started(context, (home) =>
    home.write('jail.d/second.conf', '[second]\nenabled = true\nfilter = app\n'),
  );
  daemon.fail('192.0.2.1', 3);
  await daemon.run('set', 'second', 'banip', '192.0.2.9');
  daemon.home.write('jail.d/second.conf', '');
  assert.equal(await reload(daemon, '--all', '--unban'), 'OK');
  assert.deepEqual(await banned(daemon), []);
  await daemon.settle();
  assert.ok(daemon.home.acts().includes('unban app 192.0.2.1'));
  await daemon.stop();
  daemon.home.write('jail.d/second.conf', '[second]\nenabled = true\nfilter = app\n');
  const again = await new TestDaemon(daemon.home, daemon.clock).start();
  assert.deepEqual([await banned(again), await banned(again, 'second')], [[], []]);
});

test('reload of a jail that is unknown is an error, with --if-exists it starts the jail', async (context) => {
  const daemon = await started(context);
  daemon.home.write('jail.d/second.conf', '[second]\nenabled = true\nfilter = app\n');
  await assert.rejects(reload(daemon, 'second'), { code: 'UNKNOWN_JAIL' });
  assert.equal(await reload(daemon, 'second', '--if-exists'), 'OK');
  assert.deepEqual(daemon.daemon.server.jailNames(), ['app', 'second']);
  daemon.home.write('jail.d/second.conf', '[second]\nenabled = false\nfilter = app\n');
  assert.equal(await reload(daemon, 'second'), 'OK');
  assert.deepEqual(daemon.daemon.server.jailNames(), ['app']);
});

test('the built-in jail keeps its bans over a reload, and follows [manual] and the action', async (context) => {
  const daemon = await started(context);
  await daemon.run('ban', '203.0.113.7');
  await daemon.settle();
  daemon.home.write('jail.local', '[manual]\nbantime = 1h\n');
  assert.equal(await reload(daemon), 'OK');
  assert.equal(await daemon.run('get', 'manual', 'bantime'), 3600);
  assert.deepEqual(await banned(daemon, 'manual'), ['203.0.113.7']);
  assert.equal(await reload(daemon, 'manual'), 'OK');
  daemon.home.write('jail.local', '[manual]\nbantime = 1h\naction = nosuch\n');
  await assert.rejects(reload(daemon), /manual/);
  assert.deepEqual(await banned(daemon, 'manual'), ['203.0.113.7']);
});

test('a foreign client that skips a jail gets fail2ban’s answer, and the jail goes on', async (context) => {
  const daemon = await started(context);
  daemon.fail('192.0.2.1', 3);
  const stream = [
    ['config-error', "Jail 'app' skipped, because of wrong configuration: Unable to read the filter 'app'"],
  ];
  assert.equal(await daemon.run('reload', '--all', [], stream), 'OK');
  assert.deepEqual(await banned(daemon), ['192.0.2.1']);
  assert.equal(await daemon.run('reload', '--all', [], []), 'OK');
  assert.deepEqual(daemon.daemon.server.jailNames(), [], 'a stream without it stops it');
});

test('stop --keep-bans leaves bans in force, and the next start takes them over without touching them', async (context) => {
  const daemon = await started(context, withList);
  daemon.fail('192.0.2.1', 3);
  daemon.fail('2001:db8::1', 3);
  await daemon.settle();
  await daemon.run('stop', '--keep-bans');
  await daemon.stop();
  assert.deepEqual(daemon.home.acts(), ['start', 'ban 192.0.2.1', 'ban 2001:db8::1']);
  const again = await new TestDaemon(daemon.home, daemon.clock).start();
  await again.settle();
  assert.deepEqual(endings(daemon.home), []);
  assert.equal(daemon.home.read('held'), '192.0.2.1\n2001:db8::1\n');
  assert.deepEqual(await banned(again), ['192.0.2.1', '2001:db8::1']);
});

test('stop --keep-bans ends the bans of a jail that the next start will not have', async (context) => {
  const daemon = await started(context, withList);
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  daemon.home.write('jail.local', '[app]\nenabled = false\n');
  await daemon.run('stop', '--keep-bans');
  assert.deepEqual(endings(daemon.home).at(-1), 'stop');
});

test('a stop ends within seconds although an action hangs, cleans up behind the others, and says so', async (context) => {
  const daemon = await started(context, (home) => {
    home.write(
      'action.d/hang.conf',
      '[Definition]\nactionban = sleep 600\nactionunban = sleep 600\nactionstop = sleep 600\n',
    );
    home.write('jail.local', '[app]\naction = note[name=app]\n  hang\n');
  });
  daemon.fail('192.0.2.1', 3);
  daemon.fail('192.0.2.2', 3);
  while (daemon.home.acts().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  const startedMs = performance.now();
  await daemon.stop();
  assert.ok(performance.now() - startedMs < 8000, `${performance.now() - startedMs}`);
  assert.ok(daemon.home.acts().includes('unban app 192.0.2.1'), daemon.home.acts().join());
  assert.equal(daemon.home.acts().at(-1), 'stop app');
  const log = daemon.home.read('fail2ban.log');
  assert.match(log, /timed out after [01]\.?\d* seconds/);
  assert.match(log, /The command above hung .*since the server stops/);
  const again = await new TestDaemon(daemon.home, daemon.clock).start();
  assert.deepEqual(await banned(again), ['192.0.2.1', '192.0.2.2']);
});
