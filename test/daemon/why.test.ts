import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonResult } from '../../src/control/index.ts';
import type { WhyReport } from '../../src/control/reports.ts';
import { TestDaemon, TestHome } from '../support/daemon.ts';

async function why(daemon: TestDaemon, id: string): Promise<WhyReport> {
  const words = ['why', id];
  return jsonResult(words, await daemon.run(...words)) as unknown as WhyReport;
}

test('why tells of a ban: lines, rule, steps of the actions, what they hold, and its end', async (context) => {
  const daemon = await new TestDaemon(new TestHome(context)).start();
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  const report = await why(daemon, '192.0.2.1');
  assert.deepEqual([report.id, report.bannedBy], ['192.0.2.1', ['app']]);
  const [app] = report.jails;
  assert.equal(app?.verdict, 'banned');
  assert.equal(app.reason, 'banned after 3 failures, 10 minutes left');
  assert.equal(app.ban?.matches.length, 3);
  assert.equal(app.ban.endSec, daemon.clock.nowSec() + 600);
  assert.deepEqual(app.rules, [{ index: 0, regex: '^\\s*bad login from <HOST>$', failures: 3 }]);
  assert.deepEqual(
    app.steps.map(({ action, step, ok, exitCode }) => ({ action, step, ok, exitCode })),
    [{ action: 'note', step: 'ban', ok: true, exitCode: 0 }],
  );
  assert.ok(app.steps[0]!.durationMs > 0);
  assert.deepEqual(app.holds, [{ action: 'note', state: 'made', sound: true, waiting: 0 }]);
  assert.deepEqual(
    report.history.map(({ jail, failures, banCount }) => ({ jail, failures, banCount })),
    [{ jail: 'app', failures: 3, banCount: 1 }],
  );
});

test('why tells how much is missing for a ban, and who is never banned', async (context) => {
  const home = new TestHome(context);
  home.write('jail.local', '[DEFAULT]\nignoreip = 198.51.100.0/24\n');
  const daemon = await new TestDaemon(home).start();
  daemon.fail('192.0.2.1', 2);
  const counting = (await why(daemon, '192.0.2.1')).jails[0];
  assert.equal(counting?.verdict, 'counting');
  assert.equal(counting.reason, 'not banned: 2 of 3 failures within 10 minutes, 1 more would ban it');
  assert.deepEqual([counting.count?.retry, counting.count?.matches.length], [2, 2]);
  const ignored = (await why(daemon, '198.51.100.9')).jails[0];
  assert.deepEqual(
    [ignored?.verdict, ignored?.reason],
    ['ignored', 'never banned: it stands in ignoreip, within 198.51.100.0/24'],
  );
  assert.equal(ignored?.ignored, undefined);
  daemon.fail('198.51.100.9', 2);
  const seen = (await why(daemon, '198.51.100.9')).jails[0];
  assert.deepEqual([seen?.ignoredBy, seen?.ignored?.failures], ['198.51.100.0/24', 2]);
  assert.equal((await why(daemon, '203.0.113.9')).jails[0]?.verdict, 'clean');
});

test('why finds the network that holds an address, and a failed action with its error', async (context) => {
  const home = new TestHome(context);
  home.write('action.d/note.local', '[Definition]\nactionban = echo no >&2; exit 3\n');
  const daemon = await new TestDaemon(home).start();
  await daemon.run('set', 'app', 'banip', '203.0.113.0/24');
  await daemon.settle();
  const [app] = (await why(daemon, '203.0.113.7')).jails;
  assert.equal(app?.ban?.id, '203.0.113.0/24');
  assert.match(app.reason, /^banned with 203\.0\.113\.0\/24 by hand/);
  const step = app.steps.find(({ ok }) => !ok);
  assert.equal(step?.exitCode, 3);
  assert.match(step.error ?? '', /no/);
  assert.equal(app.holds[0]?.state, 'failed');
  assert.ok(app.holds[0]?.problem !== undefined);
});
