import assert from 'node:assert/strict';
import { existsSync, statSync } from 'node:fs';
import test from 'node:test';
import { ManualClock, pythonRepr } from '../../src/base/index.ts';
import { decodeAnswer, endMark } from '../../src/control/index.ts';
import { startControl } from '../support/control-bench.ts';
import { ask, client, closed, readMessage, request, until } from '../support/socket-client.ts';

test('the socket is for its owner alone and goes with the server', async (t) => {
  const { path, control } = await startControl(t);
  assert.equal(statSync(path).mode & 0o7777, 0o700);
  await control.stop();
  assert.equal(existsSync(path), false);
});

test('a request may come in any pieces, and several in one', async (t) => {
  const { path } = await startControl(t);
  const socket = await client(t, path);
  const bytes = request('echo', 'a', 'b');
  const answer = readMessage(socket);
  for (const byte of bytes) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(decodeAnswer(await answer), { ok: true, value: ['a', 'b'] });

  let seen = Buffer.alloc(0);
  const three = new Promise<void>((resolve) => {
    socket.on('data', (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      if (seen.toString('latin1').split(endMark).length === 4) resolve();
    });
  });
  socket.write(Buffer.concat([request('ping'), request('version'), request('status')]));
  await three;
  const answers = seen.toString('latin1').split(endMark).slice(0, 3);
  const values = answers.map((text) => decodeAnswer(Buffer.from(text, 'latin1')));
  assert.deepEqual(
    values.map((value) => value.ok && pythonRepr(value.value)),
    ["'pong'", "'1.0.2'", "[('Number of jail', 0), ('Jail list', '')]"],
  );
});

test('a client that only stops sending still gets its answer', async (t) => {
  const { path } = await startControl(t);
  const socket = await client(t, path);
  const answer = readMessage(socket);
  socket.end(request('ping'));
  assert.deepEqual(decodeAnswer(await answer), { ok: true, value: 'pong' });
  await closed(socket);
});

test('the close mark ends the connection', async (t) => {
  const { path, control } = await startControl(t);
  const socket = await client(t, path);
  socket.resume();
  socket.write(`<F2B_CLOSE_COMMAND>${endMark}`);
  await closed(socket);
  while (control.connectionCount > 0) await new Promise((resolve) => setImmediate(resolve));
});

test('garbage is answered with an error text and closes that client only', async (t) => {
  const { path, logger } = await startControl(t);
  const good = await client(t, path);
  for (const garbage of ['garbage', "cos\nsystem\n(S'id'\ntR.", '\x80\x04N.']) {
    const bad = await client(t, path);
    bad.write(Buffer.concat([Buffer.from(garbage, 'latin1'), Buffer.from(endMark)]));
    const answer = decodeAnswer(await readMessage(bad));
    assert.ok(!answer.ok && String(answer.error.args[0]).startsWith('ERROR: '));
    await closed(bad);
  }
  assert.equal(await ask(good, request('ping')), "'pong'");
  assert.equal(logger.lines.filter((line) => line.includes('PROTO-error: load message failed')).length, 3);
});

test('a request that does not end costs its client after the time for it, however slowly bytes drip in', async (t) => {
  const clock = new ManualClock();
  const { path, logger } = await startControl(t, { clock, limits: { requestTimeoutSec: 30 } });
  const slow = await client(t, path);
  const good = await client(t, path);
  slow.resume();
  slow.write('(');
  assert.equal(await ask(good, request('ping')), "'pong'");
  clock.advance(20);
  slow.write('l');
  assert.equal(await ask(good, request('ping')), "'pong'");
  clock.advance(11);
  await closed(slow);
  assert.equal(await ask(good, request('ping')), "'pong'");
  assert.ok(logger.lines.some((line) => line.includes('a client was dropped: its request does not end')));
});

