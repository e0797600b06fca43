import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { ManualClock, MemoryLogger } from '../../../src/base/index.ts';
import { limits } from '../../../src/enforce/notify/limits.ts';
import { type Job, NoticeQueue } from '../../../src/enforce/notify/queue.ts';
import { DeliveryError } from '../../../src/enforce/notify/trouble.ts';

class QueueBench {
  readonly clock = new ManualClock();
  readonly logger = new MemoryLogger();
  readonly queue = new NoticeQueue(this.clock, this.logger);
  readonly attempts: string[] = [];
  readonly ended: [string, string | undefined][] = [];

  job(label: string, attempt: (signal: AbortSignal) => Promise<void>, rest: Partial<Job> = {}): Job {
    return {
      key: 'k',
      label,
      timeoutSec: 60,
      retries: 4,
      mostWaiting: 10,
      attempt: (signal) => {
        this.attempts.push(label);
        return attempt(signal);
      },
      onEnd: (reason) => this.ended.push([label, reason]),
      ...rest,
    };
  }
}

const fine = async (): Promise<void> => undefined;
const never = (): Promise<void> => new Promise(() => undefined);
const busy = async (): Promise<void> => {
  throw new DeliveryError('busy', { mayRetry: true });
};
const settle = async (): Promise<void> => {
  for (let count = 0; count < 5; count++) await turn();
};

test('jobs of one action go in their order, one at a time; those of others at the same time', async () => {
  const bench = new QueueBench();
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  bench.queue.post(bench.job('a1', () => held, { key: 'a' }));
  bench.queue.post(bench.job('a2', fine, { key: 'a' }));
  bench.queue.post(bench.job('b1', fine, { key: 'b' }));
  await settle();
  assert.deepEqual(bench.attempts, ['a1', 'b1']);
  assert.equal(bench.queue.waiting('a'), 2);
  release();
  await bench.queue.idle();
  assert.deepEqual(bench.attempts, ['a1', 'b1', 'a2']);
  assert.deepEqual(bench.ended.at(-1), ['a2', undefined]);
});

test('what fails is tried again after growing pauses, and given up at last', async () => {
  const bench = new QueueBench();
  bench.queue.post(bench.job('mail', busy));
  const times: number[] = [];
  const startSec = bench.clock.nowSec();
  for (let seen = 0; bench.ended.length === 0; ) {
    await settle();
    if (bench.attempts.length > seen) times.push(bench.clock.nowSec() - startSec);
    seen = bench.attempts.length;
    bench.clock.advance(1);
  }
  assert.deepEqual(times, [0, 5, 15, 35, 75]);
  assert.deepEqual(bench.ended, [['mail', 'busy']]);
  assert.match(bench.logger.lines.at(-1) ?? '', /mail was not delivered: busy/);
});

test('what cannot work another time is not tried again', async () => {
  const bench = new QueueBench();
  bench.queue.post(
    bench.job('mail', async () => {
      throw new DeliveryError('no such user', { mayRetry: false });
    }),
  );
  await bench.queue.idle();
  assert.deepEqual([bench.attempts, bench.ended], [['mail'], [['mail', 'no such user']]]);
});

test('an attempt that hangs ends at its time, and holds nothing else up', async () => {
  const bench = new QueueBench();
  let aborted = false;
  bench.queue.post(
    bench.job(
      'slow',
      (signal) => {
        signal.addEventListener('abort', () => {
          aborted = true;
        });
        return never();
      },
      { retries: 0 },
    ),
  );
  bench.queue.post(bench.job('next', fine));
  await settle();
  bench.clock.advance(59);
  await settle();
  assert.deepEqual(bench.ended, []);
  bench.clock.advance(1);
  await bench.queue.idle();
  assert.ok(aborted);
  assert.deepEqual(bench.ended, [
    ['slow', 'no answer in time'],
    ['next', undefined],
  ]);
});

test('a full queue drops the newest and says so once in a while, with the count', async () => {
  const bench = new QueueBench();
  bench.queue.post(bench.job('slow', never));
  for (let index = 0; index < 15; index++) bench.queue.post(bench.job(`m${index}`, fine));
  assert.equal(bench.queue.waiting('k'), 11);
  const warnings = bench.logger.lines.filter((line) => line.includes('dropped'));
  assert.equal(warnings.length, 1);
  bench.clock.advance(61);
  bench.queue.post(bench.job('late', fine, { mostWaiting: 0 }));
  assert.match(bench.logger.lines.at(-1) ?? '', /late and 4 others dropped: 0 notices wait already/);
});

test('no more than a few attempts are under way at once', async () => {
  const bench = new QueueBench();
  for (let index = 0; index < 20; index++)
    bench.queue.post(bench.job(`j${index}`, never, { key: `k${index}` }));
  await settle();
  assert.equal(bench.attempts.length, limits.atOnce);
  bench.clock.advance(60);
  await settle();
  assert.equal(bench.attempts.length, 2 * limits.atOnce);
});

test('a stop tries once what waits between two attempts, and tells how much was lost', async () => {
  const bench = new QueueBench();
  bench.queue.post(bench.job('flaky', busy, { key: 'a' }));
  bench.queue.post(bench.job('hangs', never, { key: 'b' }));
  bench.queue.post(bench.job('behind', fine, { key: 'b' }));
  await settle();
  const stopped = bench.queue.stop(5);
  await settle();
  assert.deepEqual(bench.ended, [['flaky', 'busy']]);
  bench.clock.advance(5);
  await stopped;
  assert.ok(bench.logger.lines.some((line) => line.includes('2 notices were not delivered before the stop')));
  assert.equal(bench.queue.post(bench.job('later', fine)), false);
});
