import assert from 'node:assert/strict';
import { mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import { type FileSystem, JournalNudge, nodeFileSystem } from '../../src/source/index.ts';
import { temporaryDirectory } from './harness.ts';

const online = 1;
const archived = 2;

/** Journal files of a test, of which only the header matters, and which of them were touched. */
class NudgeBench {
  readonly clock = new ManualClock();
  readonly directory: string;
  readonly nudge: JournalNudge;
  readonly touched: string[] = [];
  readonly open = new Map<number, string>();
  refusesTouch = false;
  reads = 0;

  constructor(context: TestContext) {
    this.directory = temporaryDirectory(context);
    const fs: FileSystem = {
      ...nodeFileSystem,
      open: (path) => {
        const fd = nodeFileSystem.open(path);
        this.open.set(fd, path.slice(this.directory.length + 1));
        return fd;
      },
      close: (fd) => {
        nodeFileSystem.close(fd);
        this.open.delete(fd);
      },
      read: (...args) => {
        this.reads += 1;
        return nodeFileSystem.read(...args);
      },
      touch: (fd) => {
        this.touched.push(this.open.get(fd)!);
        if (this.refusesTouch) throw new Error('EPERM');
        nodeFileSystem.touch(fd);
      },
    };
    this.nudge = new JournalNudge({ fs, clock: this.clock });
    context.after(() => this.nudge.stop());
  }

  path(name: string): string {
    return join(this.directory, name);
  }

  journal(name: string, entries: number, state = online): void {
    const header = Buffer.alloc(256);
    header.write('LPKSHHRH');
    header[16] = state;
    header.writeBigUInt64LE(BigInt(entries), 152);
    mkdirSync(join(this.path(name), '..'), { recursive: true });
    writeFileSync(this.path(name), header, { flag: 'a' });
    writeFileSync(this.path(name), header, { flag: 'r+' });
  }

  /** Lets time go by and says what was touched. */
  pass(sec: number): string[] {
    this.touched.length = 0;
    this.clock.advance(sec);
    return [...this.touched];
  }
}

test('a journal file is touched once for entries that were written, and not without', (context) => {
  const bench = new NudgeBench(context);
  bench.journal('id/system.journal', 5);
  bench.journal('id/other.journal', 5);
  bench.nudge.want([bench.path('*/system.journal')]);
  bench.pass(1);
  assert.deepEqual(bench.pass(10), []);
  bench.journal('id/system.journal', 7);
  bench.journal('id/other.journal', 7);
  assert.deepEqual(bench.pass(0.05), ['id/system.journal']);
  assert.deepEqual(bench.pass(10), []);
});

test('it looks often while readers get entries, and not at all when they have got none for a while', (context) => {
  const bench = new NudgeBench(context);
  bench.journal('id/system.journal', 1);
  bench.nudge.want([bench.path('*/system.journal')]);
  const looksIn = (sec: number): number => {
    bench.reads = 0;
    bench.pass(sec);
    return bench.reads;
  };
  assert.ok(looksIn(10) > 300);
  bench.pass(60);
  // What others write to the journal wakes nobody up.
  bench.journal('id/system.journal', 2);
  assert.equal(looksIn(20), 0);
  assert.equal(bench.open.size, 0);
  bench.nudge.hurry();
  assert.ok(looksIn(10) > 300);
  bench.journal('id/system.journal', 3);
  assert.deepEqual(bench.pass(0.1), ['id/system.journal']);
  bench.pass(60);
  assert.equal(looksIn(20), 0);
});

test('nobody wants it: it is not woken up', (context) => {
  const bench = new NudgeBench(context);
  bench.journal('id/system.journal', 1);
  const end = bench.nudge.want([bench.path('*/system.journal')]);
  end();
  bench.nudge.hurry();
  bench.pass(100);
  assert.equal(bench.reads, 0);
});

test('touching a file changes the time of its last change and nothing else', (context) => {
  const path = join(temporaryDirectory(context), 'file');
  writeFileSync(path, 'x');
  utimesSync(path, 1000, 2000);
  const fd = nodeFileSystem.open(path);
  nodeFileSystem.touch(fd);
  const stat = nodeFileSystem.fstat(fd) as ReturnType<FileSystem['fstat']> & { readonly atimeMs: number };
  nodeFileSystem.close(fd);
  assert.equal(stat.atimeMs, 1_000_000);
  assert.ok(Math.abs(stat.mtimeMs - Date.now()) < 60_000);
  assert.equal(stat.size, 1);
});

test('after a rotation the new file is watched at once, and none stays open', (context) => {
  const bench = new NudgeBench(context);
  bench.journal('id/system.journal', 5);
  const end = bench.nudge.want([bench.path('*/system.journal')]);
  bench.pass(1);
  renameSync(bench.path('id/system.journal'), bench.path('id/system@1.journal'));
  bench.journal('id/system@1.journal', 5, archived);
  bench.journal('id/system.journal', 0);
  bench.pass(0.1);
  bench.journal('id/system.journal', 1);
  assert.deepEqual(bench.pass(0.05), ['id/system.journal']);
  assert.equal(bench.open.size, 1);
  end();
  assert.equal(bench.open.size, 0);
  bench.journal('id/system.journal', 2);
  assert.deepEqual(bench.pass(10), []);
});

test('journals that appear later are found, and those that are gone are left', (context) => {
  const bench = new NudgeBench(context);
  bench.nudge.want([bench.path('*/system.journal')]);
  bench.pass(1);
  bench.journal('id/system.journal', 0);
  bench.pass(6);
  bench.journal('id/system.journal', 1);
  assert.deepEqual(bench.pass(0.05), ['id/system.journal']);
  rmSync(bench.path('id'), { recursive: true });
  bench.pass(6);
  assert.equal(bench.open.size, 0);
});

test('a file that may not be touched is left alone', (context) => {
  const bench = new NudgeBench(context);
  bench.refusesTouch = true;
  bench.journal('id/system.journal', 0);
  bench.nudge.want([bench.path('*/system.journal')]);
  bench.pass(1);
  bench.journal('id/system.journal', 1);
  bench.pass(1);
  bench.journal('id/system.journal', 2);
  assert.deepEqual(bench.pass(1), []);
});

test('what is no journal file is read without harm', (context) => {
  const bench = new NudgeBench(context);
  writeFileSync(bench.path('system.journal'), 'short');
  bench.nudge.want([bench.path('system.journal')]);
  assert.deepEqual(bench.pass(10), []);
});
