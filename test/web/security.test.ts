import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { ensureToken, readToken } from '../../src/web/token.ts';
import { repositoryRoot } from '../support/sources.ts';
import { requireRoot, requireTool } from '../support/tools.ts';
import { childrenNamed, WebBench } from '../support/web-bench.ts';

const unban = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: '{"id":"203.0.113.7"}',
};

test('every answer has every header that protects, also errors and what is no HTTP', async (context) => {
  const page = { '/': '<!doctype html><title>page</title>' };
  const bench = new WebBench(context);
  mkdirSync(join(bench.folder, 'no page'));
  writeFileSync(join(bench.folder, 'no page', 'index.html'), page['/']);
  await bench.start();
  for (const answer of [
    await bench.call('/'),
    await bench.call('/api/status'),
    await bench.call('/nothing'),
    await bench.ask('/api/status'),
    await bench.ask('/metrics', { method: 'POST' }),
    await bench.call('/', { headers: { host: 'evil.example' } }),
    await bench.call('/', { headers: { host: 'no host' } }),
  ]) {
    checkHeaders(answer.headers);
  }
  assert.equal((await bench.call('/')).text, page['/']);
  const rubbish = await raw(bench.port, 'RUBBISH\r\n\r\n');
  assert.match(rubbish, /^HTTP\/1\.1 400 /);
  assert.match(rubbish, /Content-Security-Policy: default-src 'none'/);
});

test('without the token there is nothing but the empty page', async (context) => {
  const bench = await new WebBench(context).start();
  for (const path of [
    '/api/status',
    '/api/bans',
    '/api/why?id=x',
    '/api/events',
    '/metrics',
    '/api/nothing',
  ]) {
    const { status, headers } = await bench.call(path);
    assert.equal(status, 401, path);
    assert.match(headers['www-authenticate'] ?? '', /^Bearer/);
  }
  assert.equal((await bench.call('/api/unban', unban)).status, 401);
  for (const authorization of [`Basic ${bench.token}`, bench.token, 'Bearer ', `Bearer ${bench.token}x`]) {
    assert.equal(
      (await bench.call('/api/status', { headers: { authorization } })).status,
      401,
      authorization,
    );
  }
  assert.equal((await bench.call(`/api/status?token=${bench.token}`)).status, 401);
  assert.deepEqual(bench.asked, []);
});

test('another name in Host is refused, however the token is', async (context) => {
  const bench = await new WebBench(context, { hosts: ['guard.example.org'] }).start();
  for (const host of ['evil.example', 'localhost.evil.example', '203.0.113.9', '[::2]:80']) {
    assert.equal(
      (await bench.ask('/api/status', { headers: { host } })).status,
      host === '' ? 421 : 421,
      host,
    );
  }
  for (const host of [`127.0.0.1:${bench.port}`, 'localhost:9000', '[::1]', 'Guard.example.org']) {
    assert.equal((await bench.ask('/api/status', { headers: { host } })).status, 200, host);
  }
});

test('a change from another origin, of another type or without a length is refused', async (context) => {
  const bench = await new WebBench(context).start();
  const own = `http://127.0.0.1:${bench.port}`;
  const send = async (headers: Record<string, string>, body = unban.body): Promise<number> =>
    (await bench.ask('/api/unban', { method: 'POST', headers, body })).status;
  const json = { 'content-type': 'application/json' };
  assert.equal(await send({ ...json, origin: 'http://evil.example' }), 403);
  assert.equal(await send({ ...json, origin: 'null' }), 403);
  assert.equal(await send({ ...json, origin: `http://127.0.0.1:${bench.port + 1}` }), 403);
  assert.equal(await send({ ...json, 'sec-fetch-site': 'cross-site' }), 403);
  assert.equal(await send({ 'content-type': 'text/plain', origin: own }), 415);
  assert.equal(await send({ origin: own }), 415);
  assert.equal(await send({ ...json, origin: own }, JSON.stringify({ id: 'a'.repeat(5000) })), 413);
  const head = ['POST /api/unban HTTP/1.1', 'Host: localhost', `Authorization: Bearer ${bench.token}`];
  const more = ['Content-Type: application/json', 'Connection: close', 'Transfer-Encoding: chunked'];
  const chunked = [...head, ...more, '', '2', '{}', '0', '', ''].join('\r\n');
  assert.match(await raw(bench.port, chunked), /^HTTP\/1\.1 411 /);
  assert.deepEqual(bench.asked, []);
  assert.equal(await send({ ...json, origin: own, 'sec-fetch-site': 'same-origin' }), 200);
});

test('a request of a foreign page is refused, a visit by a link is not', async (context) => {
  const bench = await new WebBench(context).start();
  const foreign = { 'sec-fetch-site': 'cross-site' };
  assert.equal((await bench.ask('/api/status', { headers: foreign })).status, 403);
  const visit = await bench.call('/nothing', { headers: { ...foreign, 'sec-fetch-mode': 'navigate' } });
  assert.equal(visit.status, 404);
});

