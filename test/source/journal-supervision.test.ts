import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ManualClock, type Spawn, systemClock } from '../../src/base/index.ts';
import { JournalNudge, nodeFileSystem } from '../../src/source/index.ts';
import { PrivateJournald, requireJournald } from '../support/journald.ts';
import { childOf, TestReader } from './journal-harness.ts';

test('a journalctl that dies is started again and no entry is lost or seen twice', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const clock = new ManualClock(Date.now() / 1000);
  const jail = new TestReader(context, journald.journalDirectory, {
    matches: [['SYSLOG_IDENTIFIER=sshd']],
    clock,
  });
  await jail.until(() => jail.caughtUp === 1);
  await journald.log('sshd', 'one');
  await jail.until(() => jail.lines.length === 1);
  process.kill(childOf(process.pid, journald.journalDirectory), 'SIGKILL');
  await jail.until(() => jail.states.length === 2);
  await journald.log('sshd', 'two');
  clock.advance(1);
  await jail.until(() => jail.lines.length === 2);
  assert.deepEqual(jail.lines, ['sshd: one', 'sshd: two']);
  assert.deepEqual(jail.states, ['reading', 'unreadable: journalctl ended SIGKILL', 'reading']);
});

test('of a journal that is written faster than it is processed, no more waits in memory than a little', async (context) => {
  let given = 0;
  const entries = (): string => {
    const lines = Array.from({ length: 100 }, () => {
      given += 1;
      const MESSAGE = `x ${'y'.repeat(500)}${given}`;
      return `${JSON.stringify({ __CURSOR: `${given}`, __REALTIME_TIMESTAMP: '1', MESSAGE })}\n`;
    });
    return lines.join('');
  };
  const endless: Spawn = () => {
    const stdout = new Readable({ read: () => void setImmediate().then(() => stdout.push(entries())) });
    const child = Object.assign(new EventEmitter(), {
      stdout,
      stderr: null,
      kill: () => {
        stdout.destroy();
        return child.emit('close', null, 'SIGTERM');
      },
    });
    return child;
  };
  const jail = new TestReader(context, '/nowhere', { spawn: endless, journalctl: process.execPath });
  await jail.until(() => jail.lines.length >= 1000);
  jail.takes = false;
  let before = -1;
  while (given !== before) {
    before = given;
    for (let turn = 0; turn < 100; turn += 1) await setImmediate();
  }
  assert.ok((given - jail.lines.length) * 550 < 1 << 20, `${given - jail.lines.length} entries wait`);
  jail.takes = true;
  jail.work();
  await jail.until(() => jail.lines.length >= before + 1000);
  assert.deepEqual(
    jail.lines.map((line) => Number(/\d+$/.exec(line)?.[0])),
    jail.lines.map((_, index) => index + 1),
  );
});

test('a burst arrives whole and once, however often journalctl is killed', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const clock = new ManualClock(Date.now() / 1000);
  const jail = new TestReader(context, journald.journalDirectory, {
    matches: [['SYSLOG_IDENTIFIER=sshd']],
    clock,
  });
  await jail.until(() => jail.caughtUp === 1);
  const total = 50_000;
  const sent = journald.send('sshd', ...Array.from({ length: total }, (_, index) => `${index} of a burst`));
  for (const kill of [1, 2, 3]) {
    await jail.until(() => jail.lines.length > kill * 9000);
    const starts = jail.states.length;
    process.kill(childOf(process.pid, journald.journalDirectory), 'SIGKILL');
    await jail.until(() => jail.states.length > starts);
    clock.advance(60);
  }
  await sent;
  await jail.until(() => jail.lines.length >= total);
  const numbers = jail.lines.map((line) => Number(/^sshd: (\d+) /.exec(line)?.[1]));
  assert.equal(numbers.length, total);
  assert.deepEqual(
    numbers.filter((number, index) => number !== index),
    [],
  );
});

test('thousands of entries at once all arrive, in order', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const jail = new TestReader(context, journald.journalDirectory, { matches: [['SYSLOG_IDENTIFIER=sshd']] });
  await jail.until(() => jail.caughtUp === 1);
  const messages = Array.from(
    { length: 5000 },
    (_, index) => `${index} ${createHash('sha256').update(`${index}`).digest('hex')}`,
  );
  await journald.log('sshd', ...messages);
  await jail.until(() => jail.lines.length >= messages.length);
  assert.deepEqual(
    jail.lines,
    messages.map((message) => `sshd: ${message}`),
  );
});

test('an entry arrives long before journald announces it', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const nudge = new JournalNudge({ fs: nodeFileSystem, clock: systemClock });
  context.after(() => nudge.stop());
  const jail = new TestReader(context, journald.journalDirectory, {
    matches: [['SYSLOG_IDENTIFIER=sshd']],
    nudge,
  });
  await jail.until(() => jail.caughtUp === 1);
  await journald.log('sshd', 'first');
  await jail.until(() => jail.lines.length === 1);
  const tookMs: number[] = [];
  for (let count = 2; count < 8; count += 1) {
    const startMs = performance.now();
    await journald.send('sshd', `${count}`);
    await jail.until(() => jail.lines.length === count);
    tookMs.push(performance.now() - startMs);
  }
  // journald alone takes 250 ms and more; on a machine at rest it is 10 to 50.
  context.diagnostic(`took ${tookMs.map((ms) => ms.toFixed(0)).join(', ')} ms`);
  assert.ok(Math.min(...tookMs) < 150, `took ${tookMs.join(', ')} ms`);
});

test('an idle journal has no child, and goes on where it was', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  await journald.log('sshd', 'one');
  const jail = new TestReader(context, journald.journalDirectory, { matches: [['SYSLOG_IDENTIFIER=sshd']] });
  await jail.until(() => jail.caughtUp === 1);
  jail.reader.setActive(false);
  await journald.log('sshd', 'two');
  jail.reader.setActive(true);
  await jail.until(() => jail.lines.length === 2);
  assert.deepEqual(jail.lines, ['sshd: one', 'sshd: two']);
});
