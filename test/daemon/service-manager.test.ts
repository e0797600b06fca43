import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ServiceManager } from '../../src/daemon/service-manager.ts';

function bench(environment: NodeJS.ProcessEnv) {
  const sent: string[] = [];
  const manager = new ServiceManager({
    environment,
    monotonicUsec: () => 1234567n,
    send: async (fields) => {
      await Promise.resolve();
      sent.push(fields.join(' '));
    },
  });
  return { manager, sent };
}

test('a service manager is told of the start, of reloads with their time, and of the stop, in this order', async () => {
  const { manager, sent } = bench({ NOTIFY_SOCKET: '/run/notify' });
  manager.tell('running', 'Guarding');
  manager.tell('reloading', 'Reading');
  manager.tell('running', 'Guarding again');
  manager.tell('stopping', 'Stopping');
  await manager.stop();
  assert.deepEqual(sent, [
    'READY=1 STATUS=Guarding',
    'RELOADING=1 MONOTONIC_USEC=1234567 STATUS=Reading',
    'READY=1 STATUS=Guarding again',
    'STOPPING=1 STATUS=Stopping',
  ]);
});

test('nothing is sent where nobody asked', async () => {
  const { manager, sent } = bench({ WATCHDOG_USEC: '1000' });
  manager.tell('running', 'Guarding');
  await manager.stop();
  assert.deepEqual(sent, []);
});

test('the watchdog hears twice as often as it wants to, from the start on', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const { manager, sent } = bench({ NOTIFY_SOCKET: '/run/notify', WATCHDOG_USEC: '60000000' });
  context.mock.timers.tick(60_000);
  manager.tell('running', 'Guarding');
  manager.tell('running', 'Guarding');
  context.mock.timers.tick(60_000);
  await manager.stop();
  assert.deepEqual(sent.filter((text) => text === 'WATCHDOG=1').length, 2);
});

test('a watchdog for another process is none of ours', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const { manager, sent } = bench({ NOTIFY_SOCKET: '/s', WATCHDOG_USEC: '1000', WATCHDOG_PID: '1' });
  manager.tell('running', 'Guarding');
  context.mock.timers.tick(10);
  await manager.stop();
  assert.deepEqual(sent, ['READY=1 STATUS=Guarding']);
});

test('a message that cannot be sent costs none of those after it', async () => {
  const sent: string[] = [];
  const manager = new ServiceManager({
    environment: { NOTIFY_SOCKET: '/run/notify' },
    send: async ([first = '']) => {
      if (first === 'READY=1') throw new Error('spawn ENOMEM');
      sent.push(first);
    },
  });
  manager.tell('running', 'Guarding');
  manager.tell('stopping', 'Stopping');
  await manager.stop();
  assert.deepEqual(sent, ['STOPPING=1']);
});
