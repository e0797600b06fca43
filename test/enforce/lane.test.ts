import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Action } from '../../src/enforce/index.ts';
import { createShellAction } from '../../src/enforce/index.ts';
import { EnforcerBench } from './bench.ts';
import { ban } from './harness.ts';

const firewall = {
  actionstart: 'fw start <family>',
  actionstop: 'fw stop <family>',
  actioncheck: 'fw check <family>',
  actionban: 'fw ban <ip>',
  actionreban: 'fw again <ip>',
  actionunban: 'fw unban <ip>',
  'x?family=inet6': '',
};
const listed = { ...firewall, actionlist: 'fw list <family>' };

/** A firewall that keeps what it is told, for one family without environment. */
function simulate(bench: EnforcerBench): Set<string> {
  const inForce = new Set<string>();
  bench.runner.exitCode = (script) => {
    const [, verb, ip] = script.split(' ');
    if ((verb === 'ban' || verb === 'again') && ip !== undefined) inForce.add(ip);
    if (verb === 'unban' && ip !== undefined) inForce.delete(ip);
    if (verb === 'start' || verb === 'stop') inForce.clear();
    return 0;
  };
  return inForce;
}

test('more decisions than may wait lose nothing: they are taken from the bans in force later', async () => {
  const bench = await EnforcerBench.start({ fw: firewall, second: firewall }, undefined, { maxWaiting: 3 });
  const inForce = simulate(bench);
  const ids = Array.from({ length: 20 }, (_, index) => `192.0.2.${index}`);
  await Promise.all([...ids.map((id) => bench.ban(id)), bench.unban('manual', '192.0.2.1', '192.0.2.19')]);
  await bench.enforcer.idle();
  assert.deepEqual([...inForce].sort(), [...bench.book.keys()].sort());
  assert.equal(bench.enforcer.status()[0]?.held, 18);
  assert.equal(bench.enforcer.status()[1]?.held, 18);
  const warnings = bench.logger.lines.filter((line) => line.includes("'fw' is behind by 3 decisions"));
  assert.equal(warnings.length, 1);
});

test('whatever is decided, in the end the action holds the bans in force', async () => {
  const command = fc.record({
    what: fc.constantFrom('ban', 'ban', 'unban', 'recheck', 'pause', 'lose'),
    id: fc.integer({ min: 1, max: 6 }).map((last) => `192.0.2.${last}`),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(command, { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      async (commands, maxWaiting) => {
        const bench = await EnforcerBench.start({ fw: firewall }, undefined, { maxWaiting });
        const inForce = simulate(bench);
        const pending: Promise<void>[] = [];
        for (const { what, id } of commands) {
          if (what === 'ban' && !bench.book.has(id)) pending.push(bench.ban(id));
          if (what === 'unban' && bench.book.has(id)) pending.push(bench.unban('expired', id));
          if (what === 'recheck' && bench.book.has(id)) pending.push(bench.recheck(id));
          if (what === 'pause') await bench.enforcer.idle();
          bench.clock.advance(1);
        }
        await Promise.all(pending);
        await bench.enforcer.idle();
        assert.deepEqual([...inForce].sort(), [...bench.book.keys()].sort());
      },
    ),
    { numRuns: 150, seed: 1 },
  );
});

test('a repair makes again what was lost with it, behind what is new', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  await bench.ban('192.0.2.1', '192.0.2.2', '2001:db8::1');
  bench.runner.take();
  let isBroken = true;
  bench.runner.exitCode = (script) => {
    if (script === 'fw start inet4') isBroken = false;
    return isBroken && /^fw (?:ban|check)/.test(script) ? 1 : 0;
  };
  await bench.ban('192.0.2.3', '192.0.2.4');
  assert.deepEqual(bench.runner.take(), [
    'fw ban 192.0.2.3',
    'fw check inet4',
    'fw stop inet4',
    'fw start inet4',
    'fw check inet4',
    'fw ban 192.0.2.3',
    'fw ban 192.0.2.4',
    'fw again 192.0.2.1',
    'fw again 192.0.2.2',
  ]);
  assert.ok(bench.logger.lines.includes("NOTICE fail2ban.actions [sshd] Reban 192.0.2.1, action 'fw'"));
});

test('a ban of an id of its own is made again with those of its address', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  const session = ban('session-1', { fields: { ip: '192.0.2.7' } });
  bench.book.set(session.id, session);
  bench.enforcer.apply([{ kind: 'ban', ban: session, origin: 'failure' }]);
  await bench.ban('192.0.2.1');
  let isBroken = true;
  bench.runner.exitCode = (script) => {
    if (script === 'fw start inet4') isBroken = false;
    return isBroken ? 1 : 0;
  };
  await bench.ban('192.0.2.2');
  assert.deepEqual(bench.runner.scripts.slice(-2), ['fw again 192.0.2.7', 'fw again 192.0.2.1']);
});

test('a mail is not sent again after a repair', async () => {
  const { actionunban, ...mail } = firewall;
  assert.ok(actionunban);
  const bench = await EnforcerBench.start({ mail });
  await bench.ban('192.0.2.1');
  bench.runner.take();
  let isBroken = true;
  bench.runner.exitCode = (script) => {
    if (script === 'fw start inet4') isBroken = false;
    return isBroken ? 1 : 0;
  };
  await bench.ban('192.0.2.2');
  assert.equal(bench.runner.scripts.includes('fw again 192.0.2.1'), false);
});

