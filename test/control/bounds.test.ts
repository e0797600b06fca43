import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '../../src/base/index.ts';
import { decodeAnswer, encodePickle, endMark } from '../../src/control/index.ts';
import { MessageReader } from '../../src/control/socket/message-reader.ts';
import { startControl } from '../support/control-bench.ts';
import { ask, client, closed, readMessage, request, until } from '../support/socket-client.ts';

test('answers that nobody fetches have a limit together; the slowest reader goes first', async (t) => {
  const clock = new ManualClock();
  const { path, logger } = await startControl(t, { clock, limits: { maxUnsentBytes: 5_000_000 } });
  const big = request('echo', 'x'.repeat(2_000_000));
  const lazy = await Promise.all(Array.from({ length: 3 }, () => client(t, path)));
  const good = await client(t, path);
  for (const socket of lazy) {
    clock.advance(1);
    socket.pause();
    socket.write(big);
    assert.equal(await ask(good, request('ping')), "'pong'");
  }
  await until(() => logger.lines.some((line) => line.includes('slow to fetch its answer, and others')));
  const cut = closed(lazy[0]!);
  lazy[0]!.resume();
  await cut;
  for (const socket of lazy.slice(1)) {
    const message = readMessage(socket);
    socket.resume();
    const answer = decodeAnswer(await message);
    assert.ok(answer.ok && String((answer.value as string[])[0]).length === 2_000_000);
  }
});

test('a line of JSON may be 4 MiB long, a pickle more', async (t) => {
  const { path, logger } = await startControl(t);
  const line = (size: number): string =>
    `{"jsonrpc":"2.0","id":1,"method":"echo","params":["${'x'.repeat(size)}"]}\n`;
  const json = await client(t, path);
  const answer = readMessage(json, '\n');
  json.write(line(4_000_000));
  assert.equal(JSON.parse((await answer).toString()).result[0].length, 4_000_000);
  json.write(line(5_000_000));
  await closed(json);
  const cut = await client(t, path);
  cut.resume().write(line(5_000_000).slice(0, -1));
  await closed(cut);
  assert.equal(logger.lines.filter((text) => text.includes('its request is too long')).length, 2);
  const pickle = await client(t, path);
  assert.equal((await ask(pickle, request('echo', 'x'.repeat(5_000_000)))).length, 5_000_004);
});

test('JSON that nests without end ends in an error, not in the server', async (t) => {
  const { path } = await startControl(t);
  const socket = await client(t, path);
  const answer = readMessage(socket, '\n');
  const deep = `${'['.repeat(500_000)}${']'.repeat(500_000)}`;
  socket.write(`{"jsonrpc":"2.0","id":1,"method":"echo","params":[${deep}]}\n`);
  assert.ok([-32602, -32700].includes(JSON.parse((await answer).toString()).error.code));
});

test('a client that says nothing is dropped, others are not', async (t) => {
  const clock = new ManualClock();
  const { path, logger, control } = await startControl(t, { clock });
  const silent = await client(t, path);
  const good = await client(t, path);
  silent.resume();
  assert.equal(await ask(good, request('ping')), "'pong'");
  await until(() => control.connectionCount === 2);
  clock.advance(61);
  await closed(silent);
  assert.ok(logger.lines.some((line) => line.includes('a client was dropped: it says nothing')));
  assert.equal(await ask(good, request('ping')), "'pong'");
  clock.advance(3601);
  await closed(good);
});

test('a tuple is a request like a list; a text or a number is none', async (t) => {
  const { path } = await startControl(t);
  const socket = await client(t, path);
  socket.write(Buffer.concat([Buffer.from("(S'ping'\nt."), Buffer.from(endMark)]));
  assert.deepEqual(decodeAnswer(await readMessage(socket)), { ok: true, value: 'pong' });
  socket.write(Buffer.concat([encodePickle('ping'), Buffer.from(endMark)]));
  assert.equal(decodeAnswer(await readMessage(socket)).ok, false);
  await closed(socket);
});

test('the end mark within a text of a request ends it there, and costs its client only', async (t) => {
  const { path } = await startControl(t);
  const bad = await client(t, path);
  bad.write(Buffer.concat([encodePickle(['echo', `a${endMark}b`]), Buffer.from(endMark)]));
  const answer = decodeAnswer(await readMessage(bad));
  assert.match(String(!answer.ok && answer.error.args[0]), /^ERROR: The pickle ends too early/);
  await closed(bad);
  const good = await client(t, path);
  const parts = ['echo', '<F2B_', 'END_COMMAND>'];
  assert.equal(await ask(good, request(...parts)), "['<F2B_', 'END_COMMAND>']");
});

test('messages come whole, whatever the pieces in which their bytes arrive', () => {
  const part = fc.oneof(fc.constantFrom('<', '<F2B_', '<F2B_END_COMMAND', 'END>', ''), fc.string());
  fc.assert(
    fc.property(
      fc.array(part),
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
      (parts, sizes) => {
        const whole = Buffer.from(parts.map((text) => text + endMark).join(''), 'utf8');
        const reader = new MessageReader(endMark);
        const messages: string[] = [];
        for (let at = 0, turn = 0; at < whole.length; turn += 1) {
          const size = sizes[turn % sizes.length] as number;
          messages.push(...reader.push(whole.subarray(at, at + size)).map((bytes) => bytes.toString('utf8')));
          at += size;
        }
        assert.deepEqual(messages, whole.toString('utf8').split(endMark).slice(0, -1));
        assert.equal(reader.pendingBytes, 0);
      },
    ),
    { numRuns: 300, seed: 1 },
  );
});

test('what drips in byte by byte takes no more room than its bytes', () => {
  const reader = new MessageReader(endMark);
  const before = process.memoryUsage().arrayBuffers;
  for (let count = 0; count < 1_000_000; count += 1) reader.push(Buffer.from([0x28]));
  assert.equal(reader.pendingBytes, 1_000_000);
  globalThis.gc?.();
  assert.ok(process.memoryUsage().arrayBuffers - before < 64 * 1024 * 1024);
});
