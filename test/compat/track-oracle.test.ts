import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BanBook } from '../../src/track/ban-book.ts';
import { FailureCounter } from '../../src/track/failure-counter.ts';
import { runPython } from '../support/python.ts';
import { requireTool } from '../support/tools.ts';

/** What is done to a counter, at a time: a failure (with a count, as `attempt` gives), or a sweep. */
interface CounterStep {
  readonly id: string;
  readonly timeSec: number;
  readonly count: number;
  readonly lines: readonly string[];
  readonly sweep: boolean;
}

interface CounterRun {
  readonly maxRetry: number;
  readonly findTimeSec: number;
  readonly maxMatches: number;
  readonly steps: readonly CounterStep[];
}

/** The reference's answer to a step: the count it returned, and the ticket it gave out for a ban. */
type CounterAnswer = readonly [
  number | null,
  readonly [number, number, number, readonly string[]] | null,
  number,
];

const counterProgram = `
from fail2ban.server.failmanager import FailManager, FailManagerEmpty
from fail2ban.server.ticket import FailTicket
result = []
for run in given:
    manager = FailManager()
    manager.setMaxRetry(run['maxRetry'])
    manager.setMaxTime(run['findTimeSec'])
    manager.maxMatches = run['maxMatches']
    answers = []
    for step in run['steps']:
        if step['sweep']:
            manager.cleanup(step['timeSec'])
            answers.append([None, None, manager.size()])
            continue
        ticket = FailTicket(step['id'], step['timeSec'], list(step['lines']))
        count = manager.addFailure(ticket, step['count'])
        ban = None
        if count >= run['maxRetry']:
            try:
                t = manager.toBan(ticket.getID())
                ban = [t.getRetry(), t.getAttempt(), t.getTime(), t.getMatches()]
            except FailManagerEmpty:
                pass
        answers.append([count, ban, manager.size()])
    result.append(answers)
`;

const counterRun: fc.Arbitrary<CounterRun> = fc
  .record({
    maxRetry: fc.integer({ min: 1, max: 12 }),
    findTimeSec: fc.constantFrom(1, 10, 60, 600, 86_400),
    maxMatches: fc.integer({ min: 0, max: 6 }),
    raw: fc.array(
      fc.record({
        id: fc.integer({ min: 1, max: 4 }),
        wait: fc.double({ min: 0, max: 1, noNaN: true }),
        late: fc.double({ min: 0, max: 1, noNaN: true }),
        count: fc.constantFrom(1, 1, 1, 1, 2, 5),
        lines: fc.integer({ min: 0, max: 2 }),
        sweep: fc.nat({ max: 9 }),
      }),
      { minLength: 10, maxLength: 60 },
    ),
  })
  .map(({ raw, ...settings }) => {
    let timeSec = 1_700_000_000;
    const steps = raw.map((step, index) => {
      // Whole seconds now and then, so that the exact limits are met.
      const waitSec = (step.wait * settings.findTimeSec) / 2;
      timeSec += index % 2 === 0 ? waitSec : Math.round(waitSec);
      return {
        id: `192.0.2.${step.id}`,
        timeSec: step.late > 0.9 ? timeSec - step.late * settings.findTimeSec : timeSec,
        count: step.count,
        lines: Array.from({ length: step.lines }, (_, n) => `line ${index}.${n}`),
        sweep: step.sweep === 0,
      };
    });
    return { ...settings, steps };
  });

function runCounter({ maxRetry, findTimeSec, maxMatches, steps }: CounterRun): CounterAnswer[] {
  const counter = new FailureCounter({ maxRetry, findTimeSec, maxMatches, maxTracked: 1000 });
  return steps.map(({ id, timeSec, count, lines, sweep }) => {
    if (sweep) {
      counter.cleanup(timeSec);
      return [null, null, counter.size];
    }
    const retry = counter.add({ id, timeSec, matches: lines, fields: {}, weight: count, failures: 1 });
    const taken = counter.takeIfReached(id);
    const ban = taken && ([taken.retry, taken.failures, taken.timeSec, taken.matches] as const);
    return [retry, ban ?? null, counter.size];
  });
}

test('failures are counted, rescaled, swept out and given out as by the installed fail2ban', (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  const runs = fc.sample(counterRun, { numRuns: 1500, seed: 20_261_122 });
  const theirs = runPython(counterProgram, runs) as CounterAnswer[][];
  let bans = 0;
  for (const [index, run] of runs.entries()) {
    const ours = runCounter(run);
    assert.deepEqual(ours, theirs[index], JSON.stringify(run));
    bans += ours.filter(([, ban]) => ban !== null).length;
  }
  assert.ok(bans > 1000, `only ${bans} bans were compared`);
});

