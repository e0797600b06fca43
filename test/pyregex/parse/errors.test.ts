import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WarderError } from '../../../src/base/index.ts';
import { type CompileOptions, compilePythonRegex } from '../../../src/pyregex/index.ts';

function errorOf(pattern: string, options: CompileOptions = {}): WarderError {
  try {
    compilePythonRegex(pattern, options);
  } catch (error) {
    assert.ok(error instanceof WarderError);
    return error;
  }
  return assert.fail(`${pattern} was accepted`);
}

test('a bad pattern is refused with the message of Python, and its index', () => {
  const cases: [pattern: string, message: string, index: number][] = [
    ['a(b', 'missing ), unterminated subpattern', 1],
    ['a)b', 'unbalanced parenthesis', 1],
    ['*a', 'nothing to repeat', 0],
    ['a|+', 'nothing to repeat', 2],
    ['^*', 'nothing to repeat', 1],
    ['a**', 'multiple repeat', 2],
    ['a{2}{3}', 'multiple repeat', 4],
    ['a{3,2}', 'min repeat greater than max repeat', 2],
    ['a{4294967295}', 'the repetition number is too large', 2],
    ['[a', 'unterminated character set', 0],
    ['[]', 'unterminated character set', 0],
    ['[z-a]', 'bad character range z-a', 1],
    ['[\\w-a]', 'bad character range \\w-a', 1],
    ['a\\', 'bad escape (end of pattern)', 1],
    ['\\q', 'bad escape \\q', 0],
    ['\\x1', 'incomplete escape \\x1', 0],
    ['\\u12', 'incomplete escape \\u12', 0],
    ['\\U00110000', 'bad escape \\U00110000', 0],
    ['[\\400]', 'octal escape value \\400 outside of range 0-0o377', 1],
    ['\\1', 'invalid group reference 1', 1],
    ['(\\1)', 'cannot refer to an open group', 1],
    ['(?(2)a)(b)', 'invalid group reference 2', 3],
    ['(?(0)a)', 'bad group number', 3],
    ['(?(x)a)', "unknown group name 'x'", 3],
    ['(?(a-)a)', "bad character in group name 'a-'", 3],
    ['(a)(?(1)b|c|d)', 'conditional backref with more than two branches', 11],
    ['(?P<1>a)', "bad character in group name '1'", 4],
    ['(?P<>a)', 'missing group name', 4],
    ['(?P<a', 'missing >, unterminated name', 4],
    ['(?P<a>x)(?P<a>y)', "redefinition of group name 'a' as group 2; was group 1", 12],
    ['(?P=a)', "unknown group name 'a'", 4],
    ['(?Px)', 'unknown extension ?Px', 1],
    ['(?<x)', 'unknown extension ?<x', 1],
    ['(?@)', 'unknown extension ?@', 1],
    ['(?', 'unexpected end of pattern', 2],
    ['(?#a', 'missing ), unterminated comment', 0],
    ['(?iz)', 'unknown flag', 3],
    ['(?i', 'missing -, : or )', 3],
    ['(?i-)', 'missing flag', 4],
    ['(?i-i:a)', 'bad inline flags: flag turned on and off', 5],
    ['(?-a:b)', "bad inline flags: cannot turn off flags 'a', 'u' and 'L'", 4],
    ['(?au)', "bad inline flags: flags 'a', 'u' and 'L' are incompatible", 4],
    ['(?L)', "bad inline flags: cannot use 'L' flag with a str pattern", 3],
    ['(?<=a+)b', 'look-behind requires fixed-width pattern', 0],
    ['x(?<!a|bc)', 'look-behind requires fixed-width pattern', 1],
    ['(?<=(a)\\1)', 'cannot refer to group defined in the same lookbehind subpattern', 9],
  ];
  for (const [pattern, message, index] of cases) {
    const error = errorOf(pattern);
    assert.deepEqual(
      [error.code, error.message.split('\n')[0], error.index],
      ['REGEX_SYNTAX', message, index],
      pattern,
    );
  }
});

test('global flags that are not at the start are refused if asked to be strict', () => {
  const error = errorOf('a(?i)b', { globalFlags: 'strict' });
  assert.equal(error.message.split('\n')[0], 'global flags not at the start of the expression');
  assert.equal(error.index, 1);
  assert.equal(errorOf('((?i)b)', { globalFlags: 'strict' }).index, 1);
});

test('an error shows the place with a caret under it', () => {
  assert.equal(errorOf('ab(c').message, 'missing ), unterminated subpattern\n  ab(c\n    ^');
});

test('a long pattern is shown in part, the caret still at the place', () => {
  const [, excerpt, caret] = errorOf(`${'x'.repeat(200)}[z-a]${'y'.repeat(200)}`).message.split('\n');
  assert.ok(excerpt!.length < 100);
  assert.equal(excerpt!.slice(caret!.indexOf('^')).slice(0, 3), 'z-a');
});

test('control characters of the pattern do not reach the terminal', () => {
  const { message } = errorOf('\u001b]31m\n(?P<\u0007>');
  assert.doesNotMatch(message.replaceAll('\n  ', ''), /[\u0000-\u001f]/);
  assert.match(message, /\\x1b\]31m\\n\(\?P<\\x07>/);
  // Under what stands at the index, even if the text before has grown.
  const [, excerpt, caret] = message.split('\n');
  assert.equal(excerpt!.slice(caret!.indexOf('^')), '\\x07>');
});

test('the index is in UTF-16 units', () => {
  assert.equal(errorOf('😀(').index, 2);
});

test('a character by name, and nesting without end, are refused as not supported', () => {
  const error = errorOf('a\\N{EM DASH}');
  assert.deepEqual([error.code, error.index], ['REGEX_UNSUPPORTED', 1]);
  assert.equal(errorOf('(?:'.repeat(1000)).code, 'REGEX_UNSUPPORTED');
  assert.equal(errorOf('(?='.repeat(100_000)).code, 'REGEX_UNSUPPORTED');
});
