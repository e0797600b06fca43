import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { test } from 'node:test';
import { WarderError } from '../../src/base/index.ts';
import { workerUrl } from '../../src/detect/worker-url.ts';
import { datedLine, TestHost } from '../support/detection.ts';

const rule = '^ bad <HOST>$';

test('failures come with the positions behind them, and a jail tells when it has caught up', async (context) => {
  const detection = new TestHost(context);
  detection.append('a.log', datedLine('bad 192.0.2.1'), datedLine('good 192.0.2.2'));
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  await detection.until(() => detection.batches.some((batch) => batch.caughtUp.includes('a')));
  detection.append('a.log', datedLine('bad 192.0.2.3'));
  await detection.until(() => detection.ids().length === 2);
  assert.deepEqual(detection.ids(), ['192.0.2.1', '192.0.2.3']);
  const last = detection.batches.at(-1)!;
  assert.equal(last.failures[0]?.jail, 'a');
  const { position } = last.positions.find(({ jail }) => jail === 'a')!;
  assert.equal(position.kind === 'file' && position.offset, 3 * datedLine('bad 192.0.2.1').length + 4);
});

test('a jail with a broken rule is refused with the reason, and the others run', async (context) => {
  const detection = new TestHost(context);
  detection.append('a.log', datedLine('bad 192.0.2.1'));
  await detection.host.start();
  await assert.rejects(
    detection.host.addJail(detection.jail('broken', 'a.log', rule, '^ (bad <HOST>$')),
    (error) =>
      error instanceof WarderError &&
      error.code === 'DETECT_RULE' &&
      error.jail === 'broken' &&
      error.message.includes('failregex 2'),
  );
  assert.equal(detection.host.jailStatus('broken'), undefined);
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  await detection.until(() => detection.ids().length === 1);
});

test('a jail with an unknown encoding or a broken journal match is refused', async (context) => {
  const detection = new TestHost(context);
  await detection.host.start();
  const jail = detection.jail('a', 'a.log', rule);
  const refused = (source: object, code: string): Promise<void> =>
    assert.rejects(detection.host.addJail({ ...jail, source: { ...jail.source, ...source } }), { code });
  await refused({ logEncoding: 'klingon' }, 'SOURCE_ENCODING');
  await refused({ backend: 'systemd', journalMatch: [['nonsense']] }, 'SOURCE_JOURNALMATCH');
});

test('the next batch comes when the one before is done with, and nothing is read far ahead of it', async (context) => {
  const waiting: (() => void)[] = [];
  let holds = true;
  const detection = new TestHost(context, {
    onBatch: () => (holds ? new Promise((resolve) => waiting.push(resolve)) : undefined),
  });
  const lines = Array.from({ length: 2000 }, (_, index) => datedLine(`bad 192.0.2.${index % 250}`));
  detection.append('a.log', ...lines);
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  await detection.until(() => detection.ids().length > 0);
  const sizes: number[] = [];
  while (detection.ids().length < 2000) {
    const count = detection.batches.length;
    sizes.push(detection.batches.at(-1)!.failures.length);
    waiting.shift()!();
    await detection.until(() => detection.batches.length > count);
    assert.equal(detection.batches.length, count + 1);
  }
  assert.ok(Math.max(...sizes) <= 600, `batches of ${sizes}`);
  holds = false;
  for (const resolve of waiting) resolve();
});

test('a batch that the daemon cannot handle is told, and the next one comes', async (context) => {
  const detection = new TestHost(context, {
    onBatch: (batch) => {
      if (batch.failures.some(({ id }) => id === '192.0.2.1')) throw new Error('no');
    },
  });
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  detection.append('a.log', datedLine('bad 192.0.2.1'));
  await detection.until(() => detection.logged('ERROR').length > 0);
  detection.append('a.log', datedLine('bad 192.0.2.2'));
  await detection.until(() => detection.ids().length === 2);
  assert.deepEqual(detection.logged('ERROR'), ['fail2ban.filter What was found could not be handled: no']);
});

