import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import type { HelperEvents as Events } from '../../src/base/index.ts';
import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import { LookupProcess, type LookupProcessLimits } from '../../src/track/lookup/lookup-process.ts';
import type { HelperMessage } from '../../src/track/lookup/protocol.ts';
import { type LookupRequest, parseHelperMessage } from '../../src/track/lookup/protocol.ts';
import { helperUrl } from '../../src/track/lookup/start-helper.ts';

type HelperEvents = Events<HelperMessage>;

/** A helper in the test's hand. */
class FakeHelper {
  readonly asked: LookupRequest[] = [];
  readonly events: HelperEvents;
  busy = false;
  stopped = false;

  constructor(events: HelperEvents) {
    this.events = events;
  }

  send(request: LookupRequest): void {
    this.asked.push(request);
  }

  setBusy(busy: boolean): void {
    this.busy = busy;
  }

  stop(): void {
    this.stopped = true;
  }

  answer(of: string, ...found: string[]): void {
    const { id } = this.asked.find((request) => request.of === of)!;
    this.events.onMessage({ kind: 'found', id, found });
  }
}

function bench(limits: Partial<LookupProcessLimits> = {}) {
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const helpers: FakeHelper[] = [];
  const lookups = new LookupProcess({
    clock,
    logger,
    limits,
    start: (events) => {
      const helper = new FakeHelper(events);
      helpers.push(helper);
      return helper;
    },
  });
  return { clock, logger, helpers, lookups };
}

const names = (helper: FakeHelper | undefined): string[] => helper!.asked.map(({ of }) => of);

test('the process starts with the first question, and ends when there were none for a while', async () => {
  const { clock, helpers, lookups, logger } = bench({ idleSec: 100 });
  assert.equal(helpers.length, 0);
  const answer = lookups.addressesOf('a.org');
  assert.equal(helpers[0]!.busy, true);
  helpers[0]!.answer('a.org', '192.0.2.1');
  assert.deepEqual(await answer, ['192.0.2.1']);
  assert.equal(helpers[0]!.busy, false);
  clock.advance(99);
  assert.equal(helpers[0]!.stopped, false);
  clock.advance(1);
  assert.equal(helpers[0]!.stopped, true);
  void lookups.namesOf('192.0.2.1');
  assert.deepEqual(helpers[1]!.asked, [{ id: 2, kind: 'name', of: '192.0.2.1' }]);
  assert.deepEqual(logger.lines, []);
});

test('when it dies while names wait, the next one is asked for all of them', async () => {
  const { clock, helpers, lookups, logger } = bench();
  const answers = [lookups.addressesOf('a.org'), lookups.addressesOf('b.org')];
  helpers[0]!.events.onEnd('killed with SIGKILL');
  assert.equal(helpers.length, 1, 'not at once');
  clock.advance(0.2);
  assert.deepEqual(names(helpers[1]), ['a.org', 'b.org']);
  helpers[1]!.answer('b.org', '192.0.2.2');
  helpers[1]!.answer('a.org', '192.0.2.1');
  assert.deepEqual(await Promise.all(answers), [['192.0.2.1'], ['192.0.2.2']]);
  assert.deepEqual(logger.lines, [
    'WARNING fail2ban.ipdns The process for name lookups ended (killed with SIGKILL); it is started again',
  ]);
});

test('a helper that dies again and again is started after longer and longer pauses', async () => {
  const { clock, helpers, lookups, logger } = bench({ maxSends: 20 });
  void lookups.addressesOf('a.org').catch(() => undefined);
  const startsSec: number[] = [];
  const beginSec = clock.nowSec();
  for (let count = 0; count < 10; count++) {
    helpers.at(-1)!.events.onEnd('exit code 1');
    const before = helpers.length;
    while (helpers.length === before) clock.advance(0.1);
    startsSec.push(clock.nowSec() - beginSec);
  }
  const pauses = startsSec.map((sec, index) => sec - (startsSec[index - 1] ?? 0));
  assert.ok(
    pauses.every((pause, index) => index === 0 || pause > pauses[index - 1]! - 0.2),
    pauses.join(),
  );
  assert.ok(pauses.at(-1)! > 29 && pauses.at(-1)! < 31, pauses.join());
  assert.ok(logger.lines.length < 5, 'and the log is not flooded');
});

