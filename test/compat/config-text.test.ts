import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type PythonValue, parseTimeSpanValue, pythonRepr, WarderError } from '../../src/base/index.ts';
import { parseOptionList, shellWords, splitOptionLists, splitWords } from '../../src/config/index.ts';
import { pythonPretty } from '../../src/config/pretty.ts';
import { parseInteger, strip } from '../../src/config/python-text.ts';
import { SeededRandom } from '../support/random.ts';
import { requireTool } from '../support/tools.ts';

const script = fileURLToPath(new URL('config-text.py', import.meta.url));

/** Results of the reference for many values of one kind. */
function reference(kind: string, values: readonly unknown[]): unknown[] {
  const input = JSON.stringify(values.map((value) => [kind, value]));
  const run = spawnSync('/usr/bin/python3', [script], { input, encoding: 'utf8', maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout) as unknown[];
}

function compare<T>(
  context: TestContext,
  kind: string,
  values: readonly T[],
  ours: (value: T) => unknown,
): void {
  if (!requireTool(context, 'fail2ban-client')) return;
  for (const [index, expected] of reference(kind, values).entries()) {
    assert.deepEqual(ours(values[index]!), expected, JSON.stringify(values[index]));
  }
}

/** Texts made of the given pieces. */
function texts(count: number, pieces: readonly string[], longest = 12): string[] {
  const random = new SeededRandom(count);
  return Array.from({ length: count }, () => random.times(0, longest, () => random.pick(pieces)).join(''));
}

const listPieces = [
  ...['a', 'b-c', 'd.e', '=', '=', '"', "'", '[', ']', ',', ', ', ' ', '\n', '][', '] [', 'é', 'act'],
  ...['p="1,2"', "q='x ]y'", 'm=n', 'k=', 'v w'],
];

test('names with options are read as the reference reads them, its error texts included', (context) => {
  const lists = texts(4000, listPieces).map((text, index) => (index % 3 === 0 ? text : `act[${text}]`));
  compare(context, 'options', lists, (text) => {
    try {
      const { name, options } = parseOptionList(text);
      return [name, [...options]];
    } catch (error) {
      if (error instanceof WarderError) return error.message;
      throw error;
    }
  });
});

test('lists of actions fall apart where they do for the reference', (context) => {
  const pieces = [
    'one',
    'two[a=b]',
    'th-ree[c="d, ]e"]',
    ' ',
    '\n',
    '[',
    ']',
    'x[y',
    '="',
    'z[ k=v ,]',
    'u [v=w][s=t]',
  ];
  compare(
    context,
    'split',
    [...texts(2000, pieces), ...texts(3000, listPieces).map((text) => `act[${text}]`)],
    (text) => splitOptionLists(text).map((part) => strip(part.text)),
  );
});

test('words, shell words and integers are read as Python reads them', (context) => {
  compare(context, 'words', texts(500, ['a', '::1', ',', ' ', '\n', '\t', '\u00a0']), splitWords);
  const shell = texts(2000, ['a', 'B=c', ' ', '\t', '"', "'", '\\', '+', '#', 'é']);
  compare(context, 'shell', shell, (text) => shellWords(text) ?? null);
  const integers = texts(2000, ['1', '0', '23', '_', '-', '+', ' ', '\n', '.', 'x'], 5);
  compare(context, 'integer', integers, (text) => parseInteger(text)?.toString() ?? null);
});

test('time spans have the value that the reference computes', (context) => {
  // More is understood here than there: `05`, and three values in a row of which the middle one is a single digit.
  const parts = [
    '1',
    '10',
    '25',
    '1.5',
    '2h',
    '3d',
    '1mo',
    '2 w',
    '4 sec',
    '1y',
    '7min',
    '+',
    '-',
    '*',
    '/',
    '//',
    '%',
    ' ',
  ];
  const spans = texts(3000, parts, 6).filter(
    (text) => !/\b0\d|\d\s+\d\s+\d/.test(text.replaceAll(/[a-z]+/g, ' ')),
  );
  compare(context, 'span', spans, (text) => {
    try {
      return pythonRepr(parseTimeSpanValue(text));
    } catch {
      return null;
    }
  });
});

test('values are laid out as pprint lays them out', (context) => {
  const random = new SeededRandom(7);
  const piece = (): string =>
    random.pick([
      'word',
      'a longer word',
      ' ',
      '\n',
      "it's",
      '"',
      'é',
      '\u{1f600}',
      'x'.repeat(50),
      '\t',
      '\\',
    ]);
  const value = (depth: number): PythonValue => {
    if (depth > 0 && random.chance(0.6)) return random.times(0, 5, () => value(depth - 1));
    if (random.chance(0.15)) return random.pick([null, true, 12, -1]);
    return random.times(0, 12, piece).join('');
  };
  compare(
    context,
    'pretty',
    Array.from({ length: 1500 }, () => value(3)),
    (one) => pythonPretty(one, 60, 2),
  );
});