test('rules and paths change in place; what cannot be used changes nothing', async (context) => {
  const detection = new TestHost(context);
  detection.append('a.log', datedLine('bad 192.0.2.1'));
  detection.append('b.log', datedLine('worse 192.0.2.2'));
  await detection.host.start();
  const jail = detection.jail('a', 'a.log', rule);
  await detection.host.addJail(jail);
  await detection.until(() => detection.ids().length === 1);
  await assert.rejects(detection.host.updateJail('a', { filter: { ...jail.filter, failRegex: ['('] } }), {
    code: 'DETECT_RULE',
  });
  detection.append('a.log', datedLine('bad 192.0.2.3'));
  await detection.until(() => detection.ids().length === 2);
  await detection.host.updateJail('a', {
    filter: { ...jail.filter, failRegex: [rule, '^ worse <HOST>$'] },
    source: {
      ...jail.source,
      logPaths: [...jail.source.logPaths, { pattern: detection.path('b.log'), tail: false }],
    },
  });
  await detection.until(() => detection.ids().length === 3);
  detection.append('a.log', datedLine('worse 192.0.2.4'));
  await detection.until(() => detection.ids().length === 4);
  assert.deepEqual(detection.ids(), ['192.0.2.1', '192.0.2.3', '192.0.2.2', '192.0.2.4']);
  assert.deepEqual(detection.host.filesOf('a'), [detection.path('a.log'), detection.path('b.log')]);
});

test('a removed jail hands over all that it found and its last positions, and goes on from them', async (context) => {
  const detection = new TestHost(context);
  detection.append('a.log', datedLine('bad 192.0.2.1'));
  await detection.host.start();
  const jail = detection.jail('a', 'a.log', rule);
  await detection.host.addJail(jail);
  await detection.until(() => detection.ids().length === 1);
  const positions = await detection.host.removeJail('a');
  assert.equal(positions.length, 1);
  detection.append('a.log', datedLine('bad 192.0.2.2'));
  await assert.rejects(detection.host.removeJail('a'), { code: 'DETECT_NO_JAIL' });
  await detection.host.addJail({ ...jail, positions });
  await assert.rejects(detection.host.addJail(jail), { code: 'DETECT_JAIL_EXISTS' });
  await detection.until(() => detection.ids().length === 2);
  assert.deepEqual(detection.ids(), ['192.0.2.1', '192.0.2.2']);
});

test('an idle jail reads nothing until it is told to, but looks at lines from inside', async (context) => {
  const detection = new TestHost(context);
  detection.append('a.log', datedLine('bad 192.0.2.1'));
  await detection.host.start();
  await detection.host.addJail({ ...detection.jail('a', 'a.log', rule), idle: true });
  detection.host.injectLine('a', datedLine('bad 192.0.2.9'), Date.now() / 1000);
  detection.host.injectLine('nobody', datedLine('bad 192.0.2.8'), Date.now() / 1000);
  await detection.until(() => detection.ids().length === 1);
  await detection.host.updateJail('a', { idle: false });
  await detection.until(() => detection.ids().length === 2);
  assert.deepEqual(detection.ids(), ['192.0.2.9', '192.0.2.1']);
});

test('lines from inside of the past count by their own dates', async (context) => {
  const detection = new TestHost(context);
  await detection.host.start();
  await detection.host.addJail({ ...detection.jail('a', 'a.log', rule), idle: true });
  const timeSec = Math.floor(Date.now() / 1000) - 300;
  const date = new Date(timeSec * 1000).toISOString().replace('.000Z', 'Z');
  detection.host.injectLine('a', `${date} bad 192.0.2.9`, timeSec);
  await detection.until(() => detection.ids().length === 1);
  const [failure] = detection.batches.flatMap((batch) => batch.failures);
  assert.equal(failure?.timeSec, timeSec);
});

test('the state of every log is told, with the reason', async (context) => {
  const detection = new TestHost(context);
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  const path = detection.path('a.log');
  assert.deepEqual(detection.host.jailStatus('a'), {
    backend: 'pyinotify',
    files: [{ path, state: 'missing', reason: 'there is no such file' }],
    journal: undefined,
    suspendedRules: [],
    suspended: false,
  });
  assert.deepEqual(detection.host.filesOf('a'), []);
  assert.deepEqual(detection.logged('WARNING'), [
    `fail2ban.filter [a] '${path}' is missing; it is read as soon as it appears`,
  ]);
  detection.append('a.log', datedLine('bad 192.0.2.1'));
  await detection.until(() => detection.ids().length === 1);
  assert.deepEqual(detection.host.filesOf('a'), [path]);
  assert.deepEqual(
    detection.events.map((event) => event.kind === 'log' && event.state),
    ['missing', 'reading'],
  );
});

