import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { machineFiles } from '../../src/config/files.ts';
import { expandGlob } from '../../src/config/glob.ts';
import { memoryFiles } from './memory-files.ts';

const files = memoryFiles({
  '/log/a.log': '',
  '/log/b.log': '',
  '/log/.hidden.log': '',
  '/log/a-b].txt': '',
  '/log/sub/x.log': '',
  '/log/gone.log': null,
});

for (const [pattern, paths] of [
  ['/log/a.log', ['/log/a.log']],
  ['/log/none.log', []],
  ['/log/*.log', ['/log/a.log', '/log/b.log']],
  ['/log/?.log', ['/log/a.log', '/log/b.log']],
  ['/log/[!a].log', ['/log/b.log']],
  ['/log/[b-z].*', ['/log/b.log']],
  ['/log/a-b[]].txt', ['/log/a-b].txt']],
  ['/log/a-b[x', []],
  ['/log/.*.log', ['/log/.hidden.log']],
  ['/l*g/s*/*.log', ['/log/sub/x.log']],
  ['/log/*/', ['/log/sub/']],
  ['/log/s*/x.log', ['/log/sub/x.log']],
  ['/log/**', ['/log/a.log', '/log/b.log', '/log/a-b].txt', '/log/sub']],
] as const) {
  test(`${pattern} matches ${paths.length} paths`, () => {
    assert.deepEqual(expandGlob(files, pattern).paths, paths);
  });
}

test('dangling links are told apart', () => {
  assert.deepEqual(expandGlob(files, '/log/g*').dangling, ['/log/gone.log']);
  assert.deepEqual(expandGlob(files, '/log/g*').paths, []);
});

test('a pattern full of stars takes no time', () => {
  const name = 'a'.repeat(200);
  const hostile = memoryFiles({ [`/log/${name}`]: '' });
  assert.deepEqual(expandGlob(hostile, `/log/${'*a'.repeat(60)}*b`).paths, []);
});

test('a directory that others fill is read up to a bound', () => {
  const many = memoryFiles(
    Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`/log/${i}.log`, ''])),
  );
  const { paths, isCut } = expandGlob(many, '/log/*.log');
  assert.equal(paths.length, 10_000);
  assert.equal(isCut, true);
});

test('links that lead in circles are not followed further than the pattern goes', (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-glob-'));
  context.after(() => rmSync(folder, { recursive: true }));
  mkdirSync(join(folder, 'd'));
  symlinkSync('..', join(folder, 'd', 'up'));
  symlinkSync('self', join(folder, 'self'));
  writeFileSync(join(folder, 'x.log'), '');
  assert.deepEqual(expandGlob(machineFiles, `${folder}/*/*/*.log`).paths, [join(folder, 'd/up/x.log')]);
  assert.deepEqual(expandGlob(machineFiles, `${folder}/se*`).dangling, [join(folder, 'self')]);
});
