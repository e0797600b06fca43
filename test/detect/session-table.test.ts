import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Session, SessionTable } from '../../src/detect/rules/session-table.ts';

/** `Aa` and `BB` are different texts with one number, and so are all texts that are made of them. */
const id = fc.array(fc.constantFrom('Aa', 'BB', 'x'), { maxLength: 4 }).map((parts) => parts.join(''));
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('put' as const), id }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('delete' as const), id }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('eldest' as const), id }) },
);

function makeSession(name: string): Session {
  return { id: name, endSec: 0 } as Session;
}

test('sessions are found, forgotten and taken in their order as in a Map', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const table = new SessionTable();
      const map = new Map<string, true>();
      for (const { kind, id: name } of steps) {
        if (kind === 'put' && !map.has(name)) {
          map.set(name, true);
          table.add(makeSession(name));
        } else if (kind === 'delete') {
          map.delete(name);
          table.delete(name);
        } else if (kind === 'eldest') {
          const eldest = map.keys().next().value;
          if (eldest !== undefined) map.delete(eldest);
          assert.equal(table.takeEldest()?.id, eldest);
        }
        assert.equal(table.get(name)?.id, map.has(name) ? name : undefined);
        assert.equal(table.size, map.size);
      }
    }),
  );
});

test('the order holds through very many sessions', () => {
  const table = new SessionTable();
  for (let index = 0; index < 5000; index += 1) {
    table.add(makeSession(`session ${index}`));
    if (index % 3 === 0) table.delete(`session ${index}`);
    if (table.size > 50) table.takeEldest();
  }
  const left: string[] = [];
  for (let eldest = table.takeEldest(); eldest !== undefined; eldest = table.takeEldest())
    left.push(eldest.id);
  assert.equal(left.length, 50);
  assert.deepEqual(
    left,
    left.toSorted((a, b) => Number(a.slice(8)) - Number(b.slice(8))),
  );
  assert.equal(left.at(-1), 'session 4999');
});
