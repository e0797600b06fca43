import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { readWebSettings } from '../../src/web/index.ts';
import { parseWebMessage } from '../../src/web/protocol.ts';
import { WebBench } from '../support/web-bench.ts';

test('a process that dies is said in the log and comes back, with the same token', async (context) => {
  const bench = await new WebBench(context).start();
  const { token } = bench;
  bench.kill();
  await bench.until(() => bench.starts === 2 && bench.web.report().state === 'listening');
  assert.ok(
    bench.logger.lines.some((line) => /ERROR.*The page is not served: killed with SIGKILL/.test(line)),
  );
  assert.equal(bench.token, token);
  assert.equal((await bench.ask('/api/status')).status, 200);
});

test('a port that is taken is said once, and served as soon as it is free', async (context) => {
  const other = createServer().listen(0, '127.0.0.1');
  await once(other, 'listening');
  const { port } = other.address() as AddressInfo;
  const bench = new WebBench(context, { at: { host: '127.0.0.1', port } });
  bench.web.start();
  await bench.until(() => bench.starts >= 3 && bench.web.report().state === 'failed');
  const said = bench.logger.lines.filter((line) => line.includes('EADDRINUSE'));
  assert.equal(said.length, 1);
  assert.match(said[0] ?? '', /another program has that port/);
  assert.match(bench.web.report().problem ?? '', /EADDRINUSE/);
  other.close();
  await bench.until(() => bench.web.report().state === 'listening');
  assert.equal((await bench.ask('/api/status')).status, 200);
});

test('it listens on ::1 where that is asked for', async (context) => {
  const bench = await new WebBench(context, { at: { host: '::1', port: 0 } }).start();
  assert.match(bench.web.report().url ?? '', /^http:\/\/\[::1\]:\d+\/$/);
});

test('a network address is warned of', async (context) => {
  const bench = await new WebBench(context, { at: { host: '0.0.0.0', port: 0 } }).start();
  assert.ok(bench.logger.lines.some((line) => /WARNING.*over the network.*without encryption/.test(line)));
  assert.equal((await bench.ask('/api/status', { headers: { host: '127.0.0.1' } })).status, 200);
  assert.equal((await bench.ask('/api/status', { headers: { host: 'evil.example' } })).status, 421);
});

test('a page that cannot have its token is not served, and nothing else stops', async (context) => {
  const bench = new WebBench(context, { tokenFile: '/proc/nowhere/token' });
  bench.web.start();
  await bench.until(() => bench.web.report().state === 'failed');
  assert.match(bench.web.report().problem ?? '', /WEB_TOKEN/);
});

test('what the process says is believed only as far as it is one of its messages', () => {
  for (const line of [
    'x',
    '{}',
    '{"kind":"ask","id":1}',
    '{"kind":"ask","id":1,"question":{"what":"stop"}}',
    '{"kind":"ask","id":"1","question":{"what":"overview"}}',
    '{"kind":"ask","id":1,"question":{"what":"bans","count":1000000}}',
    '{"kind":"watch","on":"yes"}',
    '{"kind":"ready","at":{"host":1,"port":1}}',
  ]) {
    assert.equal(parseWebMessage(line), undefined, line);
  }
  const asked = parseWebMessage('{"kind":"ask","id":1,"question":{"what":"overview","more":1}}');
  assert.deepEqual(asked, { kind: 'ask', id: 1, question: { what: 'overview' } });
});

test('the address is an address and a port that nobody may open; off is off', () => {
  const read = (http: string | undefined) =>
    readWebSettings({
      http,
      hosts: 'a.example, B.example',
      tokenFile: undefined,
      metricsTokenFile: undefined,
      usualTokenFile: '/t',
    });
  assert.equal(read(undefined), undefined);
  assert.equal(read('off'), undefined);
  assert.deepEqual(read('[::1]:8327')?.at, { host: '::1', port: 8327 });
  assert.deepEqual(read('localhost:8327'), {
    at: { host: '127.0.0.1', port: 8327 },
    hosts: ['a.example', 'b.example'],
    tokenFile: '/t',
  });
  for (const wrong of [
    '8327',
    '127.0.0.1',
    '127.0.0.1:80',
    '127.0.0.1:99999',
    'host:8327',
    '1.2.3:8327',
    '::1:8327',
  ]) {
    assert.throws(() => read(wrong), { code: 'WEB_ADDRESS' }, wrong);
  }
});

test('a process that does not read loses events, is told how many, and costs the daemon no more', async (context) => {
  const bench = await new WebBench(context).start();
  const stream = await bench.open('/api/events', { headers: { authorization: `Bearer ${bench.token}` } });
  await bench.until(() => bench.events.listenerCount === 1);
  bench.signal('SIGSTOP');
  const matches = ['x'.repeat(1000)];
  const event = { type: 'found', jail: 'sshd', timeSec: 1, id: 'y', failures: 1, matches } as const;
  for (let count = 0; count < 10_000; count += 1) bench.events.publish(() => event);
  assert.ok(bench.web.lostEvents > 5000);
  bench.signal('SIGCONT');
  let told = '';
  const reading = (async () => {
    for await (const chunk of stream) {
      told = `${told}${String(chunk)}`.slice(-2000);
      if (told.includes('event: gap')) return;
    }
  })();
  await bench.until(() => {
    bench.events.publish(() => event);
    return told.includes('event: gap');
  });
  await reading;
  assert.match(told, /event: gap\ndata: \{"lost":\d+\}/);
  assert.equal(bench.starts, 1);
  stream.destroy();
});
