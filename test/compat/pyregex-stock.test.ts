import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { type CompiledRegex, compilePythonRegex } from '../../src/pyregex/index.ts';
import { requireThat } from '../support/tools.ts';
import { compareCase, hasRequiredLiteral, newTally, spansOf, type Tally } from './pyregex/compare.ts';
import { Oracle } from './pyregex/oracle.ts';
import { requirePython } from './pyregex/python.ts';

const samples = '/usr/lib/python3/dist-packages/fail2ban/tests/files/logs';
const script = new URL('pyregex/stock.py', import.meta.url).pathname;
/** The own matcher runs on lines that match, and on some of the others. */
const backtrackEvery = 40;

interface StockRule {
  readonly filter: string;
  readonly rule: string;
  readonly flags: number;
  readonly matches: Readonly<Record<number, readonly number[]>>;
}

function compareLine(
  tally: Tally,
  regex: CompiledRegex,
  stock: StockRule,
  lines: readonly string[],
  at: number,
): void {
  const match = regex.search(lines[at]!);
  const expected = stock.matches[at] ?? null;
  tally.compared += 1;
  const found = match === null ? null : spansOf(regex, match);
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    const values = `${JSON.stringify(found)}, in Python ${JSON.stringify(expected)}`;
    tally.differences.push(`${stock.filter}: ${regex.engine}: ${stock.rule}\non ${lines[at]}\n${values}`);
  } else if (match !== null && !hasRequiredLiteral(regex, match.group(0)!)) {
    tally.differences.push(`${stock.filter}: no required literal in a match of ${stock.rule}`);
  }
}

test('every stock rule matches every sample line as in fail2ban', async (context) => {
  if (!requirePython(context)) return;
  if (!requireThat(context, existsSync(samples), 'MISSING: the samples of the fail2ban package')) return;
  const child = spawn('/usr/bin/python3', [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const tally = newTally();
  const notNative: string[] = [];
  let lines: readonly string[] = [];
  let rules = 0;
  for await (const text of createInterface({ input: child.stdout })) {
    const record = JSON.parse(text) as StockRule | { readonly lines: readonly string[] };
    if ('lines' in record) {
      lines = record.lines;
      continue;
    }
    rules += 1;
    const flags = record.flags === 0 ? '' : 'm';
    const regex = compilePythonRegex(record.rule, { flags });
    if (regex.engine !== 'v8') notNative.push(`${regex.engineReason}: ${record.rule}`);
    const own = compilePythonRegex(record.rule, { flags, engine: 'backtrack' });
    for (let at = 0; at < lines.length; at += 1) {
      compareLine(tally, regex, record, lines, at);
      if (record.matches[at] !== undefined || at % backtrackEvery === 0)
        compareLine(tally, own, record, lines, at);
    }
  }
  assert.deepEqual(tally.differences.slice(0, 5), []);
  assert.deepEqual(notNative, [], 'stock rules run natively');
  assert.ok(rules > 300 && lines.length > 1500);
  context.diagnostic(
    `pyregex: ${rules} stock rules on ${lines.length} texts: ${tally.compared} compared, all equal`,
  );
});

test('a flag at the beginning of a group means what fail2ban makes of it', async (context) => {
  if (!requirePython(context)) return;
  if (!requireThat(context, existsSync(samples), 'MISSING: the fail2ban package')) return;
  const oracle = new Oracle('fail2ban');
  context.after(() => oracle.stop());
  const patterns = [
    '((?i)ab)c',
    '(?:(?i)ab)c',
    'x((?i)ab|cd)+(c)',
    '^((?s)a.b)\\1?',
    '((?m)^b$)',
    '((?i)a)((?i)b)(c)',
    '(?:(?is)a.B)C',
    '(?i)((?s)a.b)',
    '((?x) a b )c',
    '((?q)a)',
    '((?t)a)',
    '(((?i)a)b)',
  ];
  const subjects = ['abc', 'ABc', 'xABcdCDc', 'a\nb', 'A\nBC', 'a b c', 'Abc', ''].map(
    (text) => [text, 0] as const,
  );
  const cases = patterns.map((pattern) => ({ pattern, flags: '', subjects }));
  const answers = await oracle.ask(cases);
  const tally = newTally();
  cases.forEach((one, at) => {
    compareCase(
      tally,
      { ...one, globalFlags: 'scoped', isReworded: true, ignoresMessages: true },
      answers[at]!,
    );
  });
  assert.deepEqual(tally.differences, []);
  assert.ok(tally.compared > patterns.length * subjects.length);
});
