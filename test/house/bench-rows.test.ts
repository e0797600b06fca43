import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseOptions } from '../../bench/support/options.ts';
import { readProfiles } from '../../bench/support/profile.ts';
import { readReport, writeReport } from '../../bench/support/report.ts';
import { formatTable, median, ratios, toFigure } from '../../bench/support/rows.ts';
import { repositoryRoot } from '../support/sources.ts';

test('the median is the middle one, or the mean of the two in the middle', () => {
  assert.equal(median([9, 1, 5]), 5);
  assert.equal(median([9, 1, 5, 6]), 5.5);
});

test('a figure is judged by its median', () => {
  const row = { what: 'speed', unit: 'lines/s', values: [90, 120, 110] };
  assert.equal(toFigure(row).met, undefined);
  assert.equal(toFigure({ ...row, wanted: { atLeast: 110 } }).met, true);
  assert.equal(toFigure({ ...row, wanted: { atLeast: 111 } }).met, false);
  assert.equal(toFigure({ ...row, wanted: { atMost: 109 } }).met, false);
  const { least, most } = toFigure(row);
  assert.deepEqual([least, most], [90, 120]);
});

test('a row without a figure is refused', () => {
  assert.throws(() => toFigure({ what: 'nothing', unit: 'ms', values: [] }), /no figure for nothing/);
});

test('a figure that cannot be told has not met what is wanted', () => {
  const values = [Number.NaN];
  assert.equal(toFigure({ what: 'x', unit: 'ms', values, wanted: { atMost: 5 } }).met, false);
});

test('ratios are those of each round', () => {
  assert.deepEqual(ratios([10, 30], [5, 10]), [2, 3]);
});

test('the table has a line for each figure, with what is wanted and whether it was met', () => {
  const figures = [
    toFigure({ what: 'fast', unit: 'times', values: [31], wanted: { atLeast: 30 } }),
    toFigure({ what: 'slow', unit: 'lines/s', values: [1_234_567], wanted: { atMost: 2 }, note: 'why' }),
  ];
  const lines = formatTable(figures).split('\n');
  assert.match(lines[1]!, /^fast +31\.0 +times +31\.0 +31\.0 +≥ 30\.0 +met$/);
  assert.match(lines[2]!, /^slow +1,234,567 +lines\/s .* ≤ 2\.00 +MISSED +why$/);
});

test('options are the same for all scenarios, and wrong ones are refused', () => {
  const { rounds, scale, strict, words } = parseOptions(['flood', '--rounds', '5', '--strict']);
  assert.deepEqual([rounds, scale, strict, words], [5, 1, true, ['flood']]);
  assert.throws(() => parseOptions(['--scale', 'fast']), /--scale takes a number above 0, not fast/);
  assert.throws(() => parseOptions(['--runs', '5']), TypeError);
});

test('a report that was written can be read', (context) => {
  const path = join(temporary(context), 'report.json');
  const environment = {
    date: '2026-11-22T00:00:00Z',
    commit: 'abc',
    processor: 'one',
    cores: 2,
    memoryMiB: 1000,
    kernel: '6.1',
    load: 0.5,
    versions: { node: 'v26' },
  };
  const figures = [toFigure({ what: 'x', unit: 'ms', values: [1, 2] })];
  const report = { environment, scenarios: [{ name: 'one', about: 'it', seconds: 3, figures }] };
  writeReport(path, report);
  assert.deepEqual(readReport(path), report);
});

test('a profile is told by functions and their own time, without idle time', (context) => {
  const folder = temporary(context);
  const frame = (functionName: string, url = 'file:///x/chunk-ABCDEFGH.js'): object => ({
    functionName,
    url,
    lineNumber: 1,
  });
  const nodes = [frame('(idle)', ''), frame('feed'), frame('RegExp: ^a', ''), frame('RegExp: ^b', '')];
  const profile = {
    nodes: nodes.map((callFrame, id) => ({ id, callFrame })),
    samples: [0, 1, 2, 3, 1],
    timeDeltas: [9000, 1000, 2000, 3000, 500],
  };
  writeFileSync(join(folder, 'a.cpuprofile'), JSON.stringify(profile));
  assert.deepEqual(readProfiles(folder), [
    [
      { name: 'regular expressions of rules', ms: 5 },
      { name: 'feed (chunk.js)', ms: 1.5 },
    ],
  ]);
});

test('npm run bench lists its scenarios, and knows no other', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [join(repositoryRoot, 'bench', 'run.ts'), ...args], { encoding: 'utf8' });
  assert.match(run('--help').stdout, /\bdaemon-tail\b.*\brule-tester\b.*--strict/s);
  const wrong = run('no-such-scenario');
  assert.equal(wrong.status, 2);
  assert.match(wrong.stderr, /there is no benchmark no-such-scenario; there are .*rule-tester/);
});

function temporary(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'warder-bench-test-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
