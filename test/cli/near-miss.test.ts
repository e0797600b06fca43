import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearMiss } from '../../src/cli/rule-test/near-miss.ts';
import { alternativesOf } from '../../src/cli/rule-test/pattern-parts.ts';
import { expandTags } from '../../src/detect/index.ts';
import { type CompiledRegex, compilePythonRegex } from '../../src/pyregex/index.ts';

function compile(pattern: string): CompiledRegex | undefined {
  try {
    return compilePythonRegex(expandTags(pattern, 'no'));
  } catch {
    return undefined;
  }
}

const parts = (pattern: string): string[][] =>
  alternativesOf(pattern).map((each) => each.map(({ text }) => text));

test('a pattern is cut into its parts, with their quantifiers, and its alternatives', () => {
  assert.deepEqual(parts('^a\\d+?(?:b|c)*<HOST>$|x'), [
    ['^', 'a', '\\d+?', '(?:b|c)*', '<HOST>', '$'],
    ['x'],
  ]);
});

test('brackets, escapes and tags hide what is within', () => {
  assert.deepEqual(parts('[]|(]\\(<F-USER>(a|b)</F-USER>(?i)c{2}'), [
    ['[]|(]', '\\(', '<F-USER>(a|b)</F-USER>', '(?i)', 'c{2}'],
  ]);
});

test('a near miss says how far the rule fits, and what it wants then', () => {
  const text = 'Failed password for root from 192.0.2.1 port 22 ssh1x';
  const miss = nearMiss('^Failed \\S+ for <F-USER>\\S+</F-USER> from <ADDR> port \\d+ ssh2$', text, compile);
  assert.equal(text.slice(0, miss?.end), 'Failed password for root from 192.0.2.1 port 22 ssh');
  assert.equal(miss?.wanted, '2$');
  assert.ok((miss?.share ?? 0) > 0.9);
});

test('it looks into the alternatives of a group', () => {
  const text = 'login of bob denied';
  const miss = nearMiss('^(?:logout|login of (?:alice|bob) refused) from <ADDR>$', text, compile);
  assert.equal(text.slice(0, miss?.end), 'login of bob ');
  assert.equal(miss?.wanted, 'refused from <ADDR>$');
});

test('a text that shares next to nothing with the rule is no near miss', () => {
  assert.equal(
    nearMiss('^Failed password from <ADDR>$', 'Accepted password from 192.0.2.1', compile),
    undefined,
  );
});

test('a rule that is no regex in parts does no harm', () => {
  assert.doesNotThrow(() => nearMiss('^(unclosed [a', 'text', compile));
  assert.doesNotThrow(() => nearMiss('^abcd(?P<x>a)(?(x)b|c)efgh', 'abcdab', compile));
});
