import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { ManualClock, MemoryLogger } from '../../../src/base/index.ts';
import { PatternJudge, type StartJudge, startJudge } from '../../../src/detect/judge/index.ts';
import { parseVerdict } from '../../../src/detect/judge/protocol.ts';
import { judgeUrl } from '../../../src/detect/judge/start-judge.ts';
import type { PatternBound, SuspectedPattern } from '../../../src/detect/pattern.ts';
import { datedLine, TestHost } from '../../support/detection.ts';

const delaySec = 10;

class Judging {
  readonly clock = new ManualClock();
  readonly judge: PatternJudge;
  readonly found: PatternBound[] = [];
  readonly #emitter = new EventEmitter();

  readonly logger = new MemoryLogger();

  constructor(context: TestContext, start: StartJudge = startJudge) {
    this.judge = new PatternJudge({
      clock: this.clock,
      delaySec,
      patienceSec: 60,
      logger: this.logger,
      start,
    });
    this.judge.listen((bound) => {
      this.found.push(bound);
      this.#emitter.emit('found');
    });
    // The process alone would not keep the process alive.
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

const harmless = Number.POSITIVE_INFINITY;
const pattern = (text: string, flags = '', suspectedAbove = harmless): SuspectedPattern => ({
  text,
  flags,
  suspectedAbove,
});

test('patterns are judged once the start is over, and dangerous ones are told with the length from which they are', async (context) => {
  const judging = new Judging(context);
  judging.judge.judge([pattern('^safe \\d+$'), pattern('^x*x*x*y', '', 670), pattern('^(?:x+)+y', '', 0)]);
  judging.clock.advance(delaySec - 1);
  judging.judge.judge([pattern('^(?:x+)+y', '', 0), pattern('^(?:z+)+y', 'm', 0)]);
  judging.clock.advance(delaySec - 1);
  assert.deepEqual(judging.found, []);
  judging.clock.advance(1);
  await judging.until(3);
  assert.deepEqual(
    judging.found.map(({ text, flags, above }) => [text, flags, above === 0]),
    [
      ['^(?:x+)+y', '', true],
      ['^(?:z+)+y', 'm', true],
      ['^x*x*x*y', '', false],
    ],
  );
  assert.deepEqual(judging.judge.bounds, judging.found);
});

test('a pattern that only looked dangerous is told as harmless, unless it was caught meanwhile', async (context) => {
  const judging = new Judging(context);
  const [wronged, caught] = [pattern('^(?:ab)*$', '', 0), pattern('^(?:cd)*$', '', 0)];
  judging.judge.judge([wronged, caught, pattern('^plain$')]);
  judging.judge.bound(caught, 0);
  judging.clock.advance(delaySec);
  await judging.until(2);
  assert.deepEqual(
    judging.found.map(({ text, above }) => [text, above]),
    [
      [caught.text, 0],
      [wronged.text, harmless],
    ],
  );
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
  assert.deepEqual(judging.judge.bounds, [{ text: '^x*x*y', flags: '', above: 0 }]);
});

test('a pattern that takes too long to judge, or ends the process, is passed over', async (context) => {
  let started = 0;
  let running = 0;
  const judging = new Judging(context, (events) => {
    started += 1;
    running += 1;
    return {
      send: ({ text }) => {
        if (text === 'die') queueMicrotask(() => events.onEnd('exit code 3'));
        else if (text !== 'hang') queueMicrotask(() => events.onMessage({ above: 0 }));
      },
      setBusy: () => undefined,
      stop: () => {
        running -= 1;
      },
    };
  });
  judging.judge.judge(['hang', '^x*x*x*y', 'die', '^y*y*y*x'].map((text) => pattern(text)));
  judging.clock.advance(delaySec);
  judging.clock.advance(60);
  await judging.until(2);
  assert.deepEqual(
    judging.found.map(({ text }) => text),
    ['^x*x*x*y', '^y*y*y*x'],
  );
  assert.deepEqual([started, running], [3, 0]);
});

test('where no process can be started, rules are not judged, and that is told', (context) => {
  const judging = new Judging(context, () => {
    throw new Error('no room');
  });
  judging.judge.judge([pattern('^(?:x+)+y')]);
  judging.clock.advance(delaySec);
  assert.deepEqual(judging.logger.lines, [
    'WARNING fail2ban.filter Regular expressions are not judged: no room',
  ]);
});

test('what is no verdict costs the judge its life', () => {
  assert.deepEqual(parseVerdict('{"above":670}'), { above: 670 });
  assert.deepEqual(parseVerdict('{}'), {});
  for (const line of ['', 'null', '7', '{"above":"x"}', '{"above":-1}', '{"above":null}'])
    assert.equal(parseVerdict(line), undefined);
});

test('the code of the judge lies beside the sources or beside the bundle', () => {
  assert.match(judgeUrl().pathname, /src\/detect\/judge\/helper\.ts$/);
  const bundled = judgeUrl('file:///usr/lib/warder/fail2ban-server.js');
  assert.equal(bundled.href, 'file:///usr/lib/warder/regex-judge.js');
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
