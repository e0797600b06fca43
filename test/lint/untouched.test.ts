import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { StockFiles } from '../../src/config/index.ts';
import { UntouchedFiles } from '../../src/lint/index.ts';
import { repositoryFiles } from '../support/sources.ts';
import { LintBench } from './bench.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

test('files that we ship and files of a release are untouched, changed ones and others are not', (t) => {
  const bench = new LintBench(t, {
    'shipped/stock-digests.json': JSON.stringify({
      'filter.d/old.conf': [sha256('first release'), sha256('second release')],
    }),
    'shipped/filter.d/own.conf': 'ours',
    'etc/filter.d/old.conf': 'second release',
    'etc/filter.d/new.conf': 'second release',
  });
  const untouched = (path: string): boolean =>
    new UntouchedFiles([join(bench.path, 'shipped'), join(bench.path, 'etc')]).has(join(bench.path, path));
  assert.equal(untouched('shipped/filter.d/own.conf'), true);
  assert.equal(untouched('etc/filter.d/old.conf'), true);
  assert.equal(untouched('etc/filter.d/new.conf'), false, 'a known text under another name is another file');
  assert.equal(untouched('etc/filter.d/missing.conf'), false);
  assert.equal(untouched('elsewhere.conf'), false);
  bench.write('etc/filter.d/old.conf', 'second release, changed');
  assert.equal(untouched('etc/filter.d/old.conf'), false);
  mkdirSync(join(bench.path, 'etc/filter.d/folder.conf'));
  assert.equal(untouched('etc/filter.d/folder.conf'), false);
});

test('the list that we ship is in order, a damaged one is refused', () => {
  const [file] = repositoryFiles('config/stock-digests.json');
  const list = new StockFiles(file?.text ?? '');
  assert.ok(list.paths.includes('filter.d/sshd.conf') && list.paths.includes('jail.conf'));
  for (const damaged of ['', '[]x', '{"a": ["12"]}', '{"a": "b"}', '3']) {
    assert.throws(() => new StockFiles(damaged), { code: 'CONFIG_STOCK_DIGESTS' }, damaged);
  }
});