interface BookStep {
  readonly id: string;
  readonly timeSec: number;
  readonly nowSec: number;
  /** Null: the jail's ban time. */
  readonly banTimeSec: number | null;
  readonly remove: boolean;
}

interface BookRun {
  readonly jailBanTimeSec: number;
  readonly steps: readonly BookStep[];
}

/** After each step: what ended before it, whether it made a new ban, whether one was prolonged, and the list by end. */
type BookAnswer = readonly [readonly string[], boolean, boolean, readonly string[]];

const bookProgram = `
from fail2ban.server.banmanager import BanManager
from fail2ban.server.ticket import BanTicket
from fail2ban.server.mytime import MyTime
result = []
for run in given:
    manager = BanManager()
    manager.setBanTime(run['jailBanTimeSec'])
    answers = []
    for step in run['steps']:
        MyTime.setTime(step['nowSec'])
        ended = sorted(str(t.getID()) for t in manager.unBanList(step['nowSec']))
        added, reason = False, {}
        if step['remove']:
            manager.getTicketByID(step['id'])
        else:
            ticket = BanTicket(step['id'], step['timeSec'])
            if step['banTimeSec'] is not None:
                ticket.setBanTime(step['banTimeSec'])
            added = manager.addBanTicket(ticket, reason)
        bans = sorted('%s %r' % (t.getID(), t.getBanTime(run['jailBanTimeSec'])) for t in manager)
        answers.append([ended, added, bool(reason.get('prolong')), bans])
    result.append(answers)
`;

const bookRun: fc.Arbitrary<BookRun> = fc
  .record({
    jailBanTimeSec: fc.constantFrom(-1, 10, 60, 600),
    raw: fc.array(
      fc.record({
        id: fc.integer({ min: 1, max: 6 }),
        waitSec: fc.integer({ min: 0, max: 60 }),
        ageSec: fc.integer({ min: 0, max: 80 }),
        banTimeSec: fc.option(fc.constantFrom(-1, 5, 30, 100, 700)),
        remove: fc.nat({ max: 9 }),
      }),
      { minLength: 10, maxLength: 50 },
    ),
  })
  .map(({ jailBanTimeSec, raw }) => {
    let nowSec = 1_700_000_000;
    const steps = raw.map(({ id, waitSec, ageSec, banTimeSec, remove }) => {
      nowSec += waitSec;
      // Bans start at whole seconds and we look in between: at the exact second fail2ban waits one round more.
      return {
        id: `192.0.2.${id}`,
        timeSec: nowSec - ageSec,
        nowSec: nowSec + 0.5,
        banTimeSec,
        remove: remove === 0,
      };
    });
    return { jailBanTimeSec, steps };
  });

function runBook({ jailBanTimeSec, steps }: BookRun): BookAnswer[] {
  const book = new BanBook();
  return steps.map(({ id, timeSec, nowSec, banTimeSec, remove }) => {
    const ended = book
      .takeExpired(nowSec)
      .map((ban) => ban.id)
      .sort();
    let added = false;
    let prolonged = false;
    if (remove) book.remove(id);
    else {
      const followsJail = banTimeSec === null;
      const length = banTimeSec ?? jailBanTimeSec;
      const ban = {
        jail: 'j',
        id,
        timeSec,
        banTimeSec: length,
        banCount: 1,
        failures: 1,
        matches: [],
        fields: {},
      };
      const result = book.add(ban, nowSec, followsJail);
      added = result.kind === 'added';
      prolonged = result.kind === 'known' && result.prolonged;
    }
    const bans = book.bans().map((ban) => `${ban.id} ${ban.banTimeSec}`);
    return [ended, added, prolonged, bans.sort()];
  });
}

test('bans come into force, are prolonged and end as in the installed fail2ban', (t) => {
  if (!requireTool(t, 'fail2ban-server')) return;
  const runs = fc.sample(bookRun, { numRuns: 1000, seed: 20_261_122 });
  const theirs = runPython(bookProgram, runs) as BookAnswer[][];
  for (const [index, run] of runs.entries()) {
    assert.deepEqual(runBook(run), theirs[index], JSON.stringify(run));
  }
});
