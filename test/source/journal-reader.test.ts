import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { ManualClock, systemClock, WarderError } from '../../src/base/index.ts';
import {
  type JournalOptions,
  type JournalPosition,
  JournalReader,
  lineCodec,
} from '../../src/source/index.ts';
import { PrivateJournald, requireJournald } from '../support/journald.ts';
import { temporaryDirectory } from './harness.ts';

/** A jail that reads a journal directory and remembers its lines. */
class TestReader {
  readonly reader: JournalReader;
  readonly lines: string[] = [];
  readonly warmUp: string[] = [];
  readonly states: string[] = [];
  readonly notices: string[] = [];
  caughtUp = 0;
  readonly #events = new EventEmitter();

  constructor(
    context: TestContext,
    directory: string,
    options: Partial<JournalOptions> & {
      matches?: string[][];
      clock?: ManualClock;
      journalctl?: string;
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
        ...(options.journalctl === undefined ? {} : { journalctl: options.journalctl }),
        onWork: () => {
          while (this.reader.readNext());
          this.#events.emit('worked');
        },
      },
    );
    context.after(() => this.reader.stop());
    this.reader.start();
  }

  async until(condition: () => boolean): Promise<void> {
    const signal = AbortSignal.timeout(10_000);
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
  assert.deepEqual(jail.states, ['missing: /nowhere/journalctl is not installed']);
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
