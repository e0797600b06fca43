import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CompiledRegex, compilePythonRegex } from '../../../src/pyregex/index.ts';

function own(pattern: string, maxSteps?: number): CompiledRegex {
  return compilePythonRegex(pattern, {
    engine: 'backtrack',
    ...(maxSteps === undefined ? {} : { maxSteps }),
  });
}

test('a pattern that explodes is stopped at the bound', () => {
  const regex = own('(x+x+)+y', 10_000);
  assert.throws(() => regex.search('x'.repeat(40)), { code: 'REGEX_STEP_LIMIT' });
  // The next text has a bound of its own.
  assert.deepEqual(regex.search('xxy')!.groups, ['xxy', 'xx']);
});

test('looking at many characters counts as steps', () => {
  assert.throws(() => own('b.*x', 10_000).search('b'.repeat(2000)), { code: 'REGEX_STEP_LIMIT' });
});

test('a long text does not overflow the stack', () => {
  const text = 'ab'.repeat(200_000);
  for (const pattern of [
    '(?:ab|b)*$',
    '(?:ab)*$',
    '(?:ab|b)*?$',
    '(?:(a)|(b))*$',
    '(?:(?:ab|b)+)*$',
    '(?>(?:ab|b)*)$',
  ]) {
    assert.equal(own(pattern).search(text)!.end, text.length, pattern);
  }
});

test('memory has a bound too', () => {
  const regex = own('(?:ab|ba)*c', 1e12);
  assert.throws(() => regex.match('ab'.repeat(3_000_000)), { code: 'REGEX_STEP_LIMIT', message: /memory/ });
});

test('where V8 has not the room for a text, the own matcher takes it, with its bound', () => {
  const regex = compilePythonRegex('^(?:(a)|(b))*c');
  assert.equal(regex.engine, 'v8');
  const text = 'ab'.repeat(10_000_000);
  assert.throws(() => /^(?:(a)|(b))*c/.exec(text), RangeError);
  assert.throws(() => regex.search(text), { code: 'REGEX_STEP_LIMIT' });
});
