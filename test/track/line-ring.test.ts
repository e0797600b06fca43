import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LineRing, nowhere } from '../../src/track/line-ring.ts';

test('lines come back as they were, whatever characters they are of', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 300 }), { maxLength: 20 }), (lines) => {
      const ring = new LineRing(1);
      let place = nowhere;
      for (const line of lines) place = ring.add(line, place);
      assert.deepEqual(ring.read(place, lines.length), lines);
      assert.deepEqual(ring.read(place, 2), lines.slice(-2));
    }),
  );
  const ring = new LineRing(1);
  const halfPair = 'a\ud800b';
  assert.deepEqual(ring.read(ring.add(halfPair, nowhere), 1), [halfPair]);
});

test('the eldest lines make room for the newest, and the memory does not grow beyond its bound', () => {
  const ring = new LineRing(1 << 20);
  const first = ring.add('the first', nowhere);
  assert.equal(ring.bytes, 1 << 18);
  const second = ring.add('the second', first);
  let last = second;
  for (let n = 0; n < 20_000; n++) last = ring.add(`line ${n} ${'x'.repeat(100)}`, second);
  assert.equal(ring.bytes, 1 << 20);
  assert.deepEqual(ring.read(second, 5), []);
  const [newest, ...others] = ring.read(last, 5);
  assert.match(newest ?? '', /^line 19999 x/);
  assert.deepEqual(others, []);
});

test('no line is mixed up with those around it, however often the ring was full', () => {
  const ring = new LineRing(1);
  const places: number[] = [];
  for (let n = 0; n < 5000; n++) places.push(ring.add(String(n).repeat(n % 97), nowhere));
  let held = 0;
  for (const [n, place] of places.entries()) {
    const [line] = ring.read(place, 1);
    if (line === undefined) assert.equal(held, 0, 'a younger line is gone, an older one is there');
    else assert.equal(line, String(n).repeat(n % 97));
    if (line !== undefined) held += 1;
  }
  assert.ok(held > 500, `only ${held} lines are held`);
});

test('a line that is longer than a piece of the memory is cut', () => {
  const ring = new LineRing(1);
  const [line] = ring.read(ring.add('€'.repeat(1_000_000), nowhere), 1);
  assert.equal(line, '€'.repeat(100_000));
});
