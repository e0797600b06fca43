import assert from 'node:assert/strict';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeFileSystem } from '../../src/source/index.ts';
import { TestFollower, temporaryDirectory, unwatchedFileSystem, write } from './harness.ts';

test('lines that are appended arrive once, in order', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\ntwo\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  write(log, 'three\n');
  watched.look();
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two', 'three']);
  assert.deepEqual(jail.places, [`${log} 0`, `${log} 4`, `${log} 8`]);
});

test('a last line without line end waits until it is complete', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\ntw');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  assert.deepEqual(jail.lines, ['one']);
  assert.equal(jail.positions()[0]?.offset, 4);
  write(log, 'o');
  watched.look();
  assert.deepEqual(jail.lines, ['one']);
  write(log, '\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two']);
});

test('carriage returns before the line end are dropped, empty lines and NULs are kept', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\r\n\r\r\n\ntw\0o\x01\xff \r x\n');
  const jail = new TestFollower(context).jail(log);
  assert.deepEqual(jail.lines, ['one', '', '', 'tw\0o\x01ÿ \r x']);
});

test('a file that appears later is read from its start, also with tail', (context) => {
  const log = join(temporaryDirectory(context), 'sub', 'a.log');
  const watched = new TestFollower(context);
  const jail = watched.jail({ pattern: log, tail: true });
  assert.deepEqual(jail.states, [`${log} missing (there is no such file)`]);
  assert.equal(jail.caughtUp, 1, 'there is nothing to catch up with');
  write(log, 'one\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one']);
  assert.deepEqual(jail.states.slice(1), [`${log} reading`]);
});

test('with tail, reading starts at the end of a file without a kept position', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\nhal');
  const watched = new TestFollower(context);
  const jail = watched.jail({ pattern: log, tail: true });
  assert.deepEqual(jail.lines, []);
  assert.equal(jail.positions()[0]?.offset, 4);
  write(log, 'f\ntwo\n');
  watched.look();
  assert.deepEqual(jail.lines, ['half', 'two']);
  assert.deepEqual(jail.old, []);
});

test('new files that match a glob are followed, and given up when they are gone', (context) => {
  const directory = temporaryDirectory(context);
  write(join(directory, 'x', 'a.log'), 'one\n');
  write(join(directory, '.hidden', 'a.log'), 'no\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(join(directory, '*', '[!b]*.log'));
  write(join(directory, 'x', 'c.log'), 'two\n');
  write(join(directory, 'x', 'b.log'), 'no\n');
  write(join(directory, 'y', 'a.log'), 'three\n');
  for (let look = 0; look < 5; look += 1) watched.look();
  assert.deepEqual(jail.lines.sort(), ['one', 'three', 'two']);
  rmSync(join(directory, 'y'), { recursive: true });
  watched.pass(200);
  assert.deepEqual(
    jail.subscription
      .states()
      .map(({ path }) => path)
      .sort(),
    [join(directory, 'x', 'a.log'), join(directory, 'x', 'c.log')],
  );
});

test('what is no regular file, or may not be read, degrades that path alone and is tried again', (context) => {
  const directory = temporaryDirectory(context);
  const good = join(directory, 'good.log');
  const folder = join(directory, 'folder.log');
  const secret = join(directory, 'secret.log');
  mkdirSync(folder);
  write(secret, 'three\n');
  write(good, 'one\n');
  let forbidden = true;
  const fs = {
    ...unwatchedFileSystem,
    open: (path: string) => {
      if (path === secret && forbidden) throw Object.assign(new Error('no'), { code: 'EACCES' });
      return nodeFileSystem.open(path);
    },
  };
  const watched = new TestFollower(context, fs);
  const jail = watched.jail(folder, secret, good);
  assert.deepEqual(jail.states, [
    `${folder} unreadable (it is not a regular file)`,
    `${secret} unreadable (EACCES)`,
    `${good} reading`,
  ]);
  assert.deepEqual(jail.lines, ['one']);
  forbidden = false;
  rmSync(folder, { recursive: true });
  write(folder, 'two\n');
  watched.look();
  assert.deepEqual(jail.lines.sort(), ['one', 'three', 'two']);
});

test('an error while reading makes the log unreadable until it works again, and loses nothing', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  let broken = false;
  const fs = {
    ...unwatchedFileSystem,
    read: (...args: Parameters<typeof nodeFileSystem.read>) => {
      if (broken) throw Object.assign(new Error('no'), { code: 'EIO' });
      return nodeFileSystem.read(...args);
    },
  };
  const watched = new TestFollower(context, fs);
  const jail = watched.jail(log);
  write(log, 'two\n');
  broken = true;
  watched.look();
  watched.look();
  assert.equal(jail.states.at(-1), `${log} unreadable (EIO)`);
  broken = false;
  watched.look();
  assert.equal(jail.states.at(-1), `${log} reading`);
  assert.deepEqual(jail.lines, ['one', 'two']);
});

