import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { charsWithLower, charsWithUpper } from '../../src/pyregex/charset/case.ts';
import { compilePythonRegex } from '../../src/pyregex/index.ts';
import { requirePython } from './pyregex/python.ts';

const folder = new URL('pyregex/', import.meta.url).pathname;
const cased = [...new Set([...charsWithLower.keys(), ...charsWithUpper.keys()])].sort(
  (one, other) => one - other,
);

/** For each pattern, the indices (in code points) of the characters of the text that match it in Python. */
function askPython(text: string, patterns: readonly string[]): number[][] {
  const { stdout } = spawnSync('/usr/bin/python3', ['-S', `${folder}cases.py`], {
    input: JSON.stringify({ text, patterns }),
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return JSON.parse(stdout) as number[][];
}

/** The same with ours, for patterns that match one character. */
function askOurs(chars: readonly string[], pattern: string, engine: 'auto' | 'backtrack'): number[] {
  const regex = compilePythonRegex(pattern, { engine });
  return chars.flatMap((char, index) => (regex.match(char) === null ? [] : [index]));
}

test('the Unicode tables are those of Python 3.11', (context) => {
  if (!requirePython(context)) return;
  const { stdout } = spawnSync('/usr/bin/python3', ['-S', `${folder}unicode-tables.py`], {
    encoding: 'utf8',
  });
  const file = new URL('../../src/pyregex/charset/unicode-tables.ts', import.meta.url);
  assert.equal(stdout, readFileSync(file, 'utf8'));
});

test('sets and categories match the same characters as in Python, with both engines', (context) => {
  if (!requirePython(context)) return;
  const codes: number[] = [];
  for (let code = 0; code <= 0x10ffff; code += code < 0x700 ? 1 : 53)
    if (code >> 11 !== 0x1b) codes.push(code);
  const chars = [...codes, ...cased].map((code) => String.fromCodePoint(code));
  const patterns = [
    ...[
      '\\w',
      '\\W',
      '\\d',
      '\\D',
      '\\s',
      '\\S',
      '.',
      '(?s).',
      '(?a)\\w',
      '(?a)\\W',
      '(?a)\\s',
      '(?a)[^\\d]',
    ],
    ...[
      '(?i)[a-z]',
      '(?i)[^a-z]',
      '(?i)[A-Z]',
      '(?ai)[a-z]',
      '(?i)[^\\Wk]',
      '(?i)[\\dk]',
      '(?i)[à-ÿ]',
      '(?i)[^à-ÿ]',
    ],
    ...[
      '(?i)[\\u0370-\\u03ff]',
      '(?i)[\\U00010400-\\U00010410]',
      '(?i)[\\U00010400x]',
      '(?i)[a-\\U00010410]',
    ],
    ...[
      '(?ai)[a-\\U00010410]',
      '(?i)[\\u1e00-\\u1fff]',
      '(?i)[^\\ufb05]',
      '(?i)[^\\u0130]',
      '(?i)[\\W]',
      '(?i)[\\0-\\U0010ffff]',
    ],
  ];
  const expected = askPython(chars.join(''), patterns);
  patterns.forEach((pattern, at) => {
    assert.deepEqual(askOurs(chars, pattern, 'auto'), expected[at], pattern);
    assert.deepEqual(askOurs(chars, pattern, 'backtrack'), expected[at], pattern);
  });
});

test('each letter, ignoring case, matches the same letters as in Python', (context) => {
  if (!requirePython(context)) return;
  const chars = cased.map((code) => String.fromCodePoint(code));
  const escapes = cased.map((code) => `\\U${code.toString(16).padStart(8, '0')}`);
  // Alone, in a set, and not.
  const patterns = escapes.flatMap((text) => [`(?i)${text}`, `(?i)[${text}1]`]);
  const expected = askPython(chars.join(''), patterns);
  const differing = patterns.filter((pattern, at) => {
    const engine = at % 20 === 0 ? 'auto' : 'backtrack';
    return askOurs(chars, pattern, engine).join() !== expected[at]!.join();
  });
  assert.deepEqual(differing, []);
});
