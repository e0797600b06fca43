import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { MemoryLogger } from '../../../src/base/index.ts';
import { StopPatience } from '../../../src/enforce/index.ts';
import { item } from '../harness.ts';
import { scriptBench } from './harness.ts';

const bad = item('192.0.2.1');
const good = item('192.0.2.2');

/** A module whose ban does this for one address. */
function misbehaving(what: string): string {
  return `import { writeSync } from 'node:fs';\nexport async function ban({ id }) { if (id === '192.0.2.1') { ${what} } }`;
}

test('a hook that takes too long, waiting or looping, is ended with its process, and the next ban goes well', async (t) => {
  for (const what of ['await new Promise(() => setInterval(() => {}, 1000));', 'for (;;);']) {
    const { action, helpers } = scriptBench(t, misbehaving(what), { timeout: 2 });
    assert.equal((await action.start()).ok, true);
    const [outcome] = await action.ban([bad]);
    assert.equal(outcome?.ok, false);
    assert.match(outcome?.error ?? '', /^no answer within 2(?:\.\d)? s; its process was ended$/);
    assert.equal((await action.ban([good]))[0]?.ok, true);
    assert.equal(helpers.length, 2);
  }
});

test('a hook that exits is tried once more, and fails', async (t) => {
  const { action, helpers } = scriptBench(t, misbehaving('process.exit(3);'));
  const [first, second] = await action.ban([bad, good]);
  assert.deepEqual([first?.ok, first?.error], [false, 'its process ended: exit code 3']);
  assert.equal(second?.ok, true);
  assert.equal(helpers.length, 3);
});

test('an error that nobody catches ends the process, which is told and started again', async (t) => {
  const source = misbehaving("setTimeout(() => { throw new Error('late'); }, 20);");
  const { action, logger, helpers } = scriptBench(t, source);
  const lost = logger.lines;
  assert.equal((await action.ban([bad]))[0]?.ok, true);
  helpers[0]?.setBusy(true);
  while (!lost.some((line) => /its process ended between two calls: exit code/.test(line)))
    await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal((await action.ban([good]))[0]?.ok, true);
});

test('memory without end, of JavaScript or not, costs the process its life', async (t) => {
  const grows = [
    ['const all = []; for (;;) all.push({ more: new Array(1000).fill(0) });', /^its process ended: /],
    [
      'const all = []; for (;;) { all.push(Buffer.alloc(4 * 1024 * 1024, 1)); const end = Date.now() + 10; while (Date.now() < end); }',
      /^its process ended: it took more than 256 MiB of memory$/,
    ],
  ] as const;
  for (const [what, words] of grows) {
    const { action } = scriptBench(t, misbehaving(what), { timeout: 30 });
    const [first, second] = await action.ban([bad, good]);
    assert.equal(first?.ok, false);
    assert.match(first?.error ?? '', words);
    assert.equal(second?.ok, true);
  }
});

test('garbage where answers are expected costs the process its life; what is printed does not', async (t) => {
  const garbage = scriptBench(t, misbehaving("writeSync(1, 'hello\\n'); await new Promise(() => {});"));
  const [first, second] = await garbage.action.ban([bad, good]);
  assert.equal(first?.error, 'its process ended: it said something that is no answer');
  assert.equal(second?.ok, true);
  const printing = scriptBench(
    t,
    misbehaving('process.stdout.write(\'{"kind":"done","id":1}\\n\'); console.error(\'\\x1b[2J\');'),
  );
  assert.equal((await printing.action.ban([bad]))[0]?.ok, true);
  assert.deepEqual(printing.said(), ['{"kind":"done","id":1}', '\\x1b[2J']);
});

test('of much that is printed a part is logged; without end it costs the process its life', async (t) => {
  const some = scriptBench(t, misbehaving("for (let at = 0; at < 500; at++) console.log('x'.repeat(5000));"));
  assert.equal((await some.action.ban([bad]))[0]?.ok, true);
  assert.equal(some.said().length, 50);
  assert.ok(some.said().every((line) => line.length === 1000));
  assert.equal(some.logger.lines.filter((line) => line.includes('says more, which is left out')).length, 1);
  const endless = scriptBench(
    t,
    misbehaving("for (;;) { console.log('x'); await new Promise(setImmediate); }"),
  );
  assert.equal((await endless.action.ban([bad]))[0]?.error, 'its process ended: it printed too much');
  const errors = scriptBench(t, misbehaving("for (;;) writeSync(2, 'x'.repeat(1000));"));
  assert.equal((await errors.action.ban([bad]))[0]?.error, 'its process ended: it wrote too much');
});

test('a process that is killed while a ban waits is started again, and the ban is made', async (t) => {
  const source = `
export async function start() { console.log(process.pid); }
export async function ban({ id }) {
  console.log('ban', process.pid);
  if (globalThis.was === undefined) await new Promise((resolve) => setTimeout(resolve, 300));
}`;
  const { action, said, helpers } = scriptBench(t, source);
  await action.start();
  const pid = Number(said()[0]);
  const banned = action.ban([bad]);
  while (said().length < 2) await new Promise((resolve) => setTimeout(resolve, 2));
  process.kill(pid, 'SIGKILL');
  const [outcome] = await banned;
  assert.equal(outcome?.ok, true);
  assert.equal(helpers.length, 2);
  assert.equal(said().length, 3);
});

test('what a module has started goes with its process', async (t) => {
  const source = `
import { spawn } from 'node:child_process';
export function start() { console.log(spawn('sleep', ['1000']).pid); }`;
  const { action, said } = scriptBench(t, source);
  await action.start();
  const pid = Number(said()[0]);
  assert.ok(isThere(pid));
  await action.stop();
  while (isThere(pid)) await new Promise((resolve) => setTimeout(resolve, 5));
});

test('without a call for a while the process ends, and the next call starts another', async (t) => {
  const { action, helpers, logger } = scriptBench(t, misbehaving(''), {}, { idleMs: 1 });
  assert.equal((await action.ban([bad]))[0]?.ok, true);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal((await action.ban([good]))[0]?.ok, true);
  assert.equal(helpers.length, 2);
  assert.deepEqual(logger.lines, []);
});

test('a stop of the daemon does not wait for a hook that hangs', async (t) => {
  const patience = new StopPatience(new MemoryLogger(), { hangSec: 0.3, allHangsSec: 0.5, leastSec: 0.1 });
  const source = misbehaving('await new Promise(() => setInterval(() => {}, 1000));');
  const { action } = scriptBench(t, source, {}, { patience });
  await action.start();
  const banned = action.ban([bad]);
  patience.begin();
  assert.match((await banned)[0]?.error ?? '', /^no answer within \d+(?:\.\d)? s/);
  patience.giveUp();
  assert.equal((await action.stop()).error, 'not run, since the server stops');
});

/** A zombie is gone; only whoever started it has not asked yet. */
function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
