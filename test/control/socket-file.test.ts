import assert from 'node:assert/strict';
import { existsSync, linkSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { MemoryLogger } from '../../src/base/index.ts';
import { ControlServer, Dispatcher } from '../../src/control/index.ts';
import { FakeServer } from '../support/fake-server.ts';
import { ask, client, request } from '../support/socket-client.ts';

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

/** A socket whose server died without cleaning up. */
async function leaveStaleSocket(path: string): Promise<void> {
  const server = createServer();
  const other = `${path}.bound`;
  await new Promise<void>((resolve) => server.listen(other, resolve));
  linkSync(other, path);
  await new Promise<void>((resolve) => server.close(() => resolve()));
}
