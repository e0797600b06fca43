import assert from 'node:assert/strict';
import { chmodSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { TestDaemon, TestHome } from '../../support/daemon.ts';
import { repositoryRoot } from '../../support/sources.ts';
import { requireRoot } from '../../support/tools.ts';
import { rootsOwn } from './harness.ts';

const noting = `
const note = (step) => ({ id = '', restored, params }) => console.log(step, id, restored ?? '', params.dest ?? '');
export const [start, ban, unban, flush, stop] = ['start', 'ban', 'unban', 'flush', 'stop'].map(note);
`;

/** A configuration in a folder that only root can write. */
function makeHome(context: TestContext, action: string, source: string): TestHome {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = rootsOwn;
  const home = new TestHome(context);
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
  home.write('action.d/own.js', source);
  chmodSync(home.path, 0o755);
  home.write('jail.local', `[app]\naction = note[name=app]\n  ${action}\n`);
  return home;
}

function said(home: TestHome): string[] {
  const lines = home.read('fail2ban.log').split('\n');
  return lines.flatMap((line) => /action 'own': says: (.*)/.exec(line)?.[1]?.trim() ?? []);
}

test('a jail names a module with arguments, and its hooks follow the bans of the daemon, also over a crash', async (t) => {
  if (!requireRoot(t)) return;
  const home = makeHome(t, 'own.js[dest="me"]', noting);
  const first = await new TestDaemon(home).start();
  assert.deepEqual(await first.run('get', 'app', 'actions'), ['note', 'own']);
  first.fail('192.0.2.1', 3);
  first.fail('192.0.2.2', 3);
  await first.settle();
  await first.run('set', 'app', 'unbanip', '192.0.2.2');
  await first.settle();
  assert.deepEqual(said(home), [
    'start   me',
    'ban 192.0.2.1 false me',
    'ban 192.0.2.2 false me',
    'unban 192.0.2.2 false me',
  ]);
  const { clock } = first;
  await first.abandon();
  const second = await new TestDaemon(home, clock).start();
  await second.settle();
  await second.stop();
  assert.deepEqual(said(home).slice(4), [
    'flush   me',
    'start   me',
    'ban 192.0.2.1 true me',
    'flush   me',
    'stop   me',
  ]);
});

test('a name without a file of commands stands for the module, and a reload makes it anew only if it changed', async (t) => {
  if (!requireRoot(t)) return;
  const home = makeHome(t, 'own', noting);
  const daemon = await new TestDaemon(home).start();
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  await daemon.run('reload', '--all', []);
  await daemon.settle();
  assert.deepEqual(said(home), ['start', 'ban 192.0.2.1 false']);
  home.write('action.d/own.js', noting.replace('(step, id', "(step + '!', id"));
  await daemon.run('reload', '--all', []);
  await daemon.settle();
  assert.deepEqual(said(home).slice(2), ['flush', 'stop', 'start!', 'ban! 192.0.2.1 true']);
});

test('the stream of fail2ban’s clients can add one, and take it away', async (t) => {
  if (!requireRoot(t)) return;
  const home = makeHome(t, '', noting);
  const daemon = await new TestDaemon(home).start();
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  await daemon.run('set', 'app', 'addaction', 'own', join(home.path, 'action.d/own.js'), '{"dest": "you"}');
  await daemon.settle();
  assert.equal(await daemon.run('get', 'app', 'action', 'own', 'dest'), 'you');
  await daemon.run('set', 'app', 'action', 'own', 'dest', 'me');
  await daemon.run('set', 'app', 'delaction', 'own');
  assert.deepEqual(said(home), ['start   you', 'ban 192.0.2.1 true you', 'flush   me', 'stop   me']);
  assert.deepEqual(home.acts(), ['start app', 'ban app 192.0.2.1']);
});

test('a reload with a module that may not be run leaves the one that runs', async (t) => {
  if (!requireRoot(t)) return;
  const home = makeHome(t, 'own.js', noting);
  const daemon = await new TestDaemon(home).start();
  chmodSync(join(home.path, 'action.d/own.js'), 0o666);
  await assert.rejects(daemon.run('reload', '--all', []), /app: .*ACTION_SCRIPT_UNSAFE/);
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  assert.deepEqual(said(home), ['start', 'ban 192.0.2.1 false']);
});

test('in a jail with dryrun no process is started', async (t) => {
  if (!requireRoot(t)) return;
  const home = makeHome(t, 'own.js\ndryrun = true', noting);
  const daemon = await new TestDaemon(home).start();
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  assert.deepEqual(said(home), []);
  assert.match(home.read('fail2ban.log'), /dry run: action 'own' would ban 192\.0\.2\.1/);
});

test('a module that others can write is not run; the jail bans without it and says so', async (t) => {
  if (!requireRoot(t)) return;
  const home = makeHome(t, 'own.js', noting);
  chmodSync(join(home.path, 'action.d/own.js'), 0o666);
  const daemon = await new TestDaemon(home).start();
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  assert.deepEqual(home.acts(), ['start app', 'ban app 192.0.2.1']);
  assert.deepEqual(said(home), []);
  assert.match(
    home.read('fail2ban.log'),
    /\[app\] .*own\.js: .*can be written by others.*ACTION_SCRIPT_UNSAFE/,
  );
});

test('a hook that fails is in the log, and costs the firewall nothing', async (t) => {
  if (!requireRoot(t)) return;
  const home = makeHome(t, 'own.js', "export function ban() { throw new Error('list is full'); }");
  const daemon = await new TestDaemon(home).start();
  daemon.fail('192.0.2.1', 3);
  await daemon.settle();
  assert.deepEqual(home.acts(), ['start app', 'ban app 192.0.2.1']);
  assert.match(home.read('fail2ban.log'), /action 'own': ban failed: Error: list is full \(line 1\)/);
  assert.match(home.read('fail2ban.log'), /Failed to execute ban jail 'app' action 'own'/);
});

test('the documented example runs', async (t) => {
  if (!requireRoot(t)) return;
  const source = readFileSync(join(repositoryRoot, 'docs/examples/action.d/tell-list.js'), 'utf8');
  const requests: string[] = [];
  const { createServer } = await import('node:http');
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url} ${request.headers.authorization}`);
    response.writeHead(request.url?.includes('192.0.2.2') ? 500 : 204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : 0;
  const home = makeHome(t, `own.js[url="http://127.0.0.1:${port}/list", token=t1]`, source);
  const daemon = await new TestDaemon(home).start();
  daemon.fail('192.0.2.1', 3);
  daemon.fail('192.0.2.2', 3);
  await daemon.settle();
  await daemon.stop();
  assert.deepEqual(requests, [
    'PUT /list/192.0.2.1 Bearer t1',
    'PUT /list/192.0.2.2 Bearer t1',
    'DELETE /list Bearer t1',
  ]);
  assert.match(home.read('fail2ban.log'), /ban failed: Error: the list answered 500 \(line \d+\)/);
});
