import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureCounter, maxMatchLength } from '../../src/track/failure-counter.ts';

const settings = { maxRetry: 5, findTimeSec: 600, maxMatches: 3, maxTracked: 1000 };

function add(counter: FailureCounter, id: string, timeSec: number, line = `at ${timeSec}`): number {
  return counter.add({ id, timeSec, matches: [line], fields: { user: line }, weight: 1, failures: 1 });
}

test('a steady rate that does not fit into findtime still reaches maxretry, since counting does not slide', () => {
  const counter = new FailureCounter(settings);
  const counts = [0, 160, 320, 480, 640].map((timeSec) => add(counter, 'a', timeSec));
  assert.deepEqual(counts, [1, 2, 3, 4, 5]);
  assert.equal(counter.get('a')?.firstSec, 40);
  assert.equal(counter.takeIfReached('a')?.retry, 5);
  assert.equal(counter.size, 0);
});

test('a slow rate never reaches maxretry, however long it lasts', () => {
  const counter = new FailureCounter(settings);
  for (let n = 0; n < 100; n++) assert.ok(add(counter, 'a', n * 400) < 5);
  assert.equal(counter.get('a')?.failures, 100);
});

test('a failure that comes late, with an older time, counts without moving the interval', () => {
  const counter = new FailureCounter(settings);
  add(counter, 'a', 1000);
  assert.equal(add(counter, 'a', 10), 2);
  assert.equal(counter.get('a')?.timeSec, 1000);
  assert.equal(counter.get('a')?.firstSec, 1000);
});

test('the newest maxmatches lines are kept, and the fields of the first failure', () => {
  const counter = new FailureCounter(settings);
  for (const line of ['one', 'two', 'three', 'four']) add(counter, 'a', 1, line);
  assert.deepEqual(counter.get('a')?.matches, ['two', 'three', 'four']);
  assert.deepEqual(counter.get('a')?.fields, { user: 'one' });
});

test('maxmatches 0 keeps no line once there are two failures', () => {
  const counter = new FailureCounter({ ...settings, maxMatches: 0 });
  add(counter, 'a', 1);
  add(counter, 'a', 2);
  assert.deepEqual(counter.get('a')?.matches, []);
});

test('an overlong line is cut', () => {
  const counter = new FailureCounter(settings);
  add(counter, 'a', 1, 'x'.repeat(1_000_000));
  assert.equal(counter.get('a')?.matches[0]?.length, maxMatchLength + 1);
});

test('counts whose last failure is findtime old are swept out', () => {
  const counter = new FailureCounter(settings);
  add(counter, 'old', 100);
  add(counter, 'young', 101);
  assert.equal(counter.cleanup(700), 1);
  assert.deepEqual(
    counter.snapshot().map(({ id }) => id),
    ['young'],
  );
});

test('beyond the bound the id whose last failure is oldest is forgotten', () => {
  const counter = new FailureCounter({ ...settings, maxTracked: 2 });
  add(counter, 'a', 1);
  add(counter, 'b', 2);
  add(counter, 'a', 3);
  add(counter, 'c', 4);
  assert.deepEqual(
    counter.snapshot().map(({ id }) => id),
    ['a', 'c'],
  );
  assert.equal(counter.takeForgotten(), 1);
  assert.equal(counter.forgotten, 0);
});

test('changes name each id once, with its newest count, and the ids that are gone', () => {
  const counter = new FailureCounter({ ...settings, maxRetry: 2 });
  add(counter, 'a', 1);
  add(counter, 'b', 1);
  add(counter, 'b', 2);
  counter.takeIfReached('b');
  const { counts, dropped } = counter.takeChanges();
  assert.deepEqual(
    counts.map(({ id, retry }) => [id, retry]),
    [['a', 1]],
  );
  assert.deepEqual(dropped, ['b']);
  assert.equal(counter.hasChanges, false);
});

test('restored counts go on where they were, and are no change', () => {
  const before = new FailureCounter(settings);
  add(before, 'a', 1);
  add(before, 'a', 2);
  const after = new FailureCounter(settings);
  after.restore(before.snapshot());
  assert.equal(after.hasChanges, false);
  assert.equal(add(after, 'a', 3), 3);
  assert.equal(after.total, 1);
});