test('hits from a banned source lead to a check, not more often than every three seconds', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  await bench.ban('192.0.2.1');
  bench.runner.take();
  await bench.recheck('192.0.2.1');
  await bench.recheck('192.0.2.1');
  assert.deepEqual(bench.runner.take(), ['fw check inet4']);
  bench.clock.advance(4);
  let isBroken = true;
  bench.runner.exitCode = (script) => {
    if (script === 'fw start inet4') isBroken = false;
    return isBroken && script.startsWith('fw check') ? 1 : 0;
  };
  await bench.recheck('192.0.2.1');
  assert.deepEqual(bench.runner.take(), [
    'fw check inet4',
    'fw stop inet4',
    'fw start inet4',
    'fw check inet4',
    'fw again 192.0.2.1',
  ]);
});

test('a ban that failed is made when its source goes on', async () => {
  const bench = await EnforcerBench.start({ fw: firewall });
  bench.runner.exitCode = (script) => (script.startsWith('fw ban') ? 1 : 0);
  await bench.ban('192.0.2.1');
  bench.runner.exitCode = () => 0;
  bench.runner.take();
  await bench.recheck('192.0.2.1');
  assert.deepEqual(bench.runner.take(), ['fw again 192.0.2.1']);
  await bench.recheck('192.0.2.9');
  assert.deepEqual(bench.runner.take(), [], 'who is not banned is not banned by it');
});

test('after a restart the bans that are still there are confirmed, and those that are over end', async () => {
  const bench = await EnforcerBench.start(
    { fw: listed, mail: { actionban: 'mail <ip>', norestored: true } },
    (runner) => {
      runner.output = (script) => (script === 'fw list inet4' ? '192.0.2.1\n192.0.2.2\n' : '');
    },
  );
  assert.deepEqual(bench.runner.take(), [
    'fw list inet4',
    'fw start inet4',
    'fw list inet4',
    'fw list inet6',
  ]);
  await bench.restore('192.0.2.1', '192.0.2.3');
  bench.enforcer.settle();
  await bench.enforcer.idle();
  assert.deepEqual(bench.runner.take(), ['fw again 192.0.2.1', 'fw ban 192.0.2.3', 'fw unban 192.0.2.2']);
});

test('bans stay in force over a restart only where the action can find them again', async () => {
  const bench = await EnforcerBench.start({
    fw: listed,
    other: { ...firewall, actionban: 'other ban <ip>' },
  });
  await bench.ban('192.0.2.1');
  bench.runner.take();
  await bench.enforcer.stop({ keepBans: true });
  assert.deepEqual(bench.runner.take(), ['fw unban 192.0.2.1', 'fw stop inet4']);
});

test('many restored bans are not mistaken for new ones by an action that is behind', async () => {
  const bench = await EnforcerBench.start(
    { fw: firewall, mail: { actionban: 'mail <ip>', norestored: true } },
    undefined,
    {
      maxWaiting: 2,
    },
  );
  const ids = Array.from({ length: 10 }, (_, index) => `192.0.2.${index}`);
  await Promise.all(ids.map((id) => bench.restore(id)));
  await bench.enforcer.idle();
  assert.equal(bench.commands('fw').filter((script) => script.startsWith('fw ban')).length, 10);
  assert.deepEqual(bench.commands('mail'), []);
});

test('a batch goes to an action that takes batches', async () => {
  const batches: number[] = [];
  const bench = await EnforcerBench.start({ fw: firewall }, undefined, {
    createAction: (settings, parts) => {
      const action: Action = createShellAction(settings, parts);
      const traits = action.traits.bind(action);
      const make = action.ban.bind(action);
      return Object.assign(action, {
        traits: () => ({ ...traits(), batchLimit: 4 }),
        ban: (bans: Parameters<Action['ban']>[0]) => {
          batches.push(bans.length);
          return make(bans);
        },
      });
    },
  });
  await Promise.all(Array.from({ length: 10 }, (_, index) => bench.ban(`192.0.2.${index}`)));
  assert.deepEqual(batches, [4, 4, 2]);
});

test('a fault in an action costs what it has in hand, not what comes after', async () => {
  let isFaulty = true;
  const bench = await EnforcerBench.start({ fw: firewall, next: { actionban: 'next <ip>' } }, undefined, {
    createAction: (settings, parts) => {
      const action: Action = createShellAction(settings, parts);
      const make = action.ban.bind(action);
      return Object.assign(action, {
        ban: (bans: Parameters<Action['ban']>[0]) => {
          if (isFaulty && settings.name === 'fw') throw new Error('bad luck');
          return make(bans);
        },
      });
    },
  });
  await bench.ban('192.0.2.1');
  isFaulty = false;
  await bench.ban('192.0.2.2');
  assert.deepEqual(bench.commands('next'), ['next 192.0.2.1', 'next 192.0.2.2']);
  assert.deepEqual(bench.commands('fw'), ['fw start inet4', 'fw ban 192.0.2.2']);
  assert.ok(
    bench.logger.lines.includes("ERROR fail2ban.actions [sshd] unhandled error in action 'fw': bad luck"),
  );
});