test('a question that helpers die of is given up, as one without an answer', async () => {
  const { clock, helpers, lookups } = bench({ maxSends: 3 });
  const fatal = lookups.addressesOf('fatal.org');
  for (let count = 0; count < 3; count++) {
    helpers.at(-1)!.events.onEnd('killed with SIGSEGV');
    clock.advance(1);
  }
  await assert.rejects(fatal, { code: 'ECHILD' });
  assert.equal(helpers.length, 3);
});

test('a lookup that hangs costs its helper, and no other question', async () => {
  const { clock, helpers, lookups } = bench({ stuckSec: 20 });
  const hung = lookups.addressesOf('hung.org');
  clock.advance(15);
  const other = lookups.addressesOf('other.org');
  clock.advance(5);
  await assert.rejects(hung, { code: 'ETIMEOUT' });
  assert.equal(helpers[0]!.stopped, true);
  clock.advance(1);
  assert.deepEqual(names(helpers[1]), ['other.org']);
  helpers[1]!.answer('other.org', '192.0.2.2');
  assert.deepEqual(await other, ['192.0.2.2']);
});

test('where no process can be started, a question is answered with an error in the end', async () => {
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const lookups = new LookupProcess({
    clock,
    logger,
    start: () => {
      throw new Error('no more processes');
    },
  });
  const answer = lookups.addressesOf('a.org');
  clock.advance(10);
  await assert.rejects(answer, { code: 'ECHILD' });
  assert.match(logger.lines[0]!, /no more processes/);
});

test('open questions are bounded, and a stop ends them all', async () => {
  const { helpers, lookups } = bench({ maxPending: 1 });
  const first = lookups.addressesOf('a.org');
  await assert.rejects(lookups.addressesOf('b.org'), { code: 'EBUSY' });
  void lookups.namesOf('192.0.2.1').catch(() => undefined);
  assert.equal(helpers[0]!.asked.length, 2, 'the other kind has its own bound');
  lookups.stop();
  await assert.rejects(first, { code: 'ECANCELLED' });
  await assert.rejects(lookups.addressesOf('c.org'), { code: 'ECANCELLED' });
  assert.equal(helpers[0]!.stopped, true);
});

test('that it could not become nobody is said once', () => {
  const { helpers, lookups, logger } = bench();
  void lookups.addressesOf('a.org').catch(() => undefined);
  for (let count = 0; count < 2; count++) helpers[0]!.events.onMessage({ kind: 'ready', refused: 'EPERM' });
  assert.equal(logger.lines.length, 1);
  assert.match(logger.lines[0]!, /cannot become nobody \(EPERM\)/);
});

test('the code of the helper lies beside the source, or beside the bundle', () => {
  assert.equal(existsSync(helperUrl()), true);
  const bundled = helperUrl('file:///usr/lib/warder/chunk-1234.js');
  assert.equal(bundled.href, 'file:///usr/lib/warder/name-lookups.js');
});

test('nothing but the messages of the helper is taken for one', () => {
  for (const line of ['', 'x', '[]', '1', 'null', '{}', '{"kind":"found"}', '{"kind":"found","id":1}']) {
    assert.equal(parseHelperMessage(line), undefined, line);
  }
  for (const line of ['{"kind":"failed","id":"1","code":"X"}', '{"kind":"other","id":1,"found":[]}']) {
    assert.equal(parseHelperMessage(line), undefined, line);
  }
  assert.deepEqual(parseHelperMessage('{"kind":"found","id":1,"found":["192.0.2.1",7]}'), {
    kind: 'found',
    id: 1,
    found: ['192.0.2.1'],
  });
});
