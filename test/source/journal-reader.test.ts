import assert from 'node:assert/strict';
import { spawn as nodeSpawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { ManualClock, type Spawn, systemClock, WarderError } from '../../src/base/index.ts';
import {
  JournalNudge,
  type JournalOptions,
  type JournalPosition,
  JournalReader,
  lineCodec,
  nodeFileSystem,
} from '../../src/source/index.ts';
import { PrivateJournald, requireJournald } from '../support/journald.ts';
import { requireTool } from '../support/tools.ts';
import { temporaryDirectory } from './harness.ts';

/** A jail that reads a journal directory and remembers its lines. */
class TestReader {
  readonly reader: JournalReader;
  readonly lines: string[] = [];
  readonly warmUp: string[] = [];
  readonly states: string[] = [];
  readonly notices: string[] = [];
  caughtUp = 0;
  /** Entries are refused while this is false. */
  takes = true;
  readonly #events = new EventEmitter();

  constructor(
    context: TestContext,
    directory: string,
    options: Partial<JournalOptions> & {
      matches?: string[][];
      clock?: ManualClock;
      journalctl?: string;
      nudge?: JournalNudge;
      spawn?: Spawn;
    } = {},
  ) {
    const settings = { journalMatch: options.matches ?? [], journalOptions: { journalpath: directory } };
    this.reader = new JournalReader(
      {
        settings,
        codec: lineCodec('utf-8'),
        position: undefined,
        inOperation: false,
        active: true,
        findTimeSec: () => 600,
        sink: {
          take: (entry, warmUp) => {
            if (!this.takes) return false;
            (warmUp ? this.warmUp : this.lines).push(entry.text.replace(/^\S+ /, '').replace(/\[\d+\]/, ''));
            return true;
          },
          setInOperation: () => undefined,
        },
        events: {
          notice: (level, message) => this.notices.push(`${level} ${message}`),
          stateChanged: (state, reason) => this.states.push(reason === '' ? state : `${state}: ${reason}`),
          caughtUp: () => {
            this.caughtUp += 1;
          },
        },
        ...options,
      },
      {
        clock: options.clock ?? systemClock,
        fs: nodeFileSystem,
        ...(options.journalctl === undefined ? {} : { journalctl: options.journalctl }),
        ...(options.nudge === undefined ? {} : { nudge: options.nudge }),
        ...(options.spawn === undefined ? {} : { spawn: options.spawn }),
        onWork: () => this.work(),
      },
    );
    context.after(() => this.reader.stop());
    this.reader.start();
  }

  work(): void {
    while (this.takes && this.reader.readNext());
    this.#events.emit('worked');
  }

  async until(condition: () => boolean): Promise<void> {
    const signal = AbortSignal.timeout(30_000);
    while (!condition()) await once(this.#events, 'worked', { signal });
  }

  position(): JournalPosition {
    return this.reader.position()!;
  }
}

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

test('settings that journalctl would refuse are refused before it is started', (context) => {
  assert.throws(
    () => new TestReader(context, '/nowhere', { matches: [['nonsense']] }),
    (error) => error instanceof WarderError && error.code === 'SOURCE_JOURNALMATCH',
  );
});

/** The journalctl that a process started on a directory. */
function childOf(parent: number, directory: string): number {
  const children = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8')
    .trim()
    .split(' ')
    .map(Number);
  return children.find((pid) => readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(directory)) ?? 0;
}
