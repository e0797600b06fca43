import assert from 'node:assert/strict';
import { spawn as nodeSpawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ManualClock, type Spawn, WarderError } from '../../src/base/index.ts';
import { PrivateJournald, requireJournald } from '../support/journald.ts';
import { requireTool } from '../support/tools.ts';
import { temporaryDirectory } from './harness.ts';
import { TestReader } from './journal-harness.ts';

test('a journal is read to its end, then followed, through a rotation of its files', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  await journald.log('sshd', 'one', 'two');
  await journald.log('cron', 'no');
  const jail = new TestReader(context, journald.journalDirectory, { matches: [['SYSLOG_IDENTIFIER=sshd']] });
  await jail.until(() => jail.caughtUp === 1);
  await journald.log('sshd', 'three');
  await jail.until(() => jail.lines.length === 3);
  await journald.rotate();
  await journald.log('sshd', 'four');
  await jail.until(() => jail.lines.length === 4);
  assert.deepEqual(jail.lines, ['sshd: one', 'sshd: two', 'sshd: three', 'sshd: four']);
  assert.deepEqual(jail.states, ['reading']);
});

test('reading goes on behind the cursor, and by the time where no cursor is known', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const matches = [['SYSLOG_IDENTIFIER=sshd', '_TRANSPORT=syslog'], ['SYSLOG_IDENTIFIER=cron']];
  await journald.log('sshd', 'one');
  const first = new TestReader(context, journald.journalDirectory, { matches });
  await first.until(() => first.caughtUp === 1);
  await first.reader.stop();
  await journald.log('cron', 'two');
  for (const position of [first.position(), { ...first.position(), cursor: '' }]) {
    const second = new TestReader(context, journald.journalDirectory, { matches, position });
    await second.until(() => second.caughtUp === 1);
    assert.deepEqual(second.lines, ['cron: two']);
    await second.reader.stop();
  }
});

test('a cursor that journald does not know falls back on the time', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const matches = [['SYSLOG_IDENTIFIER=sshd']];
  await journald.log('sshd', 'one');
  const clock = new ManualClock(Date.now() / 1000);
  const position = { kind: 'journal' as const, cursor: 'nonsense', timeSec: clock.nowSec() - 60 };
  const jail = new TestReader(context, journald.journalDirectory, { matches, position, clock });
  await jail.until(() => jail.states.length === 1);
  assert.match(jail.notices.at(-1)!, /^WARNING Reading the journal failed, next attempt in 1 s: .*cursor/);
  clock.advance(1);
  await jail.until(() => jail.caughtUp === 1);
  assert.deepEqual(jail.lines, ['sshd: one']);
});

test('a worker that replaces another one sees some entries again for the memory alone', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const matches = [['SYSLOG_IDENTIFIER=sshd']];
  await journald.log('sshd', 'one', 'two');
  const first = new TestReader(context, journald.journalDirectory, { matches });
  await first.until(() => first.caughtUp === 1);
  await first.reader.stop();
  await journald.log('sshd', 'three');
  const second = new TestReader(context, journald.journalDirectory, {
    matches,
    position: first.position(),
    warmUpFrom: first.reader.warmUpCursor(),
    inOperation: true,
  });
  await second.until(() => second.lines.length === 1);
  assert.deepEqual([second.warmUp, second.lines], [['sshd: one', 'sshd: two'], ['sshd: three']]);
});

test('a cursor whose entry was removed goes on by its time, and says so', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const matches = [['SYSLOG_IDENTIFIER=sshd']];
  await journald.log('sshd', 'one', 'two');
  const first = new TestReader(context, journald.journalDirectory, { matches });
  await first.until(() => first.caughtUp === 1);
  await first.reader.stop();
  await journald.log('sshd', 'three');
  await journald.rotate();
  await journald.log('sshd', 'four');
  await journald.vacuum();
  const second = new TestReader(context, journald.journalDirectory, { matches, position: first.position() });
  await second.until(() => second.caughtUp === 1);
  assert.deepEqual(second.lines, ['sshd: four']);
  assert.match(second.notices.at(-1)!, /^NOTICE The last entry that was read is not there any more/);
  const third = new TestReader(context, journald.journalDirectory, { matches, position: second.position() });
  await third.until(() => third.caughtUp === 1);
  assert.deepEqual([third.lines, third.notices.length], [[], 1]);
});

