import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  charSet,
  complement,
  contains,
  intersection,
  isSubset,
  sizeOf,
  union,
} from '../../../src/pyregex/charset/charset.ts';

const ranges = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 9 })), { maxLength: 6 })
  .map((pairs) => pairs.flatMap(([low, length]) => [low, low + length]));

test('sets are what their ranges say, however these overlap', () => {
  fc.assert(
    fc.property(ranges, ranges, (some, others) => {
      const [one, other] = [charSet(some), charSet(others)];
      const isIn = (list: readonly number[], code: number): boolean =>
        list.some((low, at) => at % 2 === 0 && code >= low && code <= list[at + 1]!);
      for (let code = 0; code < 80; code += 1) {
        const [inOne, inOther] = [isIn(some, code), isIn(others, code)];
        assert.equal(contains(one, code), inOne);
        assert.equal(contains(complement(one), code), !inOne);
        assert.equal(contains(union(one, other), code), inOne || inOther);
        assert.equal(contains(intersection(one, other), code), inOne && inOther);
      }
      assert.equal(sizeOf(one) + sizeOf(complement(one)), 0x110000);
      assert.ok(isSubset(intersection(one, other), one) && isSubset(one, union(one, other)));
      assert.deepEqual(complement(complement(one)), one);
    }),
  );
});
