import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CompiledRegex, compilePythonRegex, type RegexMatch } from '../../src/pyregex/index.ts';
import { hasRequiredLiteral } from '../compat/pyregex/compare.ts';
import { PatternGenerator } from '../compat/pyregex/pattern-generator.ts';
import { Random } from '../compat/pyregex/random.ts';

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
