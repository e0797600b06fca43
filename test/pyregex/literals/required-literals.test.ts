import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePythonRegex, type RequiredLiterals } from '../../../src/pyregex/index.ts';

function literalsOf(pattern: string): RequiredLiterals | null {
  return compilePythonRegex(pattern).requiredLiterals;
}

function check(pattern: string, ...literals: string[]): void {
  assert.deepEqual(literalsOf(pattern), { literals, ignoreCase: false }, pattern);
}

test('a word that every match contains is required', () => {
  check('^Failed \\S+ for invalid user', ' for invalid user');
  check('\\d+foo\\d+bars', 'bars');
  check('(foo)(?:bar)(?P<x>baz)', 'foobarbaz');
  check('foo\\b(?=x)$', 'foo');
  check('(?>foo)++', 'foo');
});

test('each alternative gives a literal of its own, if all have one', () => {
  check('(?:foo|bar) \\d', 'foo ', 'bar ');
  check('foobar\\d|bazqux\\s', 'foobar', 'bazqux');
  assert.equal(literalsOf('foo|\\d+'), null);
  assert.equal(literalsOf('(?:foo|\\d+)*'), null);
});

test('what may be left out is not required', () => {
  check('(?:foobar )?quux', 'quux');
  check('foo(?:bar)*qu', 'foo');
  check('(?:abc){2,}', 'abcabc');
  assert.equal(literalsOf('(?:foobar)?'), null);
});

test('what is only looked at is not part of a match', () => {
  check('foo(?=\\d)(?=longerword)', 'foo');
  check('(?<=prefix)foo', 'foo');
  assert.equal(literalsOf('(?!foo)\\w'), null);
});

test('a conditional requires what both of its branches do', () => {
  check('(a)?x(?(1)foobar|foobaz)', 'xfoobar', 'xfoobaz');
});

test('a literal that contains another is not needed', () => {
  check('(?:foobar|bar)\\d', 'bar');
});

test('without case, letters outside of ASCII that Python takes for one are literals of their own', () => {
  assert.deepEqual(literalsOf('(?i)Login'), { literals: ['login', 'İ', 'i̇', 'ı'], ignoreCase: true });
  assert.deepEqual(literalsOf('(?i)Book'), { literals: ['book', '\u212a'], ignoreCase: true });
  assert.deepEqual(literalsOf('(?ai)Login'), { literals: ['login'], ignoreCase: true });
  assert.deepEqual(literalsOf('(?i:Foo)BAR'), { literals: ['foobar'], ignoreCase: true });
  assert.deepEqual(literalsOf('[Ff]oo'), { literals: ['foo'], ignoreCase: true });
});

test('a lone space or dot tells nothing', () => {
  assert.equal(literalsOf('\\S+ \\S+'), null);
  assert.equal(literalsOf('\\d+\\.\\d+'), null);
});
