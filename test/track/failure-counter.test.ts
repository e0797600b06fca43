import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureCounter, maxMatchLength } from '../../src/track/failure-counter.ts';
import { LineRing } from '../../src/track/line-ring.ts';

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
  const told = (): unknown => {
    const { counts, dropped } = counter.takeChanges();
    return { counts: counts.map(({ id, retry }) => [id, retry]), dropped };
  };
  const both = [
    ['a', 1],
    ['b', 1],
  ];
  assert.deepEqual(told(), { counts: both, dropped: [] });
  add(counter, 'b', 2);
  counter.takeIfReached('b');
  assert.deepEqual(told(), { counts: [], dropped: ['b'] });
  assert.equal(counter.changeCount, 0);
});

test('who comes and goes between two calls is no change, unless an earlier call told of him', () => {
  const counter = new FailureCounter({ ...settings, maxRetry: 2 });
  const comeAndGo = (): void => {
    add(counter, 'a', 1);
    add(counter, 'a', 2);
    counter.takeIfReached('a');
  };
  comeAndGo();
  assert.deepEqual(counter.takeChanges(), { counts: [], dropped: [] });
  add(counter, 'a', 1);
  assert.equal(counter.takeChanges().counts.length, 1);
  add(counter, 'a', 2);
  counter.takeIfReached('a');
  comeAndGo();
  assert.deepEqual(counter.takeChanges(), { counts: [], dropped: ['a'] });
  add(counter, 'b', 1);
  counter.snapshot();
  add(counter, 'b', 2);
  counter.takeIfReached('b');
  assert.deepEqual(counter.takeChanges(), { counts: [], dropped: ['b'] });
});

test('restored counts go on where they were, and are no change', () => {
  const before = new FailureCounter(settings);
  add(before, 'a', 1);
  add(before, 'a', 2);
  const after = new FailureCounter(settings);
  after.restore(before.snapshot());
  assert.equal(after.changeCount, 0);
  assert.equal(add(after, 'a', 3), 3);
  assert.equal(after.total, 1);
});

test('a million addresses take the memory of those that are tracked: the eldest are forgotten, their lines first', () => {
  const lines = new LineRing(1 << 20);
  const counter = new FailureCounter({ ...settings, maxTracked: 50_000 }, lines);
  const line = `sshd[1]: Failed password for root from somewhere port 1 ssh2 ${'x'.repeat(60)}`;
  for (let n = 0; n < 1_000_000; n++) {
    const id = `${10 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}.1`;
    counter.add({
      id,
      timeSec: n / 1000,
      matches: [line],
      fields: { user: 'root', ip4: id },
      weight: 1,
      failures: 1,
    });
    if (n % 1000 === 0) counter.takeChanges();
  }
  assert.equal(counter.size, 50_000);
  assert.equal(counter.total, 1_000_000);
  assert.equal(counter.forgotten, 950_000);
  assert.equal(lines.bytes, 1 << 20);
  const [eldest, ...others] = counter.snapshot();
  assert.deepEqual(eldest, {
    id: '24.126.240.1',
    firstSec: 950,
    timeSec: 950,
    retry: 1,
    failures: 1,
    matches: [],
    fields: { user: 'root', ip4: '24.126.240.1' },
  });
  assert.deepEqual(others.at(-1)?.matches, [line]);
});

test('rows that are free again are used again, in the order of the last failure', () => {
  const counter = new FailureCounter({ ...settings, maxTracked: 5000 });
  for (let n = 0; n < 4000; n++) add(counter, `id ${n}`, n);
  for (let n = 0; n < 4000; n += 2) add(counter, `id ${n}`, 4000);
  assert.equal(counter.cleanup(4500), 1950);
  for (let n = 0; n < 3000; n++) add(counter, `new ${n}`, 4001);
  assert.equal(counter.size, 5000);
  const ids = counter.snapshot().map(({ id }) => id);
  // The 50 odd ones that were left made room.
  assert.deepEqual([ids[0], ids[2000], ids.at(-1)], ['id 0', 'new 0', 'new 2999']);
  assert.equal(new Set(ids).size, 5000);
  assert.equal(counter.get('new 7')?.matches[0], 'at 4001');
});