test('overlong lines and undecodable ones are looked at, and told once', async (context) => {
  const detection = new TestHost(context);
  await detection.host.start();
  const jail = detection.jail('a', 'a.log', '^ bad <HOST> ');
  await detection.host.addJail(jail);
  for (let count = 0; count < 2; count += 1) {
    detection.append('a.log', datedLine(`bad 192.0.2.${count} ${'x'.repeat(70_000)}`));
  }
  await detection.until(() => detection.ids().length === 2);
  assert.equal(detection.batches.at(-1)?.failures.at(-1)?.lines[0]?.length, 65_536);
  appendFileSync(detection.path('a.log'), Buffer.from(`${datedLine('bad 192.0.2.7 \xff\x1b')}\n`, 'latin1'));
  await detection.until(() => detection.ids().length === 3);
  const [long, encoding, ...more] = detection.logged('WARNING').filter((line) => !line.includes('missing'));
  assert.match(long!, /^fail2ban\.filter \[a\] A line at 0 in '.*a\.log' is longer than 65536 bytes/);
  assert.match(encoding!, /^fail2ban\.filter \[a\] Error decoding line from '.*a\.log' with 'UTF-8'.*ÿ\\x1b/);
  assert.deepEqual(more, []);
});

test('a line is handed over within milliseconds of being written', async (context) => {
  const detection = new TestHost(context);
  detection.append('a.log', datedLine('good'));
  await detection.host.start();
  await detection.host.addJail(detection.jail('a', 'a.log', rule));
  await detection.until(() => detection.batches.length > 0);
  const tookMs: number[] = [];
  for (let count = 1; count <= 20; count += 1) {
    const startMs = performance.now();
    detection.append('a.log', datedLine(`bad 192.0.2.${count}`));
    await detection.until(() => detection.ids().length === count);
    tookMs.push(performance.now() - startMs);
  }
  const median = tookMs.sort((a, b) => a - b)[10]!;
  context.diagnostic(`median ${median.toFixed(1)} ms`);
  assert.ok(median < 100, `median ${median} ms`);
});

test('detection that does not run says so, and stops without having been started', async (context) => {
  const detection = new TestHost(context);
  await assert.rejects(detection.host.addJail(detection.jail('a', 'a.log', rule)), {
    code: 'DETECT_NOT_RUNNING',
  });
  await detection.host.stop();
});

test('a worker that cannot be started is an error of the start', async (context) => {
  const detection = new TestHost(context, { workerUrl: new URL('file:///nowhere/worker.ts') });
  await assert.rejects(detection.host.start(), { code: 'DETECT_WORKER' });
});

test("the worker's code is found beside the source and beside the bundle", () => {
  assert.equal(workerUrl('file:///x/src/detect/worker-url.ts').href, 'file:///x/src/detect/worker.ts');
  assert.equal(workerUrl('file:///usr/lib/warder/daemon.js').href, 'file:///usr/lib/warder/detect-worker.js');
});

test('a session that began before a change of the rules is finished by the new ones', async (context) => {
  const detection = new TestHost(context);
  const start = '^ conn <F-MLFID>\\d+</F-MLFID>: <F-NOFAIL>from</F-NOFAIL> <HOST>$';
  detection.append('a.log', datedLine('conn 7: from 192.0.2.1'));
  await detection.host.start();
  const jail = detection.jail('a', 'a.log', start, '^ conn <F-MLFID>\\d+</F-MLFID>: refused$');
  await detection.host.addJail(jail);
  await detection.until(() => detection.batches.some((batch) => batch.caughtUp.includes('a')));
  const failRegex = [start, '^ conn <F-MLFID>\\d+</F-MLFID>: (?:refused|denied)$'];
  await detection.host.updateJail('a', { filter: { ...jail.filter, failRegex, findTimeSec: 1200 } });
  detection.append('a.log', datedLine('conn 7: denied'));
  await detection.until(() => detection.ids().length === 1);
  assert.deepEqual(detection.ids(), ['192.0.2.1']);
});
