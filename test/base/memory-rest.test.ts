import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, MemoryRest } from '../../src/base/index.ts';

class FakeHeap {
  size = 30 << 20;
  collections = 0;

  bytes(): number {
    return this.size;
  }

  collect(): void {
    this.collections += 1;
    this.size = 12 << 20;
  }
}

test('memory is given back once work has been over for a while, not during it', () => {
  const clock = new ManualClock();
  const heap = new FakeHeap();
  const rest = new MemoryRest(clock, heap);
  for (let sec = 0; sec < 100; sec++) {
    rest.noteWork();
    clock.advance(1);
  }
  assert.equal(heap.collections, 0);
  clock.advance(20);
  assert.equal(heap.collections, 1);
});

test('a little work between two rests collects nothing, since the heap has not grown', () => {
  const clock = new ManualClock();
  const heap = new FakeHeap();
  const rest = new MemoryRest(clock, heap);
  rest.noteWork();
  clock.advance(60);
  rest.noteWork();
  heap.size += 1 << 20;
  clock.advance(60);
  assert.equal(heap.collections, 1);
  rest.noteWork();
  heap.size += 8 << 20;
  clock.advance(60);
  assert.equal(heap.collections, 2);
});

test('at rest, and once stopped, there is no timer', () => {
  const clock = new ManualClock();
  const heap = new FakeHeap();
  const rest = new MemoryRest(clock, heap);
  rest.noteWork();
  rest.stop();
  clock.advance(1000);
  assert.equal(heap.collections, 0);
  rest.noteWork();
  clock.set(clock.nowSec() - 100_000);
  clock.advance(100_020);
  assert.equal(heap.collections, 1);
});
