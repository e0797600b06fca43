import assert from 'node:assert/strict';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { TestDaemon, TestHome } from '../support/daemon.ts';

const attacker = '192.0.2.1';

function incrementing(home: TestHome, options = ''): void {
  home.write('jail.local', `[DEFAULT]\nbantime.increment = true\n${options}`);
}

/** Bans the attacker as often as asked, each time until the ban has ended. */
async function banAgainAndAgain(daemon: TestDaemon, times: number): Promise<void> {
  for (let count = 0; count < times; count += 1) {
    daemon.fail(attacker, 3);
    await committed();
    daemon.clock.advance(bantimeOf(daemon.home, attacker) + 1);
  }
}

/** Changes are committed within the turn of the event loop. */
function committed(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

function bantimeOf(home: TestHome, ip: string): number {
  const db = new DatabaseSync(join(home.path, 'fail2ban.sqlite3'), { readOnly: true });
  try {
    return Number(db.prepare('SELECT bantime FROM bips WHERE ip = ?').get(ip)?.bantime);
  } finally {
    db.close();
  }
}

function messages(home: TestHome, pattern: RegExp): string[] {
  return home
    .read('fail2ban.log')
    .split('\n')
    .filter((line) => pattern.test(line))
    .map((line) => line.replace(/^.*?\]: \w+\s+/, ''));
}

test('bans get longer from time to time, and the prolonged end survives kill -9', async (t) => {
  const home = new TestHome(t);
  incrementing(home);
  const daemon = await new TestDaemon(home).start();
  await banAgainAndAgain(daemon, 2);
  assert.equal(bantimeOf(home, attacker), 1200);
  daemon.fail(attacker, 2);
  await committed();
  assert.equal(bantimeOf(home, attacker), 2400, 'the third ban, after two failures that count as six');
  daemon.clock.advance(2000);
  await daemon.abandon();

  const again = await new TestDaemon(home, daemon.clock).start();
  assert.deepEqual(await again.run('get', 'app', 'banip'), [attacker]);
  daemon.clock.advance(399);
  assert.deepEqual(await again.run('get', 'app', 'banip'), [attacker]);
  daemon.clock.advance(1);
  assert.deepEqual(await again.run('get', 'app', 'banip'), []);
  const about = messages(home, /Increase Ban|Restore Ban/);
  assert.match(about[0]!, /Increase Ban 192\.0\.2\.1 \(2 # 20m -> /);
  assert.match(about[1]!, /Increase Ban 192\.0\.2\.1 \(3 # 40m -> /);
  assert.match(about[2]!, /Restore Ban 192\.0\.2\.1$/);
});

test('bans in another jail count where the administrator says so', async (t) => {
  const home = new TestHome(t);
  incrementing(
    home,
    `bantime.overalljails = true\n[other]\nenabled = true\nfilter = app\nlogpath = ${join(home.path, 'other.log')}\n`,
  );
  home.write('other.log', '');
  const daemon = await new TestDaemon(home).start();
  await daemon.run('set', 'other', 'banip', attacker);
  daemon.fail(attacker, 3);
  await committed();
  assert.match(messages(home, /\[app\] Increase Ban/)[0]!, /\(2 # 20m -> /);
});

test('the options of the increment change at run time, and a bad value changes nothing', async (t) => {
  const home = new TestHome(t);
  incrementing(home);
  const daemon = await new TestDaemon(home).start();
  await banAgainAndAgain(daemon, 1);
  await daemon.run('set', 'app', 'bantime.multipliers', '1 10');
  await banAgainAndAgain(daemon, 1);
  assert.equal(bantimeOf(home, attacker), 6000);
  await assert.rejects(daemon.run('set', 'app', 'bantime.formula', 'ban.Time +'), {
    code: 'EXPRESSION_SYNTAX',
  });
  await assert.rejects(daemon.run('set', 'app', 'bantime.factor', '1/0'), { code: 'EXPRESSION_VALUE' });
  assert.equal(await daemon.run('get', 'app', 'bantime.multipliers'), '1 10');
  await daemon.run('set', 'app', 'bantime.increment', 'false');
  await banAgainAndAgain(daemon, 1);
  assert.equal(bantimeOf(home, attacker), 600);
});

test('an unban by hand lets ban times start over', async (t) => {
  const home = new TestHome(t);
  incrementing(home);
  const daemon = await new TestDaemon(home).start();
  await banAgainAndAgain(daemon, 2);
  await daemon.run('set', 'app', 'unbanip', '--report-absent', attacker).catch(() => undefined);
  daemon.fail(attacker, 3);
  await committed();
  assert.equal(bantimeOf(home, attacker), 600);
});

test('a formula that cannot be read costs the option, not the jail, and is told with file and line', async (t) => {
  const home = new TestHome(t);
  incrementing(home, 'bantime.formula = ban.Time * open("/etc/passwd")\n');
  const { readConfiguration } = await import('../../src/config/index.ts');
  const { checkValues } = await import('../../src/daemon/check-values.ts');
  const [error] = checkValues(readConfiguration({ layers: [home.path] }));
  assert.deepEqual([error?.code, error?.jail, error?.line], ['CONFIG_WRONG_VALUE', 'app', 3]);
  assert.match(error!.message, /bantime\.formula/);
  const daemon = await new TestDaemon(home).start();
  await banAgainAndAgain(daemon, 2);
  assert.equal(bantimeOf(home, attacker), 1200, 'as without the option');
});

test('without a database there are no longer bans, and the log says so', async (t) => {
  const home = new TestHome(t);
  incrementing(home);
  home.write('fail2ban.local', '[Definition]\ndbfile = None\n');
  const daemon = await new TestDaemon(home).start();
  for (let count = 0; count < 2; count += 1) {
    daemon.fail(attacker, 3);
    await committed();
    daemon.clock.advance(601);
  }
  assert.deepEqual(messages(home, /Increase Ban/), []);
  assert.equal(messages(home, /ban time increment is not available/).length, 1);
});
