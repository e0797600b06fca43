import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, MemoryLogger, parseIp } from '../../../src/base/index.ts';
import type { Hold, Member } from '../../../src/enforce/tarpit/member.ts';
import type { KernelPart, MemberChange } from '../../../src/enforce/tarpit/part.ts';
import { RulesKeeper } from '../../../src/enforce/tarpit/rules-keeper.ts';
import type { VoicePorts } from '../../../src/enforce/tarpit/voices.ts';

const ports: VoicePorts = {
  ssh: 40001,
  greeting: 40002,
  http: 40003,
  pop3: 40004,
  imap: 40005,
  silence: 40006,
};

/** A kernel that writes down what it was told. */
class FakePart implements KernelPart {
  readonly done: string[] = [];
  fault: string | undefined;
  isWhole = true;

  async rebuild(holds: readonly Hold[]): Promise<string | undefined> {
    this.done.push(`rebuild ${holds.flatMap(({ members }) => [...members.keys()]).join(' ')}`.trim());
    return this.fault;
  }

  async change(_hold: Hold, { add, renew, remove }: MemberChange): Promise<string | undefined> {
    const texts = (members: readonly Member[]): string => members.map(({ ip }) => ip.text).join(' ');
    this.done.push(`add ${texts(add)}, renew ${texts(renew)}, remove ${texts(remove)}`);
    return this.fault;
  }

  async arrange(): Promise<boolean> {
    this.done.push('arrange');
    return this.isWhole;
  }

  async clear(): Promise<void> {
    this.done.push('clear');
  }

  async obstacles(): Promise<readonly string[]> {
    return ['inet filter input'];
  }

  take(): string[] {
    return this.done.splice(0);
  }
}

function member(text: string): Member {
  return { ip: parseIp(text)!, endSec: Number.POSITIVE_INFINITY };
}

function setUp(): {
  part: FakePart;
  keeper: RulesKeeper;
  clock: ManualClock;
  logger: MemoryLogger;
  hold: Hold & { members: Map<string, Member> };
  process: { ports: VoicePorts | undefined };
} {
  const part = new FakePart();
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  const process = { ports: ports as VoicePorts | undefined };
  const scope = { tool: 'nft', ports: 'all', input: true, forward: false, table: 'f2b-table' } as const;
  const hold = { id: 1, jail: 'sshd', scope, members: new Map<string, Member>() };
  const keeper = new RulesKeeper({
    ...{ clock, logger, part, tool: 'nft', needsPorts: true },
    holds: () => [hold],
    ports: () => process.ports,
  });
  return { part, keeper, clock, logger, hold, process };
}

test('all that comes in one turn is one change', async () => {
  const { part, keeper, hold } = setUp();
  keeper.makeAnew();
  await keeper.settled();
  assert.deepEqual(part.take(), ['rebuild', 'arrange']);
  keeper.change(hold, 'add', member('192.0.2.1'));
  keeper.change(hold, 'add', member('192.0.2.2'));
  keeper.change(hold, 'remove', member('192.0.2.3'));
  await keeper.settled();
  assert.deepEqual(part.take(), ['add 192.0.2.1 192.0.2.2, renew , remove 192.0.2.3']);
});

test('until the process listens nothing is made', async () => {
  const { part, keeper, hold, process } = setUp();
  process.ports = undefined;
  keeper.makeAnew();
  await keeper.settled();
  assert.deepEqual(part.take(), []);
  hold.members.set('192.0.2.1', member('192.0.2.1'));
  process.ports = ports;
  keeper.makeAnew();
  await keeper.settled();
  assert.deepEqual(part.take(), ['rebuild 192.0.2.1', 'arrange']);
});

test('a failure is said once, and tried again after a pause', async () => {
  const { part, keeper, clock, logger } = setUp();
  part.fault = 'No such file';
  keeper.makeAnew();
  await keeper.settled();
  assert.equal(keeper.problem, 'No such file');
  clock.advance(1);
  await keeper.settled();
  const errors = logger.lines.filter((line) => line.startsWith('ERROR'));
  assert.deepEqual(errors.length, 1);
  assert.match(errors[0]!, /cannot make its rules with nft, so bans drop: No such file/);
  part.fault = undefined;
  clock.advance(2);
  await keeper.settled();
  assert.equal(keeper.problem, undefined);
  assert.deepEqual(part.take().slice(-2), ['rebuild', 'arrange']);
});

test('a change that fails is followed by making everything anew', async () => {
  const { part, keeper, hold } = setUp();
  keeper.makeAnew();
  await keeper.settled();
  part.take();
  const { change } = part;
  part.change = async (...args) => {
    await change.apply(part, args);
    return 'gone';
  };
  hold.members.set('192.0.2.1', member('192.0.2.1'));
  keeper.change(hold, 'add', member('192.0.2.1'));
  await keeper.settled();
  assert.deepEqual(part.take(), ['add 192.0.2.1, renew , remove ', 'rebuild 192.0.2.1', 'arrange']);
});

test('what others took away is noticed and made anew', async () => {
  const { part, keeper, clock } = setUp();
  keeper.makeAnew();
  await keeper.settled();
  part.take();
  part.isWhole = false;
  part.rebuild = async () => {
    part.done.push('rebuild');
    part.isWhole = true;
    return undefined;
  };
  clock.advance(20);
  await keeper.settled();
  assert.deepEqual(part.take(), ['arrange', 'rebuild', 'arrange']);
});

test('who drops before the tarpit is named once', async () => {
  const { keeper, logger } = setUp();
  for (let round = 0; round < 2; round++) {
    keeper.makeAnew();
    await keeper.settled();
  }
  const warnings = logger.lines.filter((line) => line.includes('may be dropped by inet filter input'));
  assert.equal(warnings.length, 1);
});
