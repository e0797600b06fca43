import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { expandGlob, hasGlobMagic } from '../../src/source/glob.ts';
import { nodeFileSystem } from '../../src/source/index.ts';
import { temporaryDirectory, write } from './harness.ts';

test('a glob yields the regular files that match, sorted', (context) => {
  const directory = temporaryDirectory(context);
  for (const name of [
    'b.log',
    'a.log',
    'c.txt',
    '.x.log',
    'a1.log',
    'a].log',
    'a-.log',
    'sub/a.log',
    'a.log2',
  ]) {
    write(join(directory, name), '');
  }
  mkdirSync(join(directory, 'folder.log'));
  symlinkSync('a.log', join(directory, 'link.log'));
  symlinkSync('nowhere', join(directory, 'dangling.log'));
  const names = (pattern: string): string[] =>
    expandGlob(join(directory, pattern), nodeFileSystem, 100).paths.map((path) =>
      path.slice(directory.length + 1),
    );
  assert.deepEqual(names('*.log'), ['a-.log', 'a.log', 'a1.log', 'a].log', 'b.log', 'link.log']);
  assert.deepEqual(names('?.log'), ['a.log', 'b.log']);
  assert.deepEqual(names('[a-b].log'), ['a.log', 'b.log']);
  assert.deepEqual(names('[!a].log'), ['b.log']);
  assert.deepEqual(names('a[]x].log'), ['a].log']);
  assert.deepEqual(names('a[b-a].log'), []);
  assert.deepEqual(names('.*.log'), ['.x.log']);
  assert.deepEqual(names('*/a.log'), ['sub/a.log']);
  assert.deepEqual(names('[.log'), []);
  assert.deepEqual(names('a.lo+'), []);
});

test('the directories that decide about a glob are told, such as do not exist yet included', (context) => {
  const directory = temporaryDirectory(context);
  mkdirSync(join(directory, 'a', 'logs'), { recursive: true });
  mkdirSync(join(directory, 'b'));
  const { directories } = expandGlob(join(directory, '*', 'logs', '*.log'), nodeFileSystem, 100);
  assert.deepEqual(directories, [directory, join(directory, 'a', 'logs'), join(directory, 'b')]);
});

test('a glob that matches too much is cut and says so', (context) => {
  const directory = temporaryDirectory(context);
  for (let index = 0; index < 5; index += 1) write(join(directory, `${index}.log`), '');
  const result = expandGlob(join(directory, '*'), nodeFileSystem, 3);
  assert.deepEqual([result.paths.length, result.cut], [3, true]);
});

test('only the characters that glob knows make a path a pattern', () => {
  assert.ok(hasGlobMagic('/var/log/[a].log'));
  assert.ok(!hasGlobMagic('/var/log/a{b}.log'));
});
