import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BanBook } from '../../src/track/ban-book.ts';
import {
  type BanHistory,
  BanTimeIncrement,
  type IncrementOptions,
  overallHistory,
} from '../../src/track/index.ts';
import { spanText } from '../../src/track/span-text.ts';
import type { Ban } from '../../src/track/types.ts';
import { TrackerBench } from '../support/tracking.ts';

const attacker = '192.0.2.1';

/** The lengths of the second and later bans of a jail with a ban time of 600 s. */
function lengths(options: IncrementOptions, random = 0.5): number[] {
  const increment = new BanTimeIncrement(options, () => random);
  return [1, 2, 3, 4].map((banCount) => increment.lengthOf(600, banCount).value);
}

test('without a formula the ban time doubles, times the factor', () => {
  assert.deepEqual(lengths({}), [1200, 2400, 4800, 9600]);
  assert.deepEqual(lengths({ factor: '1.5' }), [1800, 3600, 7200, 14_400]);
  assert.equal(new BanTimeIncrement({}).lengthOf(600, 1000).value, 600 * 2 ** 20);
});

test('multipliers take the place of the formula, and the last one holds for ever', () => {
  assert.deepEqual(
    lengths({ multipliers: '1 5 30 60', formula: '1', factor: '2' }),
    [6000, 36_000, 72_000, 72_000],
  );
  assert.deepEqual(lengths({ multipliers: '1' }), [600, 600, 600, 600]);
});

test('a formula never shortens a ban; the maximum comes after it, and the random time after that', () => {
  assert.deepEqual(lengths({ formula: 'ban.Time / ban.Count' }), [600, 600, 600, 600]);
  const maxTime = { value: 3000, isFloat: false };
  const rndTime = { value: 60, isFloat: false };
  assert.deepEqual(lengths({ maxTime }), [1200, 2400, 3000, 3000]);
  assert.deepEqual(lengths({ maxTime, rndTime }), [1230, 2430, 3030, 3030]);
  assert.deepEqual(lengths({ maxTime: { value: -1, isFloat: false }, rndTime }), [-1, -1, -1, -1]);
});

test('a formula that outgrows every number still ends at the maximum', () => {
  assert.deepEqual(
    lengths({ formula: 'ban.Time * 10**(400*ban.Count)', maxTime: { value: 3600, isFloat: false } }),
    [3600, 3600, 3600, 3600],
  );
  assert.equal(lengths({ formula: '10**400' })[0], 0x7f_ff_ff_ff_ff_ff);
});

test('an error names the option and its index', () => {
  assert.throws(() => new BanTimeIncrement({ formula: 'ban.Time * ban.Cuont' }), {
    code: 'EXPRESSION_SYNTAX',
    index: 11,
    message: /^bantime\.formula: "ban\.Cuont" is not known here/,
  });
  assert.throws(() => new BanTimeIncrement({ factor: 'ban.Time' }), { message: /^bantime\.factor: / });
  assert.throws(() => new BanTimeIncrement({ factor: '1/0' }), { code: 'EXPRESSION_VALUE', index: 1 });
  assert.throws(() => new BanTimeIncrement({ multipliers: '1 x' }), { code: 'INCREMENT_MULTIPLIERS' });
  assert.throws(() => new BanTimeIncrement({ multipliers: '1 -2' }), { code: 'INCREMENT_MULTIPLIERS' });
});

test('the bans of all jails are summed, and the last one counts', () => {
  const bans: BanHistory[] = [
    { banCount: 2, timeSec: 100, banTimeSec: 600 },
    { banCount: 3, timeSec: 50, banTimeSec: 60 },
  ];
  assert.deepEqual(overallHistory(bans), { banCount: 5, timeSec: 100, banTimeSec: 660 });
  assert.equal(overallHistory([]), undefined);
});

/** A jail whose database remembers what its tracker tells it, as the daemon arranges it. */
class MemoryBench extends TrackerBench {
  readonly bips: Map<string, Ban>;

  constructor(options: IncrementOptions = {}, settings: ConstructorParameters<typeof TrackerBench>[0] = {}) {
    const bips = new Map<string, Ban>();
    const earlierBans = (id: string): BanHistory | undefined => {
      this.save();
      return bips.get(id);
    };
    super({ increment: new BanTimeIncrement(options, () => 0.5), ...settings }, { earlierBans });
    this.bips = bips;
  }

  save(): void {
    for (const record of this.tracker.takeChanges().records) {
      if (record.kind === 'ban') this.bips.set(record.ban.id, record.ban);
      else if (record.kind === 'forget') this.bips.delete(record.id);
      else this.bips.clear();
    }
  }

  /** Bans the attacker, and lets the ban end. */
  banOnce(): void {
    this.clock.advance(1);
    this.tracker.ban([attacker]);
    this.clock.advance((this.tracker.bans()[0]?.banTimeSec ?? 0) + 1);
    assert.equal(this.tracker.bans().length, 0);
    this.save();
    this.takeDecisions();
    this.takeLog();
  }
}

