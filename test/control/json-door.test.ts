import assert from 'node:assert/strict';
import test from 'node:test';
import { startControl } from '../support/control-bench.ts';
import { client, closed, readMessage } from '../support/socket-client.ts';

test('the JSON door speaks JSON-RPC, one object a line', async (t) => {
  const { path, server } = await startControl(t);
  await server.addJail('sshd', 'auto');
  await server.jail('sshd').ban(['192.0.2.1']);
  const socket = await client(t, path);
  const call = async (message: unknown): Promise<unknown> => {
    const answer = readMessage(socket, '\n');
    socket.write(`${JSON.stringify(message)}\n`);
    return JSON.parse((await answer).toString());
  };
  const command = (id: number, ...params: unknown[]): unknown => ({
    jsonrpc: '2.0',
    id,
    method: 'command',
    params,
  });
  assert.deepEqual(await call(command(1, 'ping')), { jsonrpc: '2.0', id: 1, result: 'pong' });
  assert.deepEqual(await call(command(2, 'status')), {
    jsonrpc: '2.0',
    id: 2,
    result: { jailCount: 1, jails: ['sshd'] },
  });
  assert.deepEqual(await call(command(3, 'status', 'sshd')), {
    jsonrpc: '2.0',
    id: 3,
    result: {
      filter: { currentlyFailed: 0, totalFailed: 0, files: [] },
      actions: { currentlyBanned: 1, totalBanned: 1, banned: ['192.0.2.1'] },
    },
  });
  assert.deepEqual(await call(command(4, 'banned')), {
    jsonrpc: '2.0',
    id: 4,
    result: { sshd: ['192.0.2.1'] },
  });
  assert.deepEqual(await call(command(5, 'status', 'nojail')), {
    jsonrpc: '2.0',
    id: 5,
    error: { code: -32000, message: 'no jail nojail', data: { code: 'UNKNOWN_JAIL', jail: 'nojail' } },
  });
  assert.deepEqual(await call({ jsonrpc: '2.0', id: 6, method: 'dance' }), {
    jsonrpc: '2.0',
    id: 6,
    error: { code: -32601, message: 'there is no method "dance"' },
  });
  assert.equal(((await call(command(7))) as { error: { code: number } }).error.code, -32602);
  assert.equal(((await call([1])) as { error: { code: number } }[])[0]?.error.code, -32600);
});

test('a notification is carried out without an answer, and broken JSON ends its client only', async (t) => {
  const { path, server } = await startControl(t);
  const socket = await client(t, path);
  const answer = readMessage(socket, '\n');
  socket.write(
    `${JSON.stringify({ jsonrpc: '2.0', method: 'command', params: ['add', 'web'] })}\n\n` +
      `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'command', params: ['version'] })}\n`,
  );
  assert.deepEqual(JSON.parse((await answer).toString()), { jsonrpc: '2.0', id: 1, result: '1.0.2' });
  assert.deepEqual(server.jailNames(), ['web']);
  const broken = readMessage(socket, '\n');
  socket.write('{"jsonrpc": \n');
  assert.equal(JSON.parse((await broken).toString()).error.code, -32700);
  await closed(socket);
});