test('a client that does not fetch its answers is dropped, and blocks nobody', async (t) => {
  const clock = new ManualClock();
  const { path, logger } = await startControl(t, { clock, limits: { answerTimeoutSec: 30 } });
  const lazy = await client(t, path);
  const good = await client(t, path);
  lazy.pause();
  const big = request('echo', 'x'.repeat(1_000_000));
  lazy.write(Buffer.concat([big, big, big, big]));
  for (let i = 0; i < 20; i += 1) assert.equal(await ask(good, request('ping')), "'pong'");
  clock.advance(31);
  await closed(lazy);
  assert.ok(logger.lines.some((line) => line.includes('a client was dropped: it does not fetch its answer')));
  assert.equal(await ask(good, request('ping')), "'pong'");
});

test('a request beyond the limit costs its client', async (t) => {
  const { path, logger } = await startControl(t, { limits: { maxRequestBytes: 100_000 } });
  const big = await client(t, path);
  big.resume();
  big.write(Buffer.alloc(200_000, 'x'));
  await closed(big);
  assert.ok(logger.lines.some((line) => line.includes('its request is too long')));
});

test('unfinished requests of all clients have a limit together', async (t) => {
  const { path, control, logger } = await startControl(t, { limits: { maxPendingBytes: 250_000 } });
  const clients = await Promise.all(Array.from({ length: 3 }, () => client(t, path)));
  const anyClosed = Promise.race(clients.map(closed));
  for (const socket of clients) {
    socket.resume();
    socket.write(Buffer.alloc(100_000, 'x'));
  }
  await anyClosed;
  assert.ok(logger.lines.some((line) => line.includes('all requests together are too long')));
  assert.equal(await ask(await client(t, path), request('ping')), "'pong'");
  assert.ok(control.connectionCount >= 3);
});

test('two hundred clients are served at once, half-sent requests among them', async (t) => {
  const { path } = await startControl(t);
  const clients = await Promise.all(Array.from({ length: 200 }, () => client(t, path)));
  for (const socket of clients.slice(0, 50)) socket.write('half a request');
  const answers = await Promise.all(clients.slice(50).map((socket) => ask(socket, request('ping'))));
  assert.deepEqual(new Set(answers), new Set(["'pong'"]));
});

test('beyond the limit of clients the one that is idle for longest makes room; busy ones stay', async (t) => {
  const clock = new ManualClock();
  const { path, logger } = await startControl(t, { clock, limits: { maxConnections: 2 } });
  const first = await client(t, path);
  assert.equal(await ask(first, request('ping')), "'pong'");
  clock.advance(1);
  const second = await client(t, path);
  assert.equal(await ask(second, request('ping')), "'pong'");
  clock.advance(1);
  const third = await client(t, path);
  assert.equal(await ask(third, request('ping')), "'pong'");
  first.resume();
  await closed(first);
  second.write('half');
  third.write('half');
  await until(() => logger.lines.length === 0);
  const refused = await client(t, path);
  refused.write(request('ping'));
  const answer = decodeAnswer(await readMessage(refused));
  assert.match(String(!answer.ok && answer.error.args[0]), /^The server has too many clients/);
  await closed(refused);
  const json = await client(t, path);
  json.write('{"jsonrpc":"2.0","id":7,"method":"ping"}\n');
  const { id, error } = JSON.parse((await readMessage(json, '\n')).toString());
  assert.deepEqual([id, error.code, error.data.code], [7, -32000, 'SOCKET_BUSY']);
  await closed(json);
  const silent = await client(t, path);
  silent.resume();
  await until(() => logger.lines.filter((line) => line.includes('a client was refused')).length === 3);
  clock.advance(2);
  await closed(silent);
  const crowd = await Promise.all(Array.from({ length: 33 }, () => client(t, path)));
  for (const socket of crowd) socket.resume();
  await Promise.race(crowd.map(closed));
});

test('stop answers what is being worked on and ends idle clients', async (t) => {
  const { path, server, control } = await startControl(t);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const entered = new Promise<void>((resolve) => {
    server.shutdown = async () => {
      resolve();
      await held;
    };
  });
  const idle = await client(t, path);
  idle.resume();
  const stopping = await client(t, path);
  const answer = ask(stopping, request('stop'));
  await entered;
  const stopped = control.stop();
  await closed(idle);
  release();
  assert.equal(await answer, 'None');
  await stopped;
});
