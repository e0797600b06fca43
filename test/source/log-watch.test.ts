import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, renameSync, rmSync, symlinkSync, truncateSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import { LogFollower, nodeFileSystem } from '../../src/source/index.ts';
import { TestJail, temporaryDirectory, write } from './harness.ts';

/** A follower woken by the kernel alone: its clock stands still, so no timer ever looks. */
class WatchingFollower {
  readonly #events = new EventEmitter();
  readonly follower: LogFollower;
  #scheduled = false;

  constructor(context: TestContext, fs = nodeFileSystem) {
    this.follower = new LogFollower({
      fs,
      clock: new ManualClock(Date.now() / 1000),
      buffer: Buffer.alloc(262_144),
      onWork: () => this.#schedule(),
    });
    context.after(() => this.follower.stop());
  }

  /** Waits until the jail has got so many lines. */
  async lines(jail: TestJail, count: number): Promise<string[]> {
    const signal = AbortSignal.timeout(5000);
    while (jail.lines.length < count) await once(this.#events, 'worked', { signal });
    return jail.lines;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      while (this.follower.readNext());
      this.#events.emit('worked');
    });
  }
}

test('a line is seen as soon as the kernel tells, without any timer', async (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const watched = new WatchingFollower(context);
  const jail = new TestJail(watched.follower, { paths: [log] });
  await watched.lines(jail, 1);
  const startMs = performance.now();
  write(log, 'two\n');
  await watched.lines(jail, 2);
  context.diagnostic(`seen after ${(performance.now() - startMs).toFixed(1)} ms`);
  assert.deepEqual(jail.lines, ['one', 'two']);
});

test('rotation, truncation, deletion and creation are noticed through the kernel', async (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, '1\n');
  const watched = new WatchingFollower(context);
  const jail = new TestJail(watched.follower, { paths: [log] });
  await watched.lines(jail, 1);
  renameSync(log, `${log}.1`);
  write(`${log}.1`, '2\n');
  await watched.lines(jail, 2);
  write(log, '3\n');
  await watched.lines(jail, 3);
  write(`${log}.1`, '4\n');
  await watched.lines(jail, 4);
  truncateSync(log);
  write(log, '5\n');
  await watched.lines(jail, 5);
  unlinkSync(log);
  write(log, '6\n');
  assert.deepEqual(await watched.lines(jail, 6), ['1', '2', '3', '4', '5', '6']);
});

test('directories that are made, deleted and made again are noticed through the kernel', async (context) => {
  const root = temporaryDirectory(context);
  const log = join(root, 'x', 'y', 'a.log');
  const watched = new WatchingFollower(context);
  const jail = new TestJail(watched.follower, { paths: [log] });
  write(log, '1\n');
  await watched.lines(jail, 1);
  rmSync(join(root, 'x'), { recursive: true });
  write(log, '2\n');
  await watched.lines(jail, 2);
  renameSync(join(root, 'x', 'y'), join(root, 'z'));
  write(log, '3\n');
  assert.deepEqual(await watched.lines(jail, 3), ['1', '2', '3']);
});

test('new files that match a glob are noticed through the kernel', async (context) => {
  const root = temporaryDirectory(context);
  const watched = new WatchingFollower(context);
  const jail = new TestJail(watched.follower, { paths: [join(root, '*', 'logs', '*.log')] });
  write(join(root, 'a', 'logs', 'x.log'), '1\n');
  await watched.lines(jail, 1);
  write(join(root, 'a', 'logs', 'y.log'), '2\n');
  await watched.lines(jail, 2);
  write(join(root, 'a', 'logs', 'y.log'), '3\n');
  assert.deepEqual(await watched.lines(jail, 3), ['1', '2', '3']);
});

test('what is written behind a link is noticed through the kernel, also after it was pointed elsewhere', async (context) => {
  const root = temporaryDirectory(context);
  const link = join(root, 'links', 'current');
  const [first, second] = [join(root, 'x', 'one.log'), join(root, 'y', 'two.log')];
  write(first, '1\n');
  write(second, '2\n');
  mkdirSync(join(root, 'links'));
  symlinkSync(first, link);
  const watched = new WatchingFollower(context);
  const jail = new TestJail(watched.follower, { paths: [link] });
  await watched.lines(jail, 1);
  symlinkSync(second, `${link}.new`);
  renameSync(`${link}.new`, link);
  await watched.lines(jail, 2);
  write(second, '3\n');
  assert.deepEqual(await watched.lines(jail, 3), ['1', '2', '3']);
});

test('where the kernel has no watches left, logs are polled every second and the jails are told once', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, '1\n');
  const clock = new ManualClock();
  const follower = new LogFollower({
    fs: {
      ...nodeFileSystem,
      watch: () => {
        throw Object.assign(new Error('no'), { code: 'ENOSPC' });
      },
    },
    clock,
    buffer: Buffer.alloc(262_144),
    onWork: () => undefined,
  });
  context.after(() => follower.stop());
  const jail = new TestJail(follower, { paths: [log] });
  while (follower.readNext());
  write(log, '2\n');
  clock.advance(1);
  while (follower.readNext());
  clock.advance(60);
  while (follower.readNext());
  assert.deepEqual(jail.lines, ['1', '2']);
  const warnings = jail.notices.filter((notice) => notice.startsWith('WARNING'));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0]!, /Cannot watch .* \(ENOSPC\), it is polled instead/);
});

test('an idle follower wakes up at most once a second, and without polling every two', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, '1\n');
  for (const [polling, wakes] of [
    [true, 60],
    [false, 30],
  ] as const) {
    const clock = new ManualClock(Date.now() / 1000);
    let woken = 0;
    const follower = new LogFollower({
      fs: nodeFileSystem,
      clock,
      buffer: Buffer.alloc(262_144),
      onWork: () => {
        woken += 1;
      },
    });
    context.after(() => follower.stop());
    new TestJail(follower, { paths: [log], polling });
    while (follower.readNext());
    woken = 0;
    clock.advance(60);
    assert.equal(woken, wakes);
  }
});
