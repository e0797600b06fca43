import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { FilePosition } from '../../src/source/index.ts';
import { TestFollower, type TestJail, temporaryDirectory, unwatchedFileSystem, write } from './harness.ts';

const nowSec = Date.now() / 1000;

function follower(context: TestContext): TestFollower {
  return new TestFollower(context, unwatchedFileSystem, nowSec);
}

/** Reads a log to its end with a follower that is then stopped, and returns where it got to. */
function readOnce(context: TestContext, ...paths: string[]): FilePosition[] {
  const watched = follower(context);
  const positions = watched.jail(...paths).positions();
  watched.follower.stop();
  return positions;
}

function resume(context: TestContext, positions: readonly FilePosition[], ...paths: string[]): TestJail {
  return follower(context).jailWith({ paths, positions });
}

test('a position names the first line by its SHA-1, line end included, as fail2ban does under Python 3', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\r\ntwo\n');
  const firstLineHash = createHash('sha1').update('one\r\n').digest('hex');
  assert.deepEqual(readOnce(context, log), [{ kind: 'file', path: log, offset: 9, firstLineHash }]);
});

test('reading goes on at the kept position', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const positions = readOnce(context, log);
  write(log, 'two\n');
  assert.deepEqual(resume(context, positions, log).lines, ['two']);
});

test('a position with an MD5, which fail2ban kept under Python 2, holds as well', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const firstLineHash = createHash('md5').update('one\n').digest('hex');
  const positions = readOnce(context, log).map((position) => ({ ...position, firstLineHash }));
  write(log, 'two\n');
  assert.deepEqual(resume(context, positions, log).lines, ['two']);
  renameSync(log, `${log}.1`);
  write(log, 'three\n');
  assert.deepEqual(resume(context, positions, log).lines, ['two', 'three']);
});

test('a kept position within a line goes on with the next one', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const positions = readOnce(context, log).map((position) => ({ ...position, offset: 5 }));
  write(log, 'two\nthree\n');
  assert.deepEqual(resume(context, positions, log).lines, ['three']);
});

test('with tail a kept position counts more', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const positions = readOnce(context, log);
  write(log, 'two\n');
  const jail = follower(context).jailWith({ paths: [{ pattern: log, tail: true }], positions });
  assert.deepEqual(jail.lines, ['two']);
});

test('rotations that happened meanwhile are read through, oldest first', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const positions = readOnce(context, log);
  write(log, 'two\n');
  renameSync(log, `${log}.2`);
  write(`${log}.1`, 'three\n');
  write(log, 'four\n');
  write(`${log}.3.gz`, 'no\n');
  write(`${log}-other`, 'no\n');
  const jail = resume(context, positions, log);
  assert.deepEqual(jail.lines, ['two', 'three', 'four']);
  assert.equal(jail.positions()[0]?.offset, 5);
});

test('a copy-and-truncate that happened meanwhile is read through', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const positions = readOnce(context, log);
  write(log, 'two\n');
  copyFileSync(log, `${log}-20261122`);
  truncateSync(log);
  write(log, 'three is longer\n');
  assert.deepEqual(resume(context, positions, log).lines, ['two', 'three is longer']);
});

test('a restart while the rotated file is being finished goes on in it', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const watched = follower(context);
  const jail = watched.jail(log);
  write(log, 'two\nthree\n');
  renameSync(log, `${log}.1`);
  write(log, '');
  watched.look();
  const positions = jail.positions();
  watched.follower.stop();
  assert.equal(positions[0]?.offset, 14, 'of an empty new file nothing was read yet');
  write(`${log}.1`, 'late\n');
  write(log, 'four\n');
  assert.deepEqual(resume(context, positions, log).lines, ['late', 'four']);
});

test('a glob that also matches rotated files resumes each by its first line', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  write(`${log}.1`, 'zero\n');
  const positions = readOnce(context, `${log}*`);
  write(log, 'two\n');
  renameSync(`${log}.1`, `${log}.2`);
  renameSync(log, `${log}.1`);
  write(log, 'three\n');
  assert.deepEqual(resume(context, positions, `${log}*`).lines.sort(), ['three', 'two']);
});

test('a position that fits nothing is dropped', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\n');
  const positions = readOnce(context, log);
  unlinkSync(log);
  writeFileSync(log, 'other\n');
  assert.deepEqual(resume(context, positions, log).lines, ['other']);
});

test('an empty file has a position too, and goes on from its start', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, '');
  const positions = readOnce(context, log);
  assert.deepEqual(positions, [{ kind: 'file', path: log, offset: 0, firstLineHash: '' }]);
  write(log, 'one\n');
  assert.deepEqual(resume(context, positions, log).lines, ['one']);
});

/** 20,000 lines, one a second, the last one now: `<seconds> text`; every fifth without a date. */
function writeDatedLog(log: string): void {
  const lines = Array.from({ length: 20_000 }, (_, index) => {
    const dateSec = Math.floor(nowSec) - 19_999 + index;
    return index % 5 === 4 ? 'no date\n' : `${dateSec} text of the line\n`;
  });
  write(log, lines.join(''));
}

const dateOf = (line: string): number | undefined =>
  /^\d+ /.test(line) ? Number.parseInt(line, 10) : undefined;

test('the first read of a file begins close before the lines that matter, found with few looks', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  writeDatedLog(log);
  const jail = follower(context).jailWith({ paths: [log], findTimeSec: 600, dateOf });
  const dates = jail.lines.flatMap((line) => dateOf(line) ?? []);
  assert.ok(dates[0]! <= nowSec - 600, 'nothing that matters is left out');
  assert.ok(jail.lines.length < 3000, `read ${jail.lines.length} lines`);
  assert.ok(jail.dated.length < 60, `looked at ${jail.dated.length} lines`);
  assert.equal(dates.at(-1), Math.floor(nowSec) - 1);
});

test('the search for the first line that matters never goes before a kept position', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, '');
  writeDatedLog(log);
  const positions = readOnce(context, log);
  write(log, `${Math.floor(nowSec)} news\n`);
  const jail = follower(context).jailWith({ paths: [log], positions, findTimeSec: 1e6, dateOf });
  assert.deepEqual(jail.lines, [`${Math.floor(nowSec)} news`]);
});

test('without any dates a file is read from its start', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'no date\n'.repeat(20_000));
  const jail = follower(context).jailWith({ paths: [log], dateOf });
  assert.equal(jail.lines.length, 20_000);
});

test('a worker that replaces another one reads some lines again for the memory alone', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\ntwo\nthree\n');
  const positions = readOnce(context, log);
  write(log, 'four\n');
  const jail = follower(context).jailWith({ paths: [log], positions, warmUpBytes: 9, inOperation: [log] });
  assert.deepEqual(jail.warmUp, ['three']);
  assert.deepEqual(jail.lines, ['four']);
  assert.deepEqual(jail.old, [], 'the first catch-up was over before');
});

test('while the memory is refreshed the position stays where it was', (context) => {
  const log = join(temporaryDirectory(context), 'a.log');
  write(log, 'one\ntwo\nthree\n');
  const positions = readOnce(context, log);
  const watched = follower(context);
  const jail = watched.jailWith({ paths: [log], positions, warmUpBytes: 100, active: false });
  assert.equal(jail.positions()[0]?.offset, 14);
  jail.subscription.setActive(true);
  watched.drain();
  assert.deepEqual([jail.warmUp, jail.lines], [['one', 'two', 'three'], []]);
});
