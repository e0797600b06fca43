import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestDaemon, TestHome } from '../support/daemon.ts';
import { until } from '../support/netns.ts';
import { FakeMailServer } from '../support/notice-servers.ts';

test('smtp.py in a jail mails its bans, beside the firewall’s action and after it', async (t) => {
  const mails = await new FakeMailServer().start();
  t.after(() => mails.stop());
  const home = new TestHome(t);
  home.write('action.d/smtp.py', '# As fail2ban has it; nobody runs it.\n');
  home.write(
    'jail.local',
    `[app]\naction = %(action_)s\n         smtp.py[host="127.0.0.1:${mails.port}", dest="a@example.org", matches=matches]\n`,
  );
  const daemon = await new TestDaemon(home).start();
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  assert.ok(home.acts().includes('ban app 192.0.2.1'));
  const mail = await until('the mail', async () =>
    mails.mails.find(({ data }) => data.includes('banned 192.0.2.1')),
  );
  assert.match(mail.data, /^To: a@example\.org$/m);
  assert.match(mail.data, /bad login from 192\.0\.2\.1/);
  assert.equal(home.acts().filter((act) => act.startsWith('start')).length, 1);
  // A reload without a change restarts nothing, and so mails nothing.
  const seen = mails.mails.length;
  assert.equal(await daemon.run('reload', '--all', []), 'OK');
  await daemon.settle();
  assert.equal(mails.mails.length, seen);
});

test('dryrun = true bans in the book and in the log, and runs no action; the option can be set on a running jail', async (t) => {
  const home = new TestHome(t);
  home.write('jail.local', '[app]\ndryrun = true\n');
  const daemon = await new TestDaemon(home).start();
  assert.equal(await daemon.run('get', 'app', 'dryrun'), true);
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  assert.deepEqual(home.acts(), []);
  const log = home.read('fail2ban.log');
  assert.match(log, /NOTICE {2}\[app\] Ban 192\.0\.2\.1/);
  assert.match(log, /\[app\] dry run: action 'note' would ban 192\.0\.2\.1/);
  await daemon.run('set', 'app', 'dryrun', 'false');
  await daemon.settle();
  assert.deepEqual(home.acts(), ['start app', 'ban app 192.0.2.1']);
  await daemon.run('set', 'app', 'dryrun', 'true');
  await daemon.settle();
  assert.deepEqual(home.acts().slice(2), ['unban app 192.0.2.1', 'stop app']);
  assert.match(String(await daemon.run('get', 'app', 'banip')), /192\.0\.2\.1/);
});
