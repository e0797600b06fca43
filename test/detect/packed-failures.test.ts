import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Failure } from '../../src/detect/index.ts';
import { FailurePacker, unpackFailures } from '../../src/detect/packed-failures.ts';

const text = fc.oneof(fc.string({ unit: 'grapheme' }), fc.string(), fc.constant(''), fc.constant('\ud800'));
const name = fc.constantFrom('ip4', 'ip6', 'user', 'users', 'mlfid', 'fid', 'attempt');

const failure: fc.Arbitrary<Failure> = fc
  .record({
    jail: fc.constantFrom('sshd', 'recidive'),
    id: fc.oneof(fc.ipV4(), text),
    unresolved: fc.boolean(),
    timeSec: fc.double({ noNaN: true, min: 0, max: 4e9 }),
    attempts: fc.integer({ min: 1, max: 100 }),
    lines: fc.array(text, { maxLength: 4 }),
    fields: fc.dictionary(name, text, { noNullPrototype: true }),
    rule: fc.option(fc.nat({ max: 200 })),
  })
  .map(({ rule, ...rest }) => (rule === null ? rest : { ...rest, rule }));

test('failures that were packed and cloned are what they were, in their order', () => {
  fc.assert(
    fc.property(fc.array(fc.array(failure, { maxLength: 150 }), { maxLength: 3 }), (batches) => {
      const packer = new FailurePacker();
      for (const failures of batches) {
        for (const one of failures) packer.add(one);
        assert.equal(packer.count, failures.length);
        assert.equal(packer.characters, failures.flatMap(({ lines }) => lines).join('').length);
        assert.deepEqual(unpackFailures(structuredClone(packer.take())), failures);
        assert.deepEqual([packer.count, packer.characters], [0, 0]);
      }
    }),
    { numRuns: 200 },
  );
});

test('an id that fails again and again is sent once', () => {
  const packer = new FailurePacker();
  for (let time = 0; time < 500; time += 1) {
    const fields = { ip4: '192.0.2.1' };
    packer.add({
      jail: 'sshd',
      id: '192.0.2.1',
      unresolved: false,
      timeSec: time,
      attempts: 1,
      lines: [],
      fields,
    });
  }
  assert.deepEqual(packer.take().ids, ['192.0.2.1']);
});
