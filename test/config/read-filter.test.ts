import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFilter } from '../../src/config/index.ts';
import { memoryFiles } from './memory-files.ts';

const fileSystem = memoryFiles({
  '/c/filter.d/f.conf':
    '[INCLUDES]\nbefore = common.conf\n[Definition]\nprefregex = ^%(pre)s<F-CONTENT>.+</F-CONTENT>$\nfailregex = one <mode>\n\n  two (<logtype>)\nignoreregex =\ndatepattern = %%Y\njournalmatch = _COMM=a + _COMM="b c"\n[Init]\nmode = normal\nmaxlines = 3\n',
  '/c/filter.d/common.conf': '[DEFAULT]\npre = p\n',
  '/c/filter.d/f.local': '[Definition]\nusedns = no\n',
  '/else/g.conf': '[Definition]\nfailregex = g\n',
  '/else/g.local': '[Definition]\nfailregex = %(known/failregex)s\n  local\n',
  '/c/filter.d/bad.conf': '[Definition]\nfailregex\n',
});
const options = { layers: ['/c'], fileSystem };

test('a filter is read with its options, includes and .local', () => {
  const { failRegex, ignoreRegex, prefRegex, maxLines, datePattern, useDns, journalMatch } = readFilter(
    'f[mode=hard]',
    options,
  );
  assert.deepEqual(
    { failRegex, ignoreRegex, prefRegex, maxLines, datePattern, useDns, journalMatch },
    {
      failRegex: ['one hard', 'two (file)'],
      ignoreRegex: [],
      prefRegex: '^p<F-CONTENT>.+</F-CONTENT>$',
      maxLines: 3,
      datePattern: '%Y',
      useDns: 'no',
      journalMatch: [['_COMM=a', '+', '_COMM=b c']],
    },
  );
});

test('the backend decides what kind of log the rules are for', () => {
  const rules = (backend: string): string | undefined =>
    readFilter('f', { ...options, backend }).failRegex[1];
  assert.deepEqual([rules('systemd[x=1]'), rules('polling')], ['two (journal)', 'two (file)']);
});

test('a file may be read by its path, with its .local', () => {
  assert.deepEqual(readFilter('g', { ...options, file: '/else/g.conf' }).failRegex, ['g', 'local']);
  assert.deepEqual(readFilter('/else/g', options).failRegex, ['g', 'local']);
});

test('options of a filter know where they were written', () => {
  const { options: found } = readFilter('f', options);
  assert.deepEqual(found.get('usedns')?.origin, { file: '/c/filter.d/f.local', line: 2 });
  assert.deepEqual(found.get('mode')?.origin, { file: '/c/filter.d/f.conf', line: 12 });
  assert.equal(found.has('known/mode'), false);
});

test('a filter that is missing, misspelt or broken is an error', () => {
  assert.throws(() => readFilter('nothere', options), {
    code: 'CONFIG_NO_FILTER',
    message: "Unable to read the filter 'nothere'",
  });
  assert.throws(() => readFilter('f[mode', options), { code: 'CONFIG_BAD_FILTER_NAME' });
  assert.throws(() => readFilter('bad', options), {
    code: 'CONFIG_SYNTAX',
    file: '/c/filter.d/bad.conf',
    line: 2,
  });
});
