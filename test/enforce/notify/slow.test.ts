import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MemoryLogger, systemClock } from '../../../src/base/index.ts';
import { createShellRunner, JailEnforcer, Notifier, type Outcome } from '../../../src/enforce/index.ts';
import type { Ban, Decision } from '../../../src/track/index.ts';
import { FakeMailServer, FakeService } from '../../support/notice-servers.ts';
import { figures, ban as someBan, testNames } from '../harness.ts';
import { actionSettings } from '../shipped.ts';

test('servers that hang delay no ban, whatever the order of the actions, and cannot fail one', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-slow-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const mails = await new FakeMailServer().start();
  mails.mode = 'hang';
  const service = await new FakeService().start();
  service.answer = () => undefined;
  t.after(() => {
    mails.stop();
    service.stop();
  });
  const logger = new MemoryLogger();
  const environment = { PATH: '/usr/bin:/bin' };
  const notifier = new Notifier({ clock: systemClock, logger, names: testNames, environment, drainSec: 0.5 });
  const inForce = new Map<string, Ban>();
  const outcomes: Outcome[] = [];
  const enforcer = new JailEnforcer({
    jail: 'x',
    runner: createShellRunner({ logger, environment }),
    logger,
    clock: systemClock,
    names: testNames,
    figures,
    notifier,
    allowIpv6: () => true,
    bansInForce: {
      size: () => inForce.size,
      has: (id) => inForce.has(id),
      get: (id) => inForce.get(id),
      list: () => [...inForce.values()],
    },
    onOutcome: (outcome) => outcomes.push(outcome),
  });
  await enforcer.configure([
    actionSettings(`smtp[host="127.0.0.1:${mails.port}"]`),
    actionSettings(`webhook[url="${service.url}"]`),
    actionSettings(`sendmail[mailcmd="sleep 60"]`),
    actionSettings(`dummy[target="${folder}/bans"]`),
  ]);
  await enforcer.start();
  const startedMs = performance.now();
  const decisions = Array.from({ length: 20 }, (_, index): Decision => {
    const ban = someBan(`192.0.2.${index + 1}`, { jail: 'x' });
    inForce.set(ban.id, ban);
    return { kind: 'ban', ban, origin: 'failure' };
  });
  enforcer.apply(decisions);
  await enforcer.idle();
  const tookMs = performance.now() - startedMs;
  const made = outcomes.filter(({ action, step, ok }) => action === 'dummy' && step === 'ban' && ok);
  assert.equal(made.length, 20);
  assert.ok(tookMs < 5000, `${tookMs} ms for 20 bans behind three actions that hang`);
  assert.ok(
    mails.connections <= 1 && service.seen.length <= 1,
    'one notice of an action is under way at a time',
  );
  assert.ok(notifier.waiting('x', 'smtp') >= 20, 'mails wait');
  await enforcer.stop({ keepBans: false });
  const stoppingMs = performance.now();
  await notifier.stop();
  assert.ok(performance.now() - stoppingMs < 3000, 'and a stop does not wait for them for long');
  assert.ok(logger.lines.some((line) => /\d+ notices were not delivered before the stop/.test(line)));
});
