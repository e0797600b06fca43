import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  boundedAbove,
  type CompiledRegex,
  compilePythonRegex,
  judgeBacktracking,
  parsePythonRegex,
  type RegexMatch,
} from '../../src/pyregex/index.ts';
import { hasRequiredLiteral } from '../compat/pyregex/compare.ts';
import { PatternGenerator } from '../compat/pyregex/pattern-generator.ts';
import { Random } from '../compat/pyregex/random.ts';
import { exponentialPatterns, polynomialPatterns, safePatterns } from './verdict/known-patterns.ts';

function spansOf(regex: CompiledRegex, match: RegexMatch | null): unknown {
  return match && Array.from({ length: regex.groupCount + 1 }, (_, group) => match.span(group));
}

function compileOrSkip(pattern: string, flags: string): CompiledRegex | undefined {
  try {
    return compilePythonRegex(pattern, { flags, engine: 'v8' });
  } catch {
    return undefined;
  }
}

test('V8 and the own matcher agree on generated patterns, and literals are in every match', () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (seed) => {
      const { ours, flags, subjects } = new PatternGenerator(new Random(seed)).case(4);
      const native = compileOrSkip(ours, flags);
      if (native === undefined) return;
      const own = compilePythonRegex(ours, { flags, engine: 'backtrack' });
      for (const [text] of subjects) {
        const match = native.search(text);
        assert.deepEqual(
          spansOf(native, match),
          spansOf(own, own.search(text)),
          JSON.stringify([ours, flags, text]),
        );
        assert.ok(match === null || hasRequiredLiteral(native, match.group(0)!), ours);
        compared += 1;
      }
    }),
    { numRuns: 600 },
  );
  assert.ok(compared > 500);
});

test('a dangerous pattern that was bounded finds the same groups, and gives up where V8 would hang', () => {
  for (const pattern of exponentialPatterns) {
    const native = compilePythonRegex(pattern);
    const bounded = compilePythonRegex(pattern);
    bounded.runBounded();
    const text = fc.string({
      unit: fc.constantFrom(...'ab1xy,;:"!@ .\n', 'foo', 'bar', '\xe9'),
      maxLength: 12,
    });
    const sameResult = (subject: string): void =>
      assert.deepEqual(
        spansOf(bounded, bounded.search(subject)),
        spansOf(native, native.search(subject)),
        JSON.stringify([pattern, subject]),
      );
    fc.assert(fc.property(text, sameResult), { numRuns: 40 });
  }
  const nested = compilePythonRegex('^(a+)+$', { maxSteps: 100_000 });
  nested.runBounded();
  assert.throws(() => nested.search(`${'a'.repeat(60)}!`), { code: 'REGEX_STEP_LIMIT' });
});

test('a pattern is bounded from the length on at which it may hold a line', () => {
  const above = (pattern: string): number => boundedAbove(judgeBacktracking(parsePythonRegex(pattern)));
  assert.equal(above(exponentialPatterns[0]!), 0);
  assert.equal(above(safePatterns[0]!), Number.POSITIVE_INFINITY);
  for (const [pattern, degree] of polynomialPatterns.filter(([, power]) => power > 1)) {
    const [least, most] = { 2: [5000, 15_000], 3: [400, 1000], 4: [100, 300] }[degree]!;
    assert.ok(above(pattern) > least! && above(pattern) < most!, `${pattern}: ${above(pattern)}`);
  }
  const narrow = compilePythonRegex('^(a+)+$', { maxSteps: 100_000 });
  narrow.runBounded();
  narrow.runBounded(30);
  assert.throws(() => narrow.search(`${'a'.repeat(50)}!`), { code: 'REGEX_STEP_LIMIT' });
  assert.equal(narrow.search('a'.repeat(20))?.end, 20);
});

test('what was taken for dangerous and is not is run by V8 again', () => {
  const regex = compilePythonRegex('^(?:ab)*c', { maxSteps: 1000 });
  regex.runBounded();
  const text = `${'ab'.repeat(5000)}c`;
  assert.throws(() => regex.search(text), { code: 'REGEX_STEP_LIMIT' });
  regex.runBounded(Number.POSITIVE_INFINITY);
  assert.equal(regex.search(text)?.end, text.length);
});
