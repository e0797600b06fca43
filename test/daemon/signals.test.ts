import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import { listenToSignals } from '../../src/daemon/signals.ts';

function listening(): { calls: string[]; source: EventEmitter; clock: ManualClock; end: () => void } {
  const calls: string[] = [];
  const source = new EventEmitter();
  const clock = new ManualClock();
  const handlers = {
    stop: () => void calls.push('stop'),
    stopNow: () => void calls.push('stopNow'),
    reload: () => void calls.push('reload'),
    flushLogs: () => void calls.push('flushLogs'),
  };
  return { calls, source, clock, end: listenToSignals(handlers, source, clock) };
}

test('SIGTERM and SIGINT stop, SIGHUP reloads, SIGUSR1 flushes the logs', () => {
  const { calls, source } = listening();
  for (const signal of ['SIGHUP', 'SIGUSR1', 'SIGTERM']) source.emit(signal);
  assert.deepEqual(calls, ['reload', 'flushLogs', 'stop']);
});

test('a second Ctrl-C does not wait any longer, but one that comes twice at once is one', () => {
  const { calls, source, clock } = listening();
  source.emit('SIGINT');
  clock.advance(0.1);
  source.emit('SIGINT');
  assert.deepEqual(calls, ['stop']);
  clock.advance(2);
  source.emit('SIGINT');
  assert.deepEqual(calls, ['stop', 'stopNow']);
});

test('afterwards signals do what they always do', () => {
  const { source, end } = listening();
  end();
  assert.equal(source.listenerCount('SIGINT') + source.listenerCount('SIGTERM'), 0);
});
