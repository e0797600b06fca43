import assert from 'node:assert/strict';
import {
  closeSync,
  copyFileSync,
  openSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { nodeFileSystem } from '../../src/source/index.ts';
import { TestFollower, temporaryDirectory, unwatchedFileSystem, write } from './harness.ts';

test('after a rotation by rename the old file is finished first', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  write(log, 'two\n');
  renameSync(log, `${log}.1`);
  write(log, 'three\n');
  write(`${log}.1`, 'late\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two', 'late', 'three']);
  write(`${log}.1`, 'later\n');
  write(log, 'four\n');
  watched.look();
  assert.deepEqual(jail.lines.slice(4).sort(), ['four', 'later']);
});

test('a file between rename and creation is still read under its new name', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  renameSync(log, `${log}.1`);
  write(`${log}.1`, 'two\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two']);
  assert.deepEqual(jail.states, [`${log} reading`]);
  write(log, 'three\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two', 'three']);
});

test('a rotated file is closed some time after its last growth', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  const open = new Set<number>();
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
  };
  write(log, 'one\n');
  const watched = new TestFollower(context, fs);
  watched.jail(log);
  renameSync(log, `${log}.1`);
  write(log, 'two\n');
  watched.look();
  assert.equal(open.size, 2);
  watched.pass(31);
  assert.equal(open.size, 1);
  unlinkSync(log);
  watched.look();
  watched.pass(65);
  assert.equal(open.size, 0, 'a deleted file is not held open for ever');
});

test('a truncated file is read from its start, even when it has grown beyond the old position', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\ntwo\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  truncateSync(log);
  watched.look();
  write(log, 'three\n');
  watched.look();
  truncateSync(log);
  write(log, 'four and more\nfive\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two', 'three', 'four and more', 'five']);
});

test('after copy-and-truncate the lines that only the copy has are read from it', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const watched = new TestFollower(context, unwatchedFileSystem, Date.now() / 1000);
  const jail = watched.jail(log);
  write(log, 'two\n');
  copyFileSync(log, `${log}.1`);
  truncateSync(log);
  write(log, 'three\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two', 'three']);
});

test('a new file of the same name is read from its start although it is larger', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  // Kept aside so that the new file cannot get the same inode.
  renameSync(log, join(log, '..', 'elsewhere'));
  write(log, 'three and more\nfour\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'three and more', 'four']);
});

test('a glob that also matches rotated files counts no line twice', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(`${log}*`);
  write(log, 'two\n');
  renameSync(log, `${log}.1`);
  write(log, 'three\n');
  for (let look = 0; look < 5; look += 1) watched.look();
  write(`${log}.1`, 'late\n');
  watched.pass(80);
  write(`${log}.1`, 'very late\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two', 'three', 'late', 'very late']);
});

test('a directory that vanishes and comes back is followed again', (context) => {
  const directory = join(temporaryDirectory(context), 'log');
  const log = join(directory, 'a.log');
  write(log, 'one\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  rmSync(directory, { recursive: true });
  watched.look();
  watched.pass(10);
  assert.deepEqual(jail.states.slice(1), [`${log} missing (there is no such file)`]);
  write(log, 'two\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two']);
  assert.equal(jail.states.at(-1), `${log} reading`);
});

test('a directory that is moved away for long and back is read on where it was left', (context) => {
  const directory = join(temporaryDirectory(context), 'log');
  const log = join(directory, 'a.log');
  write(log, 'one\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  renameSync(directory, `${directory}.away`);
  watched.look();
  watched.pass(100);
  renameSync(`${directory}.away`, directory);
  write(log, 'two\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two']);
});

test('a link that is pointed elsewhere leads to the new file after the old one', (context) => {
  const directory = temporaryDirectory(context);
  const link = join(directory, 'current.log');
  write(join(directory, 'x', 'one.log'), 'one\n');
  symlinkSync('x/one.log', link);
  const watched = new TestFollower(context);
  const jail = watched.jail(link);
  write(join(directory, 'x', 'one.log'), 'two\n');
  write(join(directory, 'y', 'two.log'), 'three\n');
  unlinkSync(link);
  symlinkSync('y/two.log', link);
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two', 'three']);
});

test('a known log that was written anew counts by its dates until its end is reached', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\ntwo\n');
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  writeFileSync(`${log}.new`, 'one\nother\n');
  renameSync(`${log}.new`, log);
  watched.look();
  assert.deepEqual(jail.old.slice(2), ['one', 'other']);
  write(log, 'three\n');
  watched.look();
  assert.equal(jail.old.length, 4);
});

test('the hole that a writer leaves who was not told of a truncation is skipped', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  const fd = openSync(log, 'w');
  const line = `${'x'.repeat(99)}\n`;
  for (let count = 0; count < 3000; count += 1) writeSync(fd, line);
  const watched = new TestFollower(context);
  const jail = watched.jail(log);
  truncateSync(log);
  writeSync(fd, 'after the hole\n');
  closeSync(fd);
  watched.look();
  assert.equal(jail.lines.length, 3001);
  assert.equal(jail.lines.at(-1), 'after the hole');
});

test('a file that was truncated and then rotated is read before those that came after it', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const watched = new TestFollower(context, unwatchedFileSystem, Date.now() / 1000);
  const jail = watched.jail(log);
  copyFileSync(log, `${log}.3`);
  truncateSync(log);
  write(log, 'two\n');
  renameSync(log, `${log}.2`);
  write(`${log}.1`, 'three\n');
  watched.look();
  write(log, 'four\n');
  watched.look();
  assert.deepEqual(jail.lines, ['one', 'two', 'three', 'four']);
});
