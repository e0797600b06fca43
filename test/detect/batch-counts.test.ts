import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../src/base/index.ts';
import { datedLine, TestHost } from '../support/detection.ts';

test('a batch tells how much was read for a jail, and since when its failures are known', async (context) => {
  const bench = new TestHost(context);
  const startedSec = systemClock.nowSec();
  await bench.host.start();
  const lines = [datedLine('bad login from 192.0.2.1'), datedLine('all is well'), datedLine('and so on')];
  bench.append('log', ...lines);
  await bench.host.addJail(bench.jail('app', 'log', '^\\s*bad login from <HOST>$'));
  await bench.until(() => bench.ids('app').length === 1);
  const read = (): number =>
    bench.batches
      .flatMap((batch) => batch.lines ?? [])
      .filter(({ jail }) => jail === 'app')
      .reduce((sum, { bytes }) => sum + bytes, 0);
  await bench.until(() => read() === lines.join('\n').length + 1);
  const tried = bench.batches.flatMap((batch) => batch.lines ?? []).map(({ lines: count }) => count);
  assert.ok(tried.reduce((a, b) => a + b, 0) >= 1);
  const { readSec = 0 } = bench.batches.find(({ failures }) => failures.length > 0) ?? {};
  assert.ok(readSec >= startedSec && readSec <= systemClock.nowSec());
});