test('who comes back is banned with the base time first, and prolonged at once', () => {
  const bench = new MemoryBench();
  bench.banOnce();
  bench.tracker.ban([attacker]);
  const [ban, prolong] = bench.decisions;
  assert.ok(ban?.kind === 'ban' && prolong?.kind === 'prolong');
  assert.deepEqual([ban.ban.banTimeSec, ban.ban.banCount], [300, 2]);
  assert.deepEqual([prolong.ban.banTimeSec, prolong.ban.banCount, prolong.cause], [600, 2, undefined]);
  const log = bench.takeLog();
  assert.equal(log[0], `NOTICE fail2ban.actions [sshd] Ban ${attacker}`);
  assert.match(
    log[1]!,
    /^INFO fail2ban\.observer \[sshd\] IP 192\.0\.2\.1 is bad: 1 # last .* - incr 5m to 10m$/,
  );
  assert.match(
    log[2]!,
    /^NOTICE fail2ban\.observer \[sshd\] Increase Ban 192\.0\.2\.1 \(2 # 10m -> 20..-..-.. ..:..:..\)$/,
  );
  bench.save();
  assert.equal(bench.bips.get(attacker)?.banTimeSec, 600, 'the database has the prolonged end');
  bench.takeDecisions();
  bench.clock.advance(599);
  assert.deepEqual(bench.takeDecisions(), []);
  bench.clock.advance(1);
  assert.deepEqual(bench.takeDecisions(), [`unban ${attacker} expired`]);
});

test('an unban by hand deletes the history, so that ban times start over', async () => {
  const bench = new MemoryBench();
  bench.banOnce();
  await bench.tracker.unban([attacker]);
  bench.tracker.ban([attacker]);
  assert.deepEqual([bench.tracker.bans()[0]?.banTimeSec, bench.tracker.bans()[0]?.banCount], [300, 1]);
});

test('a failure of an address with earlier bans counts as several, and never as more than maxretry', () => {
  const bench = new MemoryBench({}, { maxRetry: 5 });
  bench.banOnce();
  bench.fail(attacker);
  assert.equal(bench.tracker.countOf(attacker)?.retry, 2);
  assert.match(
    bench.takeLog()[1]!,
    /^INFO fail2ban\.observer \[sshd\] Found 192\.0\.2\.1, bad - .*, 1 # -> 2\.0$/,
  );
  bench.fail(attacker);
  assert.equal(bench.tracker.countOf(attacker)?.retry, 4);
  bench.fail(attacker);
  assert.deepEqual(bench.takeDecisions(), [`ban ${attacker} failure`, `prolong ${attacker} increment`]);
  for (let bans = 3; bans <= 6; bans += 1) {
    bench.clock.advance((bench.tracker.bans()[0]?.banTimeSec ?? 0) + 1);
    bench.banOnce();
  }
  bench.fail(attacker);
  assert.match(bench.takeLog()[1]!, / # -> 5, Ban$/);
  assert.deepEqual(bench.takeDecisions(), [`ban ${attacker} failure`, `prolong ${attacker} increment`]);
});

test('a failure that the last ban already stands for has no extra weight', () => {
  const bench = new MemoryBench({}, { maxRetry: 5 });
  bench.tracker.ban([attacker]);
  bench.fail(attacker);
  assert.equal(bench.tracker.countOf(attacker)?.retry, 1);
});

test('permanent bans, and an increment without an end', () => {
  const always = new MemoryBench({}, { banTimeSec: -1 });
  always.tracker.ban([attacker]);
  assert.deepEqual(always.takeDecisions(), [`ban ${attacker} manual`]);
  const bench = new MemoryBench({ maxTime: { value: -1, isFloat: false } });
  bench.banOnce();
  bench.tracker.ban([attacker]);
  assert.match(bench.takeLog()[2]!, /Increase Ban 192\.0\.2\.1 \(2 # permanent -> infinite\)$/);
  assert.equal(bench.tracker.bans()[0]?.banTimeSec, -1);
});

test('a formula without a value costs the increment, not the ban', () => {
  const bench = new MemoryBench({ formula: 'ban.Time / (ban.Count - 1)' });
  bench.banOnce();
  bench.tracker.ban([attacker]);
  assert.equal(bench.tracker.bans()[0]?.banTimeSec, 300);
  assert.match(bench.takeLog().join('\n'), /ERROR fail2ban\.observer .*division by zero/);
  bench.save();
  assert.equal(bench.bips.get(attacker)?.banCount, 2);
});

test('a new ban time of the jail leaves increased bans alone', () => {
  const bench = new MemoryBench();
  bench.banOnce();
  bench.tracker.ban([attacker, '192.0.2.2']);
  bench.takeDecisions();
  bench.tracker.update({ ...bench.tracker.settings, banTimeSec: 100 });
  assert.deepEqual(bench.takeDecisions(), ['prolong 192.0.2.2 settings']);
});

test('the book gives a ban another length, and knows when it ends', () => {
  const book = new BanBook();
  const ban = {
    jail: 'a',
    id: 'x',
    timeSec: 0,
    banTimeSec: 10,
    banCount: 1,
    failures: 0,
    matches: [],
    fields: {},
  };
  book.add(ban, 0, true);
  assert.equal(book.setLength('x', 30)?.banTimeSec, 30);
  assert.equal(book.setLength('y', 30), undefined);
  assert.equal(book.nextEndSec(), 30);
  assert.deepEqual(book.setBanTime(5), [], 'it does not follow the jail any more');
});

for (const [value, isFloat, text] of [
  [0, false, '0'],
  [59, false, '59s'],
  [600, false, '10m'],
  [600, true, '10.0m'],
  [90.5, true, '1.0m 30.5s'],
  [3594, false, '59m 54s'],
  [3595, false, '1h'],
  [5400, true, '1h 30m'],
  [86_400 * 2 + 3600 * 7 + 60 * 15, false, '2d 7h 15m'],
  [86_400 * 390, false, '1y 3w 4d'],
  [86_400 * 368, false, '1y 3d'],
  [604_800, false, '1w'],
] as const) {
  test(`${value} seconds${isFloat ? ' as a float' : ''} are shown as ${text}`, () => {
    assert.equal(spanText({ value, isFloat }), text);
  });
}
