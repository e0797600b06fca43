import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, linkSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { MemoryLogger } from '../../src/base/index.ts';
import { ControlServer, Dispatcher } from '../../src/control/index.ts';
import { FakeServer } from '../support/fake-server.ts';
import { systemPython } from '../support/python.ts';
import { ask, client, request } from '../support/socket-client.ts';
import { requireTool } from '../support/tools.ts';

test('a stale socket is replaced, a live server and a file are not', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-stale-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'sock');
  const make = (force = false): ControlServer =>
    new ControlServer({
      path,
      force,
      dispatcher: new Dispatcher(new FakeServer(), new MemoryLogger()),
      logger: new MemoryLogger(),
    });

  writeFileSync(path, 'not a socket');
  await assert.rejects(make().start(), { code: 'SOCKET_PATH' });
  rmSync(path);

  const live = make();
  await live.start();
  await assert.rejects(make().start(), { code: 'SOCKET_IN_USE' });
  await assert.rejects(make(true).start(), { code: 'SOCKET_IN_USE' });
  await live.stop();

  await leaveStaleSocket(path);
  assert.ok(existsSync(path));
  const next = make();
  await next.start();
  assert.equal(await ask(await client(t, path), request('ping')), "'pong'");
  await next.stop();
});

test('with force, a server that accepts but does not answer is taken for dead', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-silent-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'sock');
  const silent = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => silent.listen(path, resolve));
  t.after(() => silent.close());
  const options = {
    path,
    dispatcher: new Dispatcher(new FakeServer(), new MemoryLogger()),
    logger: new MemoryLogger(),
  };
  await assert.rejects(new ControlServer(options).start(), { code: 'SOCKET_IN_USE' });
  const forced = new ControlServer({ ...options, force: true });
  await forced.start();
  assert.equal(await ask(await client(t, path), request('ping')), "'pong'");
  await forced.stop();
});

test('of several servers that start at once on a stale socket one gets it, the others say so', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-race-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'sock');
  for (let round = 0; round < 5; round += 1) {
    await leaveStaleSocket(path);
    const servers = Array.from(
      { length: 6 },
      () =>
        new ControlServer({
          path,
          dispatcher: new Dispatcher(new FakeServer(), new MemoryLogger()),
          logger: new MemoryLogger(),
        }),
    );
    const results = await Promise.allSettled(servers.map((server) => server.start()));
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
    assert.deepEqual(failed, Array(5).fill('SOCKET_IN_USE'));
    assert.equal(await ask(await client(t, path), request('ping')), "'pong'");
    assert.deepEqual(readdirSync(folder), ['sock']);
    await Promise.all(servers.map((server) => server.stop()));
  }
});

test('a server whose queue of new clients is full is not taken for dead', async (t) => {
  if (!requireTool(t, 'python3')) return;
  const folder = mkdtempSync(join(tmpdir(), 'warder-full-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'sock');
  const busy = spawn(systemPython, ['-c', fullServer, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => busy.kill('SIGKILL'));
  await once(busy.stdout, 'data');
  const logger = new MemoryLogger();
  const server = new ControlServer({ path, dispatcher: new Dispatcher(new FakeServer(), logger), logger });
  await assert.rejects(server.start(), { code: 'SOCKET_IN_USE' });
  assert.ok(existsSync(path));
});

/** Listens, accepts nobody, and fills its own queue. */
const fullServer = `
import socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen(1)
clients = []
try:
  while True:
    client = socket.socket(socket.AF_UNIX)
    client.setblocking(False)
    client.connect(sys.argv[1])
    clients.append(client)
except BlockingIOError:
  print('full', flush=True)
sys.stdin.read()
`;

/** A socket whose server died without cleaning up. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer();
  const other = `${path}.bound`;
  await new Promise<void>((resolve) => server.listen(other, resolve));
  linkSync(other, path);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
