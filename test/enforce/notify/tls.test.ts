import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { MemoryLogger, systemClock } from '../../../src/base/index.ts';
import { CourierProcess } from '../../../src/enforce/notify/courier-process.ts';
import { FakeService } from '../../support/notice-servers.ts';
import { requireTool } from '../../support/tools.ts';

function courier(environment: Readonly<Record<string, string>> = {}): CourierProcess {
  return new CourierProcess({ clock: systemClock, logger: new MemoryLogger(), environment });
}

const request = { kind: 'http', method: 'GET', headers: {}, body: undefined, insecure: false } as const;

test('a certificate that nobody vouches for is refused, unless the action says that it may be', async (t) => {
  if (!requireTool(t, 'openssl')) return;
  const folder = mkdtempSync(join(tmpdir(), 'warder-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const files = ['-keyout', join(folder, 'key'), '-out', join(folder, 'cert')];
  const kind = [
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-subj',
    '/CN=localhost',
  ];
  execFileSync('openssl', ['req', ...kind, ...files], { stdio: 'ignore' });
  const options = { key: readFileSync(join(folder, 'key')), cert: readFileSync(join(folder, 'cert')) };
  const server = createServer(options, (_, response) => response.end('fine')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = courier();
  t.after(() => {
    client.stop();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await assert.rejects(client.carryOut({ ...request, url }, 20_000), /self-signed certificate/);
  assert.deepEqual(await client.carryOut({ ...request, url, insecure: true }, 20_000), {
    status: 200,
    text: 'fine',
  });
});

test('a proxy of the environment is used, and what it must not see goes past it', async (t) => {
  const proxy = await new FakeService().start();
  proxy.answer = () => ({ status: 200, body: 'from the proxy' });
  const service = await new FakeService().start();
  service.answer = () => ({ status: 200, body: 'direct' });
  const through = courier({ HTTP_PROXY: proxy.url });
  const past = courier({ HTTP_PROXY: proxy.url, NO_PROXY: '127.0.0.1' });
  t.after(() => {
    for (const each of [proxy, service, through, past]) each.stop();
  });
  const url = `${service.url}/x`;
  assert.equal((await through.carryOut({ ...request, url }, 20_000)).text, 'from the proxy');
  assert.equal(proxy.seen[0]?.url, url);
  assert.equal((await past.carryOut({ ...request, url }, 20_000)).text, 'direct');
});

test('of an answer no more is read than anybody looks at, and a server that hangs costs its time only', async (t) => {
  const service = await new FakeService().start();
  const client = courier();
  t.after(() => {
    service.stop();
    client.stop();
  });
  service.answer = () => ({ status: 200, body: 'x'.repeat(5_000_000) });
  const { text } = await client.carryOut({ ...request, url: service.url }, 20_000);
  assert.equal(text.length, 64 * 1024);
  service.answer = () => undefined;
  await assert.rejects(client.carryOut({ ...request, url: service.url }, 300), {
    message: 'no answer in time',
    mayRetry: true,
  });
  service.answer = () => ({ status: 429, headers: { 'retry-after': '7' }, body: 'slow down' });
  await assert.rejects(client.carryOut({ ...request, url: service.url }, 20_000), {
    mayRetry: true,
    afterSec: 7,
  });
});
