import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DetectOracle, type Sample } from '../support/detect-oracle.ts';
import { requireFail2ban } from '../support/fail2ban.ts';
import { RegexOracle } from '../support/regex-oracle.ts';

/** Sample lines of one filter with one set of options. */
interface SampleSet {
  readonly options: Readonly<Record<string, string>>;
  readonly lines: string[];
}

let samples: DetectOracle;
let programs: RegexOracle;
let folder: string;

before(() => {
  samples = new DetectOracle();
  programs = new RegexOracle();
  folder = mkdtempSync(join(tmpdir(), 'warder-rows-'));
});
after(() => {
  samples.close();
  programs.close();
  rmSync(folder, { recursive: true, force: true });
});

test('every stock filter prints the reference’s rows for every sample line, with every set of options', async (t) => {
  if (!requireFail2ban(t)) return;
  const config = await programs.testConfig();
  const total = { filters: 0, sets: 0, samples: 0, equal: 0, rows: 0 };
  const different: string[] = [];
  for (const name of await samples.names()) {
    if (name === 'sshd-journal') continue; // read from the sshd samples
    total.filters += 1;
    for (const set of setsOf(await samples.samples(name))) {
      const log = join(folder, 'log');
      writeFileSync(log, set.lines.map((line) => `${line}\n`).join(''));
      const place = name.startsWith('zzz-') ? ['-c', config] : [];
      const args = [...place, '-o', 'row', '--usedns', 'warn', log, `${name}.conf${written(set.options)}`];
      const [ours, theirs] = [await programs.ours(args), await programs.theirs(args)];
      assert.equal(theirs.code, 0, `the reference reads ${name}`);
      total.sets += 1;
      total.samples += set.lines.length;
      total.rows += theirs.stdout.split('\n').length - 1;
      if (ours.code === theirs.code && ours.stdout === theirs.stdout) total.equal += set.lines.length;
      else different.push(describe(args, ours.stdout, theirs.stdout));
    }
  }
  t.diagnostic(`filters: ${total.filters}, sets of options: ${total.sets}, rows: ${total.rows}`);
  t.diagnostic(`samples compared: ${total.samples}, equal: ${total.equal}`);
  assert.deepEqual(different, []);
  assert.ok(total.filters >= 80 && total.rows >= 800, 'the samples were read');
});

function setsOf(all: readonly Sample[]): SampleSet[] {
  const sets = new Map<string, SampleSet>();
  for (const { text, tests } of all) {
    for (const options of tests) {
      const key = JSON.stringify(options);
      const set = sets.get(key) ?? { options, lines: [] };
      set.lines.push((options['test.prefix-line'] ?? '') + text);
      sets.set(key, set);
    }
  }
  return [...sets.values()];
}

function written(options: Readonly<Record<string, string>>): string {
  const own = Object.entries(options).filter(([name]) => !name.startsWith('test.'));
  if (own.length === 0) return '';
  const items = own.map(([name, value]) => `${name}=${value.includes('"') ? `'${value}'` : `"${value}"`}`);
  return `[${items.join(', ')}]`;
}

/** The first rows that differ. */
function describe(args: readonly string[], ours: string, theirs: string): string {
  const [mine, other] = [ours.split('\n'), theirs.split('\n')];
  const at = mine.findIndex((row, index) => row !== other[index]);
  return `${args.at(-1)}: ours ${mine[at] ?? 'nothing'} | theirs ${other[at] ?? 'nothing'}`;
}
