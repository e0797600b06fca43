import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeCount,
  decodeFailure,
  decodeTicket,
  encodeFailure,
  encodeTicket,
} from '../../src/state/ticket-data.ts';

const text = fc.string({ unit: 'binary' }).map((s) => s.toWellFormed());
const fields = fc.dictionary(
  fc
    .string({ minLength: 1, maxLength: 8 })
    .filter((name) => !['matches', 'failures', '__proto__'].includes(name)),
  text,
);

test('any ticket comes back as it was written', () => {
  fc.assert(
    fc.property(fc.array(text, { maxLength: 10 }), fc.nat(), fields, (matches, failures, captured) => {
      const decoded = decodeTicket(encodeTicket({ matches, failures, fields: captured }, 10));
      assert.deepEqual(decoded, { matches, failures, fields: { ...captured } });
    }),
  );
});

test('whatever a column holds, reading it does not throw', () => {
  const columns = fc.oneof(fc.json(), fc.string(), fc.uint8Array(), fc.constant(null), fc.integer());
  fc.assert(
    fc.property(columns, (column) => {
      assert.ok(Array.isArray(decodeTicket(column).matches));
      assert.ok(Array.isArray(decodeCount(column).matches));
      decodeFailure('j', column);
    }),
  );
});

test('the shapes that fail2ban writes are read: parts of a line, numbers, lists, text instead of a blob', () => {
  const written =
    '{"matches": [["a", "b", "c"], "d"], "failures": 4, "user": "root", "port": 22, "users": ["x"]}';
  assert.deepEqual(decodeTicket(written), {
    matches: ['abc', 'd'],
    failures: 4,
    fields: { user: 'root', port: '22' },
  });
});

test('half a character does not get into the database', () => {
  const column = encodeTicket({ matches: ['a\ud800b'], failures: 1, fields: {} }, 5);
  assert.deepEqual(decodeTicket(column).matches, ['a\ufffdb']);
});

test('an undecided failure comes back as it was', () => {
  const failure = {
    jail: 'j',
    id: 'x.org',
    unresolved: true,
    timeSec: 1.5,
    attempts: 2,
    lines: ['l'],
    fields: { a: 'b' },
  };
  assert.deepEqual(decodeFailure('j', encodeFailure(failure)), failure);
});
