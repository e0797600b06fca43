import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Marks } from '../../../src/pyregex/backtrack/marks.ts';

test('a group is set once it has begun and ended', () => {
  const marks = new Marks(2);
  assert.equal(marks.isSet(1), false);
  marks.set(0, 3);
  assert.equal(marks.isSet(1), false);
  marks.set(1, 5);
  assert.deepEqual([marks.isSet(1), marks.start(1), marks.end(1), marks.isSet(2)], [true, 3, 5, false]);
});

test('a group that was passed over is unset, whatever stood there before', () => {
  const marks = new Marks(2);
  marks.set(0, 1);
  marks.set(1, 2);
  marks.last = -1;
  marks.set(2, 4);
  marks.set(3, 5);
  assert.deepEqual([marks.isSet(1), marks.isSet(2)], [false, true]);
});

test('older values come back', () => {
  const marks = new Marks(1);
  marks.set(0, 1);
  marks.set(1, 2);
  const before = marks.trailLength;
  marks.set(0, 7);
  marks.set(1, 8);
  marks.undoTo(before);
  assert.deepEqual([marks.start(1), marks.end(1)], [1, 2]);
});
