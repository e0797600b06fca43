import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePythonRegex } from '../../../src/pyregex/index.ts';
import { findWithBoth } from '../support.ts';

function reasonOf(pattern: string): string | undefined {
  return compilePythonRegex(pattern).engineReason;
}

test('a back-reference or conditional goes to V8 where it can tell that the group is set', () => {
  for (const pattern of [
    '(a)\\1',
    '(a?)\\1',
    '(?:(a)b\\1)+',
    '(a)?\\1',
    '(a)?b(?(1)c|d)',
    '(?:(a)|b)(?(1)c|d)',
    '(?(1)a|b)(c)',
    '(a)(?(1)b|c)',
    '(?:(a)b)*(?(1)c|d)',
  ]) {
    assert.equal(reasonOf(pattern), undefined, pattern);
  }
  for (const pattern of [
    '(a?)?\\1',
    '(?:(a)|b\\1)+',
    '(?:b(?(1)c|d)|(a))+',
    '(?=(a))?(?(1)b|c)',
    '(a(?(1)b|c))',
    '(a)?(?<=(?(1)b|c))',
  ]) {
    assert.match(reasonOf(pattern)!, /of which V8 cannot tell whether it is set/, pattern);
  }
});

test('whether a group is set is tested without looking at its text', () => {
  const cases: [string, string, readonly (string | undefined)[] | null][] = [
    // The same text again behind the group, and the end of the text.
    ['(a)?b?(?(1)a|c)', 'aba', ['aba', 'a']],
    ['(a)?(?(1)|b)$', 'a', ['a', 'a']],
    ['(a)?\\1', 'aa', ['aa', 'a']],
    ['^(a)?\\1b', 'b', null],
    ['(?:x(a)|y)z\\1', 'yz', null],
  ];
  for (const [pattern, text, groups] of cases) {
    assert.equal(reasonOf(pattern), undefined);
    for (const found of findWithBoth(pattern, text)) assert.deepEqual(found, groups, pattern);
  }
});

test('a group keeps its text from an earlier turn, as in Python', () => {
  for (const [pattern, text, groups] of [
    ['(?:(a)|b)*', 'ab', ['ab', 'a']],
    ['(?:(a)|(b))*', 'ab', ['ab', 'a', 'b']],
    ['(?:(a)?(b))*', 'abb', ['abb', 'a', 'b']],
    ['((a)|b)+', 'ab', ['ab', 'b', 'a']],
    ['(?:(?:(a)|b)+c)+', 'abcbc', ['abcbc', 'a']],
  ] as const) {
    const regex = compilePythonRegex(pattern);
    assert.equal(regex.engine, 'v8');
    assert.deepEqual(regex.search(text)!.groups, groups, pattern);
    assert.deepEqual(
      compilePythonRegex(pattern, { engine: 'backtrack' }).search(text)!.groups,
      groups,
      pattern,
    );
  }
  const match = compilePythonRegex('x(?:(a)|b)*').search('-xab')!;
  assert.deepEqual(match.span(1), [2, 3]);
  assert.match(reasonOf('(?:(a)|b)*(?(1)c)')!, /group 1/);
});

test('a turn that matches nothing ends a loop, as in Python', () => {
  for (const [pattern, text, groups] of [
    ['(?:|a)*', 'a', ['']],
    ['(?:|a)+', 'a', ['']],
    ['(a*)*', 'b', ['', '']],
    ['(a*)?', 'b', ['', '']],
    ['(a?)??b', 'ab', ['ab', 'a']],
    ['(?:a*)*b', 'aab', ['aab']],
    ['(?:a??)*b', 'aab', ['aab']],
    ['(a|b*)*', 'aab', ['aab', '']],
  ] as const) {
    for (const found of findWithBoth(pattern, text)) assert.deepEqual(found, groups, pattern);
  }
  assert.equal(reasonOf('(?:a*b?)*'), undefined);
  assert.equal(reasonOf('(?:[^"]*|"[^"]*")*\\]'), undefined);
  assert.match(reasonOf('(?:[^"]*|"[^"]*")*')!, /match nothing/);
  assert.match(reasonOf('(a*)*')!, /match nothing/);
});

test('what V8 matches backwards goes to the own matcher where that shows', () => {
  assert.match(reasonOf('(?<=(?>a|b)c)d')!, /atomic/);
  assert.match(reasonOf('(?<=(?:(.)x){2})d')!, /lookbehind/);
  assert.deepEqual(compilePythonRegex('(?<=(?:(.)x){2})d').search('axbxd')!.groups, ['d', 'b']);
});

test('what is too large for V8 goes to the own matcher', () => {
  const pattern = '(a)'.repeat(70_000);
  assert.equal(reasonOf(pattern), 'too large for V8');
});

test('a group may have any name and number in V8', () => {
  const regex = compilePythonRegex('(?>(x)|y)(?P<é>a)(?>(b))?0');
  assert.equal(regex.engine, 'v8');
  const match = regex.search('xab0')!;
  assert.deepEqual(match.groups, ['xab0', 'x', 'a', 'b']);
  assert.deepEqual(match.span('é'), [1, 2]);
});

test('surrogates written one by one do not become one character', () => {
  assert.equal(compilePythonRegex('\\ud83d\\ude00').search('😀'), null);
  assert.equal(compilePythonRegex('[\\ud83d\\ude00]').search('😀'), null);
  assert.equal(compilePythonRegex('[\\ud83d\\ude00]').search('\ude00')!.index, 0);
});

test('a search that begins with a run of any characters does not cost the square of the length', () => {
  const long = 'a'.repeat(300_000);
  for (const engine of ['v8', 'backtrack'] as const) {
    for (const pattern of ['.*x', '\\w+ ', '(\\S{2,})\\s', '.*?x']) {
      assert.equal(compilePythonRegex(pattern, { engine }).search(long), null, pattern);
    }
    const match = compilePythonRegex('(\\w+)=', { engine }).search('a b cc=', 5)!;
    assert.deepEqual(match.span(1), [5, 6]);
  }
});
