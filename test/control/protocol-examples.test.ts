import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { type TestContext } from 'node:test';
import { type ControlEvent, EventHub } from '../../src/control/index.ts';
import { type ControlBench, startControl } from '../support/control-bench.ts';
import { systemPython } from '../support/python.ts';
import { until } from '../support/socket-client.ts';
import { repositoryRoot } from '../support/sources.ts';
import { requireTool } from '../support/tools.ts';

const usualSocket = '/var/run/fail2ban/fail2ban.sock';

/** The fenced examples of docs/protocol.md in one language, in order, for another socket. */
function examples(language: string, socket: string): string[] {
  const text = readFileSync(join(repositoryRoot, 'docs/protocol.md'), 'utf8');
  const blocks = [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)];
  const found = blocks.filter(([, name]) => name === language).map(([, , code]) => code as string);
  return found.map((code) => code.replaceAll(usualSocket, socket));
}

async function bench(t: TestContext): Promise<ControlBench & { hub: EventHub }> {
  const hub = new EventHub();
  const control = await startControl(t, { events: hub });
  await control.server.addJail('sshd', 'auto');
  await control.server.jail('sshd').ban(['192.0.2.1']);
  return { ...control, hub };
}

const ban: ControlEvent = {
  ...{ type: 'ban', jail: 'sshd', id: '192.0.2.9', timeSec: 1, sinceSec: 1, banTimeSec: 600 },
  ...{ banCount: 1, failures: 5, matches: [], cause: 'failures' },
};

/** Runs a program until it has written so many lines; one event comes as soon as it listens. */
async function linesOf(
  t: TestContext,
  hub: EventHub,
  command: readonly string[],
  count: number,
): Promise<string[]> {
  const [program, ...args] = command as [string, ...string[]];
  const path = `${join(repositoryRoot, 'bin')}:${process.env.PATH}`;
  // A group of its own, since a shell has children.
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PATH: path },
    detached: true,
  });
  t.after(() => {
    if (child.exitCode === null && child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  });
  const lines: string[] = [];
  const done = (async () => {
    for await (const line of createInterface({ input: child.stdout })) {
      lines.push(line);
      if (lines.length === count) break;
    }
  })();
  const ended = once(child, 'exit').then(() => undefined);
  await Promise.race([until(() => hub.listenerCount === 1), ended]);
  hub.publish(() => ban);
  await done;
  return lines;
}

test('the examples for the shell do what they say', async (t) => {
  const { path, hub } = await bench(t);
  const [code] = examples('sh', path);
  const script = code!
    .replace('--json get', `-s ${path} --json get`)
    .replaceAll(/^warder (\w+)/gm, `warder $1 -s ${path}`);
  const [withTimes, banned, event] = await linesOf(t, hub, ['/bin/sh', '-c', script], 3);
  assert.equal(JSON.parse(withTimes!)[0].id, '192.0.2.1');
  assert.deepEqual(JSON.parse(banned!), { sshd: ['192.0.2.1'] });
  assert.equal(event, 'ban of 192.0.2.9 in sshd');
});

test('the examples in Python do what they say', async (t) => {
  if (!requireTool(t, 'python3')) return;
  const { path, hub } = await bench(t);
  const [json, pickle] = examples('python', path);
  assert.deepEqual(await linesOf(t, hub, [systemPython, '-c', json!], 3), [
    "['192.0.2.1']",
    '1',
    'sshd 192.0.2.9',
  ]);
  assert.deepEqual(await linesOf(t, hub, [systemPython, '-c', pickle!], Number.POSITIVE_INFINITY), [
    '0 sshd',
  ]);
});

test('the example in TypeScript does what it says', async (t) => {
  const { path, hub } = await bench(t);
  const [code] = examples('ts', path);
  const file = join(dirname(path), 'example.mts');
  writeFileSync(file, code!);
  assert.deepEqual(await linesOf(t, hub, [process.execPath, file], 3), [
    "[ '192.0.2.1' ]",
    '1',
    'sshd 192.0.2.9',
  ]);
});
