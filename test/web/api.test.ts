import assert from 'node:assert/strict';
import { test } from 'node:test';
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
