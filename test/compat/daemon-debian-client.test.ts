import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestDaemon, TestHome } from '../support/daemon.ts';
import { requireTool } from '../support/tools.ts';

/** What Debian's own client prints (its warnings about options left at their defaults aside) when it talks to our daemon. */
function debianClient(home: TestHome, ...words: string[]): Promise<{ code: number; out: string }> {
  const args = ['-c', home.path, '-s', join(home.path, 'fail2ban.sock'), ...words];
  return new Promise((resolve) => {
    execFile('/usr/bin/fail2ban-client', args, { timeout: 20_000 }, (error, stdout) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out: stdout });
    });
  });
}

async function started(context: TestContext): Promise<TestDaemon> {
  return new TestDaemon(new TestHome(context)).start();
}

test("Debian's client talks to the daemon: ping, status, banned, banip, unban, stop", async (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  const daemon = await started(context);
  const ask = (...words: string[]): Promise<{ code: number; out: string }> =>
    debianClient(daemon.home, ...words);
  assert.deepEqual(await ask('ping'), { code: 0, out: 'Server replied: pong\n' });
  assert.deepEqual(await ask('status'), {
    code: 0,
    out: 'Status\n|- Number of jail:\t1\n`- Jail list:\tapp\n',
  });
  daemon.fail('192.0.2.1', 3);
  assert.match((await ask('status', 'app')).out, /Total failed:\t3\n[\s\S]*Banned IP list:\t192\.0\.2\.1\n$/);
  assert.equal((await ask('banned')).out, "[{'app': ['192.0.2.1']}]\n");
  assert.equal((await ask('set', 'app', 'banip', '203.0.113.7', '2001:db8::1')).out, '2\n');
  assert.equal((await ask('get', 'app', 'banned', '203.0.113.7')).out, '1\n');
  assert.equal((await ask('unban', '203.0.113.7')).out, '1\n');
  assert.equal((await ask('status', 'nosuch')).code, 255);
  assert.deepEqual(await ask('stop'), { code: 0, out: 'Shutdown successful\n' });
  assert.match(daemon.home.read('acts'), /unban app 203\.0\.113\.7\n[\s\S]*stop app\n$/);
});

test("Debian's client reloads the daemon with its own stream, and the bans stay", async (context) => {
  if (!requireTool(context, 'fail2ban-client')) return;
  const daemon = await started(context);
  daemon.fail('192.0.2.1', 3);
  daemon.home.write('jail.d/more.conf', '[app]\nmaxretry = 7\nbantime = 2h\n');
  assert.deepEqual(await debianClient(daemon.home, 'reload'), { code: 0, out: 'OK\n' });
  assert.equal((await debianClient(daemon.home, 'get', 'app', 'maxretry')).out, '7\n');
  assert.equal((await debianClient(daemon.home, 'get', 'app', 'bantime')).out, '7200\n');
  assert.equal((await debianClient(daemon.home, 'banned')).out, "[{'app': ['192.0.2.1']}]\n");
});
