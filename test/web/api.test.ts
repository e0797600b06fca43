import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WarderError } from '../../src/base/index.ts';
import { WebBench } from '../support/web-bench.ts';

test('each question goes to the daemon with its parameters, and its answer comes as JSON', async (context) => {
  const bench = await new WebBench(context).start();
  bench.answers.overview = { jails: [] };
  const status = await bench.ask('/api/status');
  assert.equal(status.status, 200);
  assert.match(status.headers['content-type'] ?? '', /^application\/json/);
  assert.deepEqual(JSON.parse(status.text), { jails: [] });
  for (const path of [
    '/api/tarpit',
    '/api/history?span=604800',
    '/api/why?id=203.0.113.7',
    '/api/bans?search=203&jail=sshd&order=ends&offset=50&count=25',
    '/api/bans',
  ]) {
    assert.equal((await bench.ask(path)).status, 200, path);
  }
  assert.deepEqual(bench.asked, [
    { what: 'overview' },
    { what: 'tarpit' },
    { what: 'history', spanSec: 604_800 },
    { what: 'why', id: '203.0.113.7' },
    { what: 'bans', search: '203', jail: 'sshd', order: 'ends', offset: 50, count: 25 },
    { what: 'bans', search: '', order: 'newest', offset: 0, count: 50 },
  ]);
});

test('an unban goes to the daemon, in one jail or in all', async (context) => {
  const bench = await new WebBench(context).start();
  bench.answers.unban = { ended: 1 };
  const headers = { 'content-type': 'application/json' };
  const sent = { method: 'POST', headers };
  const one = await bench.ask('/api/unban', { ...sent, body: '{"id":"203.0.113.7","jail":"sshd"}' });
  assert.deepEqual([one.status, JSON.parse(one.text)], [200, { ended: 1 }]);
  assert.equal((await bench.ask('/api/unban', { ...sent, body: '{"id":"2001:db8::/48"}' })).status, 200);
  assert.deepEqual(bench.asked, [
    { what: 'unban', id: '203.0.113.7', jail: 'sshd' },
    { what: 'unban', id: '2001:db8::/48' },
  ]);
});

test('what is no question is refused before the daemon hears of it', async (context) => {
  const bench = await new WebBench(context).start();
  const post = { method: 'POST', headers: { 'content-type': 'application/json' } };
  for (const [path, call] of [
    ['/api/why', {}],
    [`/api/why?id=${'a'.repeat(1025)}`, {}],
    ['/api/history?span=5', {}],
    ['/api/bans?count=100000', {}],
    ['/api/bans?order=sideways', {}],
    ['/api/bans?offset=-1', {}],
    ['/api/unban', { ...post, body: '{"jail":"sshd"}' }],
    ['/api/unban', { ...post, body: '{"id":["203.0.113.7"]}' }],
    ['/api/unban', { ...post, body: 'null' }],
    ['/api/unban', { ...post, body: '{"id":' }],
  ] as const) {
    const { status, text } = await bench.ask(path, call);
    assert.equal(status, 400, `${path} ${text}`);
    assert.equal(JSON.parse(text).error.code, 'WEB_QUESTION');
  }
  assert.deepEqual(bench.asked, []);
  assert.equal((await bench.ask('/api/nothing')).status, 404);
  assert.equal((await bench.ask('/api/status', { method: 'DELETE' })).status, 405);
});

test('an error of the daemon keeps its code and its words', async (context) => {
  const bench = await new WebBench(context).start();
  bench.answers.why = new WarderError('UNKNOWN_JAIL', "Sorry but the jail '<b>' does not exist");
  const { status, text, headers } = await bench.ask('/api/why?id=x');
  assert.equal(status, 404);
  assert.deepEqual(JSON.parse(text), {
    error: { code: 'UNKNOWN_JAIL', message: "Sorry but the jail '<b>' does not exist" },
  });
  assert.match(headers['content-type'] ?? '', /^application\/json/);
});

test('events come as they happen while somebody watches, and none are made otherwise', async (context) => {
  const bench = await new WebBench(context).start();
  assert.equal(bench.events.listenerCount, 0);
  const stream = await bench.open('/api/events', { headers: { authorization: `Bearer ${bench.token}` } });
  assert.equal(stream.headers['content-type'], 'text/event-stream');
  await bench.until(() => bench.events.listenerCount === 1);
  const line = '\u2028</script><img src=x onerror=alert(1)>\n\nevent: fake\ndata: {}';
  const event = { type: 'found', jail: 'sshd', timeSec: 1, id: 'x', failures: 1, matches: [line] } as const;
  bench.events.publish(() => event);
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.includes('data: ')) break;
  }
  const lines = text.split('\n');
  const data = lines.find((each) => each.startsWith('data: '))?.slice(6) ?? '';
  assert.deepEqual(JSON.parse(data), event);
  assert.ok(!lines.includes('event: fake'));
  stream.destroy();
  await bench.until(() => bench.events.listenerCount === 0);
});

test('more browsers than may watch are told so', async (context) => {
  const bench = await new WebBench(context).start();
  const watching = await Promise.all(
    Array.from({ length: 16 }, () =>
      bench.open('/api/events', { headers: { authorization: `Bearer ${bench.token}` } }),
    ),
  );
  assert.equal((await bench.ask('/api/events')).status, 503);
  for (const stream of watching) stream.destroy();
  await bench.until(() => bench.events.listenerCount === 0);
  const again = await bench.open('/api/events', { headers: { authorization: `Bearer ${bench.token}` } });
  assert.equal(again.statusCode, 200);
  again.destroy();
});