test('who sends wrong tokens is told to wait and stands in the log, the right one still opens', async (context) => {
  const bench = await new WebBench(context).start();
  const wrong = { headers: { authorization: `Bearer ${'x'.repeat(32)}` } };
  const answers: number[] = [];
  for (let count = 0; count < 12; count += 1) answers.push((await bench.call('/api/status', wrong)).status);
  assert.deepEqual(answers, [...new Array<number>(10).fill(401), 429, 429]);
  assert.equal((await bench.call('/api/status', wrong)).headers['retry-after'], '60');
  assert.equal((await bench.ask('/api/status')).status, 200);
  await bench.until(() => bench.logger.lines.some((line) => line.includes('Wrong token at the page')));
});

test('the token of the metrics opens the metrics only', async (context) => {
  const bench = new WebBench(context);
  const file = join(bench.folder, 'metrics-token');
  writeFileSync(file, 'metrics-metrics-metrics-metrics\n', { mode: 0o600 });
  const other = await new WebBench(context, { metricsTokenFile: file }).start();
  other.answers.figures = undefined;
  const headers = { authorization: 'Bearer metrics-metrics-metrics-metrics' };
  assert.equal((await other.call('/api/status', { headers })).status, 403);
  assert.equal(
    (await other.call('/api/unban', { ...unban, headers: { ...unban.headers, ...headers } })).status,
    403,
  );
  // Its answer is no figures here, which shows that the daemon was asked.
  await other.call('/metrics', { headers });
  assert.deepEqual(other.asked, [{ what: 'figures' }]);
});

test('headers and bodies have bounds', async (context) => {
  const bench = await new WebBench(context).start();
  const long = await raw(bench.port, `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`);
  assert.match(long, /^HTTP\/1\.1 431 /);
});

test('so many connections are open at a time, and no more', async (context) => {
  const bench = await new WebBench(context).start();
  const sockets = Array.from({ length: 70 }, () =>
    connect(bench.port, '127.0.0.1').on('error', () => undefined),
  );
  context.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  await bench.until(() => sockets.filter(({ closed }) => closed).length === 6);
  await assert.rejects(bench.ask('/api/status'), /ECONNRESET|EPIPE|socket hang up/);
  sockets.find(({ closed }) => !closed)?.destroy();
  // It is for the server to notice.
  let status: number | undefined;
  while (status === undefined)
    status = await bench.ask('/api/status').then(
      (answer) => answer.status,
      () => undefined,
    );
  assert.equal(status, 200);
});

test('the token is made with mode 600 and kept; one that others can read is refused', (context) => {
  const { folder } = new WebBench(context);
  const file = join(folder, 'token');
  const token = ensureToken(file);
  assert.match(token, /^[\w-]{32}$/);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.equal(ensureToken(file), token);
  assert.equal(readFileSync(file, 'utf8'), `${token}\n`);
  chmodSync(file, 0o640);
  assert.throws(() => readToken(file), { code: 'WEB_TOKEN' });
  rmSync(file);
  writeFileSync(file, 'short\n', { mode: 0o600 });
  assert.throws(() => ensureToken(file), { code: 'WEB_TOKEN' });
  assert.throws(() => ensureToken(join(folder, 'missing', 'token')), { code: 'WEB_TOKEN' });
});

test('the process is nobody, and never learns the token', async (context) => {
  if (!requireRoot(context)) return;
  const bench = await new WebBench(context).start();
  const [pid] = childrenNamed('warder-web');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  assert.match(status, /^Uid:\t65534\t65534\t65534\t65534$/m);
  assert.match(status, /^Groups:\t\s*$/m);
  assert.ok(!readFileSync(`/proc/${pid}/environ`, 'utf8').includes(bench.token));
});

test('a root that cannot become nobody opens no port', (context) => {
  if (!requireRoot(context) || !requireTool(context, 'setpriv')) return;
  const request = { kind: 'listen', at: { host: '127.0.0.1', port: 0 }, hosts: [], tokenHash: '00' };
  const helper = join(repositoryRoot, 'src/web/helper.ts');
  const { stdout } = spawnSync('setpriv', ['--bounding-set', '-setuid,-setgid', process.execPath, helper], {
    input: `${JSON.stringify(request)}\n`,
    encoding: 'utf8',
  });
  const message = JSON.parse(stdout) as { kind: string; code: string };
  assert.deepEqual([message.kind, message.code], ['unable', 'EPERM']);
});

function checkHeaders(headers: Readonly<Record<string, unknown>>): void {
  assert.equal(
    headers['content-security-policy'],
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; " +
      "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  );
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['x-frame-options'], 'DENY');
  assert.equal(headers['referrer-policy'], 'no-referrer');
  assert.equal(headers['cache-control'], 'no-store');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-resource-policy'], 'same-origin');
}

function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(text));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(answer));
  });
}

test('only who reads the events takes a place among those who watch', async (context) => {
  const bench = await new WebBench(context).start();
  assert.equal((await bench.ask('/api/events', { method: 'HEAD' })).status, 405);
  // What the process tells is in order, so that a watcher would be known by now.
  assert.equal((await bench.ask('/api/status')).status, 200);
  assert.equal(bench.events.listenerCount, 0);
});