test('two jails share a file, each from its own place on', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\ntwo\n');
  let reads = 0;
  const fs = {
    ...unwatchedFileSystem,
    read: (...args: Parameters<typeof nodeFileSystem.read>) => {
      if (args[1].length > 65_536) reads += 1;
      return nodeFileSystem.read(...args);
    },
  };
  const watched = new TestFollower(context, fs);
  const first = watched.jail(log);
  const second = watched.jailWith({
    paths: [log],
    positions: first.positions().map((p) => ({ ...p, offset: 4 })),
  });
  assert.deepEqual(second.lines, ['two']);
  reads = 0;
  write(log, 'three\n');
  watched.look();
  assert.deepEqual([first.lines.at(-1), second.lines.at(-1)], ['three', 'three']);
  assert.equal(reads, 1, 'one read serves both');
});

test('a jail that takes only part of a block gets the rest later', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, '1\n2\n3\n4\n5\n');
  const jail = new TestFollower(context).jailWith({ paths: [log], linesPerTake: 2 });
  assert.deepEqual(jail.lines, ['1', '2', '3', '4', '5']);
});

test('an idle jail keeps its place and goes on from there', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  jail.subscription.setActive(false);
  write(log, 'two\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one']);
  jail.subscription.setActive(true);
  watched.drain();
  assert.deepEqual(jail.lines, ['one', 'two']);
});

test('paths are added and removed while the others go on', (context) => {
  const directory = temporaryDirectory(context);
  const [a, b] = [join(directory, 'a.log'), join(directory, 'b.log')];
  write(a, 'one\n');
  write(b, 'two\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(a);
  jail.setPaths(a, b);
  watched.drain();
  jail.setPaths(b);
  write(a, 'not read\n');
  write(b, 'three\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two', 'three']);
  jail.setPaths(a, b);
  watched.drain();
  assert.deepEqual(jail.lines.at(-1), 'not read', 'a path that comes back is read on where it was left');
});

test('a jail has caught up when the end of all its logs was reached', (context) => {
  const directory = temporaryDirectory(context);
  const [a, b] = [join(directory, 'a.log'), join(directory, 'b.log')];
  write(a, 'one\n');
  write(b, 'two\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(a, b, join(directory, 'missing.log'));
  assert.equal(jail.caughtUp, 1);
  assert.deepEqual(jail.old, ['one', 'two']);
  write(a, 'three\n');
  watched.look();
  assert.deepEqual(jail.old, ['one', 'two']);
  assert.equal(jail.caughtUp, 1);
});

test('a line of a gigabyte costs no memory, one notice, and none of the other lines', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const fd = openSync(log, 'r+');
  writeSync(fd, 'long line', 4);
  writeSync(fd, '\ntwo\n', 2 ** 30);
  closeSync(fd);
  const before = process.memoryUsage().rss;
  const jail = new TestFollower(context).jail(log);
  assert.equal(jail.lines.length, 3);
  assert.equal(jail.lines[1]?.length, 65_536);
  assert.ok(jail.lines[1]?.startsWith('long line\0'));
  assert.deepEqual([jail.lines[0], jail.lines[2]], ['one', 'two']);
  assert.equal(jail.positions()[0]?.offset, 2 ** 30 + 5);
  assert.ok(process.memoryUsage().rss - before < 64 * 2 ** 20);
});

test('an error while the place to begin is looked for only puts the reading off', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const open = new Set<number>();
  let broken = true;
  const fs = {
    ...unwatchedFileSystem,
    open: (path: string) => {
      const fd = nodeFileSystem.open(path);
      open.add(fd);
      return fd;
    },
    close: (fd: number) => {
      open.delete(fd);
      nodeFileSystem.close(fd);
    },
    read: (...args: Parameters<typeof nodeFileSystem.read>) => {
      if (broken) throw Object.assign(new Error('no'), { code: 'EIO' });
      return nodeFileSystem.read(...args);
    },
  };
  const watched = new TestFollower(context, fs);
  const jail = watched.jail(log);
  watched.look();
  assert.deepEqual([jail.states, open.size], [[`${log} unreadable (EIO)`], 0]);
  broken = false;
  watched.look();
  assert.deepEqual([jail.lines, open.size], [['one'], 1]);
});
