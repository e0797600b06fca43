import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import { PatternJudge } from '../../src/detect/host-judge.ts';
import type { PatternBound } from '../../src/detect/pattern.ts';
import { datedLine, TestHost } from '../support/detection.ts';

const delaySec = 10;

class Judging {
  readonly clock = new ManualClock();
  readonly judge: PatternJudge;
  readonly found: PatternBound[] = [];
  readonly #emitter = new EventEmitter();

  constructor(context: TestContext, url?: URL) {
    this.judge = new PatternJudge({
      clock: this.clock,
      delaySec,
      patienceSec: 60,
      ...(url === undefined ? {} : { url }),
    });
    this.judge.listen((bound) => {
      this.found.push(bound);
      this.#emitter.emit('found');
    });
    // The thread alone would not keep the process alive.
    const alive = setInterval(() => undefined, 1000);
    context.after(() => {
      clearInterval(alive);
      return this.judge.stop();
    });
  }

  async until(count: number): Promise<void> {
    while (this.found.length < count) await once(this.#emitter, 'found');
  }
}

const pattern = (text: string, flags = ''): { text: string; flags: string } => ({ text, flags });

test('patterns are judged once the start is over, and dangerous ones are told with the length from which they are', async (context) => {
  const judging = new Judging(context);
  judging.judge.judge([pattern('^safe \\d+$'), pattern('^(?:x+)+y'), pattern('^x*x*x*y')]);
  judging.clock.advance(delaySec - 1);
  judging.judge.judge([pattern('^(?:x+)+y'), pattern('^(?:z+)+y', 'm')]);
  judging.clock.advance(delaySec - 1);
  assert.deepEqual(judging.found, []);
  judging.clock.advance(1);
  await judging.until(3);
  assert.deepEqual(
    judging.found.map(({ text, flags, above }) => [text, flags, above === 0]),
    [
      ['^(?:x+)+y', '', true],
      ['^x*x*x*y', '', false],
      ['^(?:z+)+y', 'm', true],
    ],
  );
  assert.deepEqual(judging.judge.bounds, judging.found);
});

test('a rule that was caught is known as dangerous without being judged', (context) => {
  const judging = new Judging(context);
  judging.judge.bound(pattern('^x*x*y'), 500);
  judging.judge.bound(pattern('^x*x*y'), 0);
  judging.judge.bound(pattern('^x*x*y'), 9000);
  assert.deepEqual(
    judging.found.map(({ above }) => above),
    [500, 0],
  );
  assert.deepEqual(judging.judge.bounds, [{ ...pattern('^x*x*y'), above: 0 }]);
});

test('a pattern that takes too long to judge, or ends the thread, is passed over', async (context) => {
  const judging = new Judging(context, new URL('../support/fragile-judge.ts', import.meta.url));
  judging.judge.judge(['hang', '^(?:x+)+y', 'die', '^(?:y+)+x'].map((text) => pattern(text)));
  judging.clock.advance(delaySec);
  judging.clock.advance(60);
  await judging.until(2);
  assert.deepEqual(
    judging.found.map(({ text }) => text),
    ['^(?:x+)+y', '^(?:y+)+x'],
  );
});

test('once judged, a dangerous rule gives a hostile line up by itself, and no worker is lost', async (context) => {
  const detection = new TestHost(context, { judgeDelaySec: 0 });
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', '^ slow (?:x+)+ <HOST>$', '^ bad <HOST>$'));
  let attempts = 0;
  const isOverrun = (): boolean =>
    detection.logged('WARNING').some((line) => line.includes('too many steps'));
  // Until the verdict is there, the watchdog catches it.
  while (!isOverrun() && attempts < 5) {
    attempts += 1;
    detection.append('a.log', datedLine(`slow ${'x'.repeat(50)}!`), datedLine('bad 192.0.2.1'));
    await detection.until(() => detection.ids('a').length === attempts);
  }
  assert.ok(isOverrun(), detection.logged('WARNING').join('\n'));
  assert.match(
    detection.logged('WARNING').at(-1)!,
    /\[a\] failregex 1 took too many steps on a line, the line is left out: ".* slow x+!"$/,
  );
});
