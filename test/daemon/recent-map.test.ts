import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RecentMap } from '../../src/daemon/recent-map.ts';

test('what was asked for lately stays, and there is never more than may be', () => {
  const map = new RecentMap<number>(100);
  map.set('kept', 1);
  for (let index = 0; index < 10_000; index += 1) {
    map.set(`id ${index}`, index);
    assert.ok(map.size <= 100);
    if (index % 20 === 0) assert.equal(map.get('kept'), 1);
  }
  assert.equal(map.get('id 9999'), 9999);
  assert.equal(map.get('id 9950'), 9950);
  assert.equal(map.get('id 9000'), undefined);
});

test('an entry that is set again or deleted is there once, or not at all', () => {
  const map = new RecentMap<number>(4);
  for (const key of ['a', 'b', 'c']) map.set(key, 1);
  map.set('a', 2);
  assert.deepEqual([map.get('a'), map.size], [2, 3]);
  map.delete('a');
  assert.deepEqual([map.get('a'), map.size], [undefined, 2]);
});
