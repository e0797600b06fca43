import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import { JailEnforcer } from '../../src/enforce/index.ts';
import type { Ban, Decision } from '../../src/track/index.ts';
import { FakeRunner, figures, ban as someBan, testNames } from './harness.ts';

const fw = {
  name: 'fw',
  properties: new Map(
    Object.entries({
      actionstart: 'fw start',
      actionstop: 'fw stop',
      actionban: 'fw ban <ip>',
      actionunban: 'fw unban <ip>',
      actionflush: 'fw flush',
    }),
  ),
};

class DryBench {
  readonly runner = new FakeRunner();
  readonly logger = new MemoryLogger();
  readonly inForce = new Map<string, Ban>();
  readonly enforcer = new JailEnforcer({
    jail: 'sshd',
    runner: this.runner,
    logger: this.logger,
    clock: new ManualClock(),
    names: testNames,
    figures,
    allowIpv6: () => true,
    bansInForce: {
      size: () => this.inForce.size,
      has: (id) => this.inForce.has(id),
      get: (id) => this.inForce.get(id),
      list: () => [...this.inForce.values()],
    },
  });

  async ban(id: string): Promise<void> {
    const ban = someBan(id);
    this.inForce.set(id, ban);
    await this.apply({ kind: 'ban', ban, origin: 'failure' });
  }

  async unban(id: string): Promise<void> {
    this.inForce.delete(id);
    await this.apply({ kind: 'unban', ban: someBan(id), reason: 'expired' });
  }

  async apply(decision: Decision): Promise<void> {
    this.enforcer.apply([decision]);
    await this.enforcer.idle();
  }
}

test('a dry run says what each action would do, and runs nothing', async () => {
  const bench = new DryBench();
  await bench.enforcer.configure([{ ...fw, dryRun: true }]);
  await bench.enforcer.start();
  await bench.ban('192.0.2.1');
  await bench.ban('203.0.113.1');
  await bench.unban('192.0.2.1');
  await bench.enforcer.stop({ keepBans: false });
  assert.deepEqual(bench.runner.scripts, []);
  const told = bench.logger.lines
    .filter((line) => line.includes('dry run'))
    .map((line) => line.replace(/^.*dry run: /, ''));
  assert.deepEqual(told, [
    "action 'fw' nothing is enforced; the log says what would be",
    "action 'fw' would ban 192.0.2.1",
    "action 'fw' would ban 203.0.113.1",
    "action 'fw' would unban 192.0.2.1",
    "action 'fw' would end all bans",
  ]);
});

test('when a running jail becomes dry its bans end, and when it is dry no longer they are made', async () => {
  const bench = new DryBench();
  await bench.enforcer.configure([fw]);
  await bench.enforcer.start();
  await bench.ban('192.0.2.1');
  bench.runner.take();
  await bench.enforcer.configure([{ ...fw, dryRun: true }]);
  await bench.enforcer.idle();
  assert.deepEqual(bench.runner.take(), ['fw flush', 'fw stop']);
  await bench.ban('203.0.113.1');
  assert.deepEqual(bench.runner.take(), []);
  await bench.enforcer.configure([fw]);
  await bench.enforcer.idle();
  assert.deepEqual(bench.runner.take(), ['fw start', 'fw ban 192.0.2.1', 'fw ban 203.0.113.1']);
});

test('bans that an earlier run kept in force over a restart end when the jail is dry now', async () => {
  const bench = new DryBench();
  bench.runner.output = (script) => (script === 'fw list' ? '192.0.2.1\n' : '');
  const keeping = { ...fw, properties: new Map([...fw.properties, ['actionlist', 'fw list']]) };
  await bench.enforcer.configure([{ ...keeping, dryRun: true }]);
  await bench.enforcer.start();
  assert.deepEqual(
    bench.runner.take().filter((script) => script !== 'fw list'),
    ['fw start', 'fw flush', 'fw stop'],
  );
});
