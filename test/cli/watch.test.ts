import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import test from 'node:test';
import { ClientLog } from '../../src/cli/client-log.ts';
import { MemoryTerminal, runWarder } from '../../src/cli/index.ts';
import { defaultOptions } from '../../src/cli/options.ts';
import { eventLine } from '../../src/cli/warder/event-line.ts';
import { follow } from '../../src/cli/warder/watch.ts';
import { type ControlEvent, EventHub } from '../../src/control/index.ts';
import { startControl } from '../support/control-bench.ts';
import { until } from '../support/socket-client.ts';
import { repositoryRoot } from '../support/sources.ts';

const timeSec = new Date('2026-11-22T10:11:12.345').getTime() / 1000;
const ban: ControlEvent = {
  type: 'ban',
  jail: 'sshd',
  timeSec,
  id: '192.0.2.1',
  sinceSec: timeSec,
  banTimeSec: 5400,
  banCount: 2,
  failures: 5,
  matches: ['line \x1b[31mof an attacker'],
  cause: 'failures',
};

test('an event is one line for people, without what an attacker could do to a terminal', () => {
  const line = (event: ControlEvent): string => eventLine(event, false, false);
  const when = '2026-11-22 10:11:12,345';
  assert.equal(line(ban), `${when} ban       sshd         192.0.2.1 for 1h 30m (5 failures, ban number 2)\n`);
  const unban: ControlEvent = {
    ...{ type: 'unban', jail: 'sshd', timeSec, id: 'a\nb', sinceSec: 1, banTimeSec: 1, cause: 'expired' },
  };
  assert.equal(line(unban), `${when} unban     sshd         a\\nb (expired)\n`);
  assert.equal(
    line({ type: 'found', jail: 'sshd', timeSec, id: '2001:db8::1', failures: 1, matches: [] }),
    `${when} found     sshd         2001:db8::1\n`,
  );
  assert.equal(
    line({ ...ban, type: 'restore', banTimeSec: -1, banCount: 1, failures: 1 }),
    `${when} restore   sshd         192.0.2.1 for ever (1 failure)\n`,
  );
  assert.equal(
    line({ type: 'error', jail: 'sshd', timeSec, action: 'iptables', step: 'ban', message: 'no' }),
    `${when} error     sshd         action iptables, ban: no\n`,
  );
  assert.equal(line({ type: 'started', jail: 'sshd', timeSec, message: '' }), `${when} started   sshd\n`);
  const coloured = eventLine(ban, true, true);
  assert.ok(coloured.includes('\x1b[31mban'));
  assert.ok(coloured.includes('line \\x1b[31mof an attacker'));
});

test('watch follows the daemon through its restart, and says so', async (t) => {
  const hub = new EventHub();
  const first = await startControl(t, { events: hub });
  const terminal = new MemoryTerminal();
  const options = { ...defaultOptions, socket: first.path, json: true };
  const controller = new AbortController();
  let pauses = 0;
  const watching = follow(
    { name: 'warder', options, terminal, log: new ClientLog(terminal, 1) },
    { types: ['ban'] },
    {
      signal: controller.signal,
      pause: async () => {
        pauses += 1;
        if (pauses === 3) await startControl(t, { events: hub, path: first.path });
      },
    },
  );
  await until(() => hub.listenerCount === 1);
  hub.publish(() => ban);
  hub.publish(() => ({ type: 'stopped', jail: 'sshd', timeSec, message: '' }));
  await until(() => terminal.stdout !== '');
  await first.control.stop();
  await until(() => hub.listenerCount === 1);
  hub.publish(() => ban);
  await until(() => terminal.stdout.split('\n').length === 5);
  controller.abort();
  assert.equal(await watching, 0);
  const lines = terminal.stdout.trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).type),
    ['ban', 'disconnected', 'reconnected', 'ban'],
  );
  assert.deepEqual(JSON.parse(lines[0] as string), ban);
  assert.equal(
    terminal.stderr,
    'warder: the server is gone; waiting for it to come back\nwarder: the server is back\n',
  );
});

test('watch without a server, or with a type that is none, fails with words', async () => {
  const terminal = new MemoryTerminal();
  assert.equal(await runWarder(['watch', '-s', '/nowhere/sock'], terminal), 255);
  assert.match(terminal.stderr, /Failed to access socket path/);
  assert.equal(await runWarder(['watch', '--type', 'ban,bans', '-s', '/nowhere/sock'], terminal), 255);
  assert.match(terminal.stderr, /there are no events "bans"; the types are found, ban/);
});

/** The program as people start it, with a pipe behind it. */
function startWatch(path: string, ...args: string[]): ChildProcess {
  const node = join(repositoryRoot, 'node_modules/.bin/node');
  const program = join(repositoryRoot, 'src/cli/warder.ts');
  return spawn(node, [program, 'watch', '-s', path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

test('in a pipe watch writes plain lines at once, and Ctrl-C ends it cleanly', async (t) => {
  const hub = new EventHub();
  const { path } = await startControl(t, { events: hub });
  const child = startWatch(path, 'sshd', '-v');
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await until(() => hub.listenerCount === 1);
  const written = once(child.stdout!, 'data');
  hub.publish(() => ({ ...ban, jail: 'web' }));
  hub.publish(() => ban);
  const [text] = await written;
  assert.equal(String(text), eventLine(ban, false, true));
  child.kill('SIGINT');
  assert.deepEqual(await ended, [0, null]);
});

test('watch ends when nobody reads it any more', async (t) => {
  const hub = new EventHub();
  const { path } = await startControl(t, { events: hub });
  const child = startWatch(path);
  t.after(() => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  await until(() => hub.listenerCount === 1);
  child.stdout!.destroy();
  const [code] = await Promise.race([
    ended,
    (async () => {
      for (;;) {
        hub.publish(() => ban);
        await new Promise((resolve) => setTimeout(resolve, 50));
        if (child.exitCode !== null) return [child.exitCode];
      }
    })(),
  ]);
  assert.equal(code, 0);
});
