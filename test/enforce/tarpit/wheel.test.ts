import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../../src/base/index.ts';
import { Wheel } from '../../../src/enforce/tarpit/wheel.ts';

test('items are visited when their time has come, each once', () => {
  const clock = new ManualClock();
  const seen: string[] = [];
  const wheel = new Wheel<string>(clock, 20, (item) => seen.push(item));
  wheel.add('b', 2);
  wheel.add('a', 1);
  wheel.add('z', 20);
  clock.advance(1);
  assert.deepEqual(seen, ['a']);
  clock.advance(18);
  assert.deepEqual(seen, ['a', 'b']);
  clock.advance(1);
  assert.deepEqual(seen, ['a', 'b', 'z']);
});

test('an item that is added again waits anew, and one that is deleted is not visited', () => {
  const clock = new ManualClock();
  const seen: string[] = [];
  const wheel = new Wheel<string>(clock, 5, (item) => seen.push(item));
  wheel.add('a', 1);
  wheel.add('a', 3);
  wheel.add('b', 2);
  wheel.delete('b');
  clock.advance(2);
  assert.deepEqual(seen, []);
  clock.advance(1);
  assert.deepEqual(seen, ['a']);
});

test('a visit may add its item again, and take out another one', () => {
  const clock = new ManualClock();
  const seen: string[] = [];
  const wheel = new Wheel<string>(clock, 5, (item) => {
    seen.push(item);
    if (item === 'a') {
      wheel.add('a', 1);
      wheel.delete('b');
    }
  });
  wheel.add('a', 1);
  wheel.add('b', 1);
  clock.advance(2);
  assert.deepEqual(seen, ['a', 'a']);
});

test('while nothing waits no timer runs', () => {
  const clock = new ManualClock();
  const wheel = new Wheel<string>(clock, 5, () => undefined);
  assert.equal(wheel.isTurning, false);
  wheel.add('a', 1);
  assert.equal(wheel.isTurning, true);
  clock.advance(1);
  assert.equal(wheel.isTurning, false);
  wheel.add('a', 1);
  wheel.delete('a');
  assert.equal(wheel.isTurning, false);
});
