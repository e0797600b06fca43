import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import test, { type TestContext } from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import { type ControlEvent, EventHub } from '../../src/control/index.ts';
import { type ControlBench, startControl } from '../support/control-bench.ts';
import { ask, client, closed, readMessage, request, until } from '../support/socket-client.ts';

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { code: string } };
  readonly params?: Record<string, unknown>;
}

interface Bench extends ControlBench {
  readonly hub: EventHub;
  readonly clock: ManualClock;
}

async function bench(t: TestContext, limits = {}): Promise<Bench> {
  const hub = new EventHub();
  const clock = new ManualClock();
  return { ...(await startControl(t, { events: hub, clock, limits })), hub, clock };
}

async function call(socket: Socket, method: string, params?: unknown): Promise<Message> {
  const answer = readMessage(socket, '\n');
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`);
  return JSON.parse((await answer).toString());
}

async function next(socket: Socket): Promise<Message> {
  return JSON.parse((await readMessage(socket, '\n')).toString());
}

function started(jail: string, message = ''): ControlEvent {
  return { type: 'started', jail, timeSec: 5, message };
}

test('a client subscribes, hears, asks in between, and unsubscribes', async (t) => {
  const { path, hub } = await bench(t);
  const socket = await client(t, path);
  const filter = { jails: ['sshd'], types: ['started', 'ban'] };
  assert.deepEqual((await call(socket, 'subscribe', filter)).result, filter);
  const event = next(socket);
  hub.publish(() => started('web'));
  hub.publish(() => started('sshd'));
  assert.deepEqual(await event, {
    jsonrpc: '2.0',
    method: 'event',
    params: { type: 'started', jail: 'sshd', timeSec: 5, message: '' },
  });
  assert.equal((await call(socket, 'ping')).result, 'pong');
  assert.equal((await call(socket, 'unsubscribe')).result, true);
  assert.equal((await call(socket, 'unsubscribe')).result, false);
  assert.equal(hub.listenerCount, 0);
});

test('a wrong filter is refused with what would be right', async (t) => {
  const { path } = await bench(t);
  const socket = await client(t, path);
  for (const [params, words] of [
    [{ types: ['bans'] }, /no events "bans"; the types are found, ban/],
    [{ jail: 'sshd' }, /jails and types, not "jail"/],
    [{ jails: 'sshd' }, /jails must be an array/],
    [['sshd'], /must be an object/],
  ] as const) {
    const { error } = await call(socket, 'subscribe', params);
    assert.equal(error?.code, -32602);
    assert.match(error?.message ?? '', words);
  }
});

test('as many may listen as the limit says', async (t) => {
  const { path, hub } = await bench(t, { maxSubscribers: 2 });
  const [first, second, third] = await Promise.all([client(t, path), client(t, path), client(t, path)]);
  assert.deepEqual((await call(first, 'subscribe')).result, { jails: null, types: null });
  await call(second, 'subscribe');
  await call(second, 'subscribe', { types: ['ban'] });
  assert.equal((await call(third, 'subscribe')).error?.data?.code, 'SUBSCRIBERS_FULL');
  first.destroy();
  await until(() => hub.listenerCount === 1);
  assert.ok((await call(third, 'subscribe')).result);
});

test('a client that listens is not idle, and one that only stops sending goes on hearing', async (t) => {
  const { path, hub, clock, control } = await bench(t, { idleTimeoutSec: 100, silentTimeoutSec: 100 });
  const listening = await client(t, path);
  await call(listening, 'subscribe');
  const idle = await client(t, path);
  await call(idle, 'ping');
  const silent = await client(t, path);
  idle.resume();
  silent.resume();
  await until(() => control.connectionCount === 3);
  const probe = next(listening);
  listening.end();
  assert.equal((await probe).method, 'alive');
  const alive = next(listening);
  clock.advance(101);
  await Promise.all([closed(idle), closed(silent)]);
  assert.equal((await alive).method, 'alive');
  const event = next(listening);
  hub.publish(() => started('sshd'));
  assert.equal((await event).params?.jail, 'sshd');
});

test('a subscriber that reads nothing blocks nobody, costs little, and is dropped', async (t) => {
  const { path, hub, clock, logger } = await bench(t);
  const lazy = await client(t, path);
  await call(lazy, 'subscribe');
  lazy.pause();
  const good = await client(t, path);
  const text = 'x'.repeat(1000);
  const before = process.memoryUsage().arrayBuffers;
  for (let i = 0; i < 20_000; i += 1) {
    hub.publish(() => started('sshd', text));
    if (i % 1000 === 0) assert.equal(await ask(good, request('ping')), "'pong'");
  }
  assert.ok(process.memoryUsage().arrayBuffers - before < 8_000_000);
  clock.advance(31);
  await until(() => hub.listenerCount === 0);
  assert.ok(logger.lines.some((line) => line.includes('it does not fetch its events')));
});

test('the stream says when the server ends', async (t) => {
  const { path, control } = await bench(t);
  const socket = await client(t, path);
  await call(socket, 'subscribe');
  const last = next(socket);
  await control.stop();
  assert.deepEqual((await last).params, { reason: 'the server ends' });
  await closed(socket);
});

test('a batch is answered as one, in order, notifications without an answer', async (t) => {
  const { path, server } = await bench(t);
  const socket = await client(t, path);
  const answer = readMessage(socket, '\n');
  const one = (id: number | undefined, method: unknown, ...params: unknown[]) => ({
    jsonrpc: '2.0',
    ...(id === undefined ? {} : { id }),
    method,
    params,
  });
  socket.write(
    `[${[
      one(1, 'ping'),
      one(undefined, 'command', 'add', 'web'),
      one(2, 'status'),
      one(3, 'status', 'nojail'),
      one(4, 5),
      7,
    ]
      .map((item) => JSON.stringify(item))
      .join(', ')}]\n`,
  );
  const answers = JSON.parse((await answer).toString()) as Message[];
  assert.deepEqual(
    answers.map(({ id, result, error }) => [id, result ?? error?.code]),
    [
      [1, 'pong'],
      [2, { jailCount: 1, jails: ['web'] }],
      [3, -32000],
      [4, -32600],
      [null, -32600],
    ],
  );
  assert.deepEqual(server.jailNames(), ['web']);
  const silent = readMessage(socket, '\n');
  socket.write('[]\n');
  assert.equal(JSON.parse((await silent).toString()).error.code, -32600);
});

test('a method may be the first word of any command; others are no methods', async (t) => {
  const { path, server } = await bench(t);
  await server.addJail('sshd', 'auto');
  const socket = await client(t, path);
  assert.equal((await call(socket, 'get', ['sshd', 'maxretry'])).result, 3);
  assert.equal((await call(socket, 'set', ['sshd', 'maxretry', 7])).result, 7);
  assert.equal((await call(socket, 'version')).result, '1.0.2');
  assert.equal((await call(socket, 'reload', ['--all', [], []])).result, 'OK');
  assert.equal((await call(socket, 'set')).error?.data?.code, 'COMMAND_INCOMPLETE');
  assert.equal((await call(socket, 'dance')).error?.code, -32601);
  assert.equal((await call(socket, 'x'.repeat(5000))).error?.message.length, 122);
  assert.equal((await call(socket, 'status', { jail: 'sshd' })).error?.code, -32602);
  const old = readMessage(socket, '\n');
  socket.write('{"id": 9, "method": "ping"}\n');
  assert.equal(JSON.parse((await old).toString()).error.code, -32600);
});