test('an entry that journald moved to another file is not seen twice', async (context) => {
  if (!requireJournald(context)) return;
  const journald = await PrivateJournald.start(context);
  const matches = [['SYSLOG_IDENTIFIER=sshd']];
  await journald.log('sshd', 'one');
  const first = new TestReader(context, journald.journalDirectory, { matches });
  await first.until(() => first.caughtUp === 1);
  await first.reader.stop();
  await journald.log('sshd', 'two');
  const { cursor, timeSec } = first.position();
  const moved = cursor.replace(/^s=[^;]*;i=[^;]*;/, `s=${'0'.repeat(32)};i=77;`);
  assert.notEqual(moved, cursor);
  const second = new TestReader(context, journald.journalDirectory, {
    matches,
    position: { kind: 'journal', cursor: moved, timeSec },
  });
  await second.until(() => second.caughtUp === 1);
  assert.deepEqual(second.lines, ['sshd: two']);
});

test('a missing journal directory degrades the jail with the reason, until it is there', async (context) => {
  if (!requireJournald(context)) return;
  const directory = join(temporaryDirectory(context), 'journal');
  const clock = new ManualClock(Date.now() / 1000);
  const jail = new TestReader(context, directory, { clock });
  await jail.until(() => jail.states.length === 1);
  assert.match(jail.states[0]!, /^unreadable: .*No such file/);
  mkdirSync(directory);
  clock.advance(1);
  await jail.until(() => jail.states.length === 2);
  assert.equal(jail.states[1], 'reading');
});

test('without journalctl the jail says so', async (context) => {
  const jail = new TestReader(context, '/nowhere', { journalctl: '/nowhere/journalctl' });
  await jail.until(() => jail.states.length === 1);
  assert.equal(
    jail.states[0],
    'missing: /nowhere/journalctl is not installed; ' +
      'install systemd, or let the jail read files (backend = auto and a logpath)',
  );
});

test('a journal that may not be read says so, and what to do', async (context) => {
  if (!requireJournald(context) || !requireTool(context, 'setpriv')) return;
  const journald = await PrivateJournald.start(context);
  const asNobody: Spawn = (command, args, options) =>
    nodeSpawn('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', '--', command, ...args], {
      ...options,
      stdio: [...options.stdio],
    });
  const clock = new ManualClock(Date.now() / 1000);
  const jail = new TestReader(context, journald.journalDirectory, { spawn: asNobody, clock });
  await jail.until(() => jail.states.length === 1);
  assert.match(
    jail.states[0]!,
    /^unreadable: .*[Pp]ermission.*; run as root, or put the user into the group systemd-journal$/,
  );
  assert.match(
    jail.notices.at(-1)!,
    /^WARNING Reading the journal failed, next attempt in 1 s: .*Permission/,
  );
});

test('where there is no journal at all, that is told', async (context) => {
  if (!requireTool(context, 'journalctl')) return;
  const jail = new TestReader(context, temporaryDirectory(context));
  await jail.until(() => jail.caughtUp === 1);
  assert.match(jail.notices.at(-1)!, /^WARNING There is no journal \(yet\) in .*\*\.journal/);
});

test('settings that journalctl would refuse are refused before it is started', (context) => {
  assert.throws(
    () => new TestReader(context, '/nowhere', { matches: [['nonsense']] }),
    (error) => error instanceof WarderError && error.code === 'SOURCE_JOURNALMATCH',
  );
});
