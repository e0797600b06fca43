import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { Backoff, findExecutable, startChild } from '../../src/base/index.ts';

test('a child hands over its output and how it ended', async () => {
  const child = startChild({
    command: 'sh',
    args: ['-c', 'printf "$GREETING"; echo why >&2; exit 3'],
    env: { GREETING: 'hi' },
  });
  let output = '';
  child.stdout?.on('data', (chunk) => {
    output += chunk;
  });
  assert.deepEqual(await child.ended, { code: 3, signal: null, errorText: 'why', notFound: false });
  assert.equal(output, 'hi');
});

test('a program that is not there is an end, not an error', async () => {
  const child = startChild({ command: 'no-such-program', args: [] });
  const end = { code: null, signal: null, errorText: 'no-such-program is not installed', notFound: true };
  assert.deepEqual(await child.ended, end);
  assert.deepEqual(await child.stop(), end);
  assert.equal(findExecutable('/etc/passwd'), undefined);
});

test('a child that does not listen to SIGTERM is killed', async () => {
  const child = startChild({
    command: 'sh',
    args: ['-c', 'trap "" TERM; echo ready; while :; do sleep 0.01; done'],
  });
  await once(child.stdout!, 'data');
  assert.deepEqual(await child.stop(20), { code: null, signal: 'SIGKILL', errorText: '', notFound: false });
});

test('only the last words on standard error are kept', async () => {
  const child = startChild({
    command: 'sh',
    args: ['-c', 'head -c 100000 /dev/zero | tr "\\0" x >&2; echo end >&2'],
  });
  child.stdout?.resume();
  const { errorText } = await child.ended;
  assert.equal(errorText.length, 2047);
  assert.ok(errorText.endsWith('xend'));
});

test('a child does not outlive a parent that is killed', async () => {
  const source = `
    import { startChild } from ${JSON.stringify(new URL('../../src/base/index.ts', import.meta.url).href)};
    const child = startChild({ command: 'sh', args: ['-c', 'while echo; do sleep 0.02; done'] });
    child.stdout.resume();
    console.log(child.pid);`;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(String(line));
  assert.ok(existsSync(`/proc/${pid}`));
  parent.kill('SIGKILL');
  await once(parent, 'exit');
  const deadlineMs = performance.now() + 5000;
  while (existsSync(`/proc/${pid}`) && performance.now() < deadlineMs) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.ok(!existsSync(`/proc/${pid}`));
});

test('pauses grow to a limit and start over after a success', () => {
  const backoff = new Backoff(1, 5);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => backoff.nextSec()),
    [1, 2, 4, 5],
  );
  backoff.reset();
  assert.equal(backoff.nextSec(), 1);
});
