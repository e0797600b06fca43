import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MemoryLogger } from '../../src/base/index.ts';
import { createShellRunner, type ShellRunner, StopPatience } from '../../src/enforce/index.ts';

const environment = { PATH: '/usr/bin:/bin' };
const limits = { hangSec: 0.3, allHangsSec: 0.4, leastSec: 0.1, wholeSec: 60 };

function bench(more: Partial<typeof limits> = {}) {
  const logger = new MemoryLogger();
  const patience = new StopPatience(logger, { ...limits, ...more });
  const runner = createShellRunner({ logger, environment, patience });
  const run = (script: string, owner: object): ReturnType<ShellRunner['run']> =>
    runner.run({ script, args: [] }, { timeoutSec: 60, rank: 0, owner });
  return { logger, patience, run };
}

test('a command that runs when the stop begins is ended after the time for one that hangs, and the log says so', async () => {
  const { logger, patience, run } = bench();
  const running = run('sleep 60', {});
  await new Promise((resolve) => setImmediate(resolve));
  patience.begin();
  const result = await running;
  assert.equal(result.ok, false);
  assert.equal(result.timedOut, true);
  assert.ok(result.durationMs < 2000, `${result.durationMs}`);
  const log = logger.lines.join('\n');
  assert.match(log, /timed out after [0-9.]+ seconds/);
  assert.doesNotMatch(log, /timed out after 60/);
  assert.match(log, /WARNING .*hung and was ended, since the server stops/);
});

test('what hangs does not keep other actions from ending their bans, and is given up the second time', async () => {
  const { logger, patience, run } = bench();
  const mail = {};
  const firewall = {};
  patience.begin();
  const startedMs = performance.now();
  const results = [];
  for (let count = 0; count < 20; count += 1) {
    results.push(await run('sleep 60', mail));
    results.push(await run('true', firewall));
  }
  assert.ok(performance.now() - startedMs < 5000, `${performance.now() - startedMs}`);
  assert.equal(results.filter(({ ok }) => ok).length, 20);
  assert.equal(results.filter(({ timedOut }) => timedOut).length, 2);
  assert.match(logger.lines.join('\n'), /hung again: its action is given up/);
});

test('a child that ignores SIGTERM is killed all the same', async () => {
  const { patience, run } = bench();
  patience.begin();
  const result = await run("trap '' TERM; sleep 60 & wait; wait", {});
  assert.equal(result.timedOut, true);
  assert.ok(result.durationMs < 3000, `${result.durationMs}`);
});

test('after the whole time nothing more is begun, which is said once', async () => {
  const { logger, patience, run } = bench({ wholeSec: 0 });
  patience.begin();
  assert.equal((await run('true', {})).startError, 'not run, since the server stops');
  await run('true', {});
  assert.equal(logger.lines.filter((line) => line.includes('no further command is run')).length, 1);
});

test('asked a second time, what runs is killed and nothing more is begun', async () => {
  const { patience, run } = bench({ hangSec: 60, allHangsSec: 60 });
  const running = run('sleep 60', {});
  await new Promise((resolve) => setImmediate(resolve));
  patience.giveUp();
  assert.equal((await running).timedOut, true);
  assert.equal((await run('true', {})).ok, false);
});

test('without a stop a command has its own timeout, however long', async () => {
  const { run } = bench({ hangSec: 0.01, allHangsSec: 0.01, leastSec: 0.01 });
  assert.equal((await run('sleep 0.2', {})).ok, true);
});
