import assert from 'node:assert/strict';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { type ControlEvent, EventHub, watchEvents } from '../../src/control/index.ts';
import { EventSource } from '../../src/daemon/event-source.ts';
import { TestDaemon, TestHome } from '../support/daemon.ts';

/** Watches a daemon; `until` gives what came until an event of this type. */
async function watching(context: TestContext, home: TestHome) {
  const controller = new AbortController();
  context.after(() => controller.abort());
  const stream = watchEvents(join(home.path, 'fail2ban.sock'), {}, { signal: controller.signal });
  assert.deepEqual((await stream.next()).value, { kind: 'open' });
  return async (type: ControlEvent['type']): Promise<ControlEvent[]> => {
    const events: ControlEvent[] = [];
    for (;;) {
      const { value } = await stream.next();
      assert.equal(value?.kind, 'event');
      events.push(value.event);
      if (value.event.type === type) return events;
    }
  };
}

test('what a jail finds, bans and unbans comes as events, with the figures of the log', async (t) => {
  const home = new TestHome(t);
  const daemon = await new TestDaemon(home).start();
  const until = await watching(t, home);
  const nowSec = daemon.clock.nowSec();

  daemon.fail('192.0.2.1', 3);
  const [first, , third, ban] = await until('ban');
  assert.equal(first?.type === 'found' && first.rule, 0);
  assert.deepEqual(
    [third?.type, third?.jail, third?.type === 'found' && third.id],
    ['found', 'app', '192.0.2.1'],
  );
  assert.ok(ban?.type === 'ban');
  assert.deepEqual(
    { ...ban, matches: ban.matches.length },
    {
      type: 'ban',
      jail: 'app',
      timeSec: nowSec,
      id: '192.0.2.1',
      sinceSec: nowSec,
      banTimeSec: 600,
      banCount: 1,
      failures: 3,
      matches: 3,
      cause: 'failures',
    },
  );
  assert.match(ban.matches[0] ?? '', /bad login from 192\.0\.2\.1$/);

  daemon.clock.advance(601);
  const [expired] = await until('unban');
  assert.equal(expired?.type === 'unban' && expired.cause, 'expired');

  await daemon.run('set', 'app', 'banip', '203.0.113.9');
  const [byHand] = await until('ban');
  assert.equal(byHand?.type === 'ban' && byHand.cause, 'by hand');
  await daemon.run('set', 'app', 'unbanip', '203.0.113.9');
  const [unban] = await until('unban');
  assert.equal(unban?.type === 'unban' && unban.cause, 'by hand');
});

test('what goes wrong, and jails that come and go, are events too', async (t) => {
  const home = new TestHome(t);
  home.write(
    'action.d/broken.conf',
    '[Definition]\nactionban = echo "no such table" >&2; exit 3\nactionunban = true\n',
  );
  home.write('jail.d/broken.conf', '[app]\naction = broken\n');
  const daemon = await new TestDaemon(home).start();
  const until = await watching(t, home);
  await daemon.run('set', 'app', 'banip', '192.0.2.1');
  const failed = (await until('error')).at(-1);
  assert.ok(failed?.type === 'error');
  assert.deepEqual(
    [failed.jail, failed.action, failed.step, failed.id],
    ['app', 'broken', 'ban', '192.0.2.1'],
  );
  assert.match(failed.message, /no such table/);

  await assert.rejects(
    daemon.run('server-stream', [
      ['add', 'other', 'polling'],
      ['set', 'other', 'addfailregex', '(('],
      ['start', 'other'],
    ]),
  );
  const degraded = (await until('degraded')).at(-1);
  assert.deepEqual([degraded?.type, degraded?.jail], ['degraded', 'other']);
  await daemon.run('stop', 'app');
  const stopped = await until('stopped');
  assert.deepEqual(
    stopped.map(({ type, jail }) => [type, jail]),
    [
      ['unban', 'app'],
      ['stopped', 'app'],
    ],
  );
});

test('bans that come back at a start are told as restored', async (t) => {
  const home = new TestHome(t);
  const first = await new TestDaemon(home).start();
  await first.run('set', 'app', 'banip', '192.0.2.1');
  await first.settle();
  await first.stop();
  const second = await new TestDaemon(home, first.clock).start();
  const until = await watching(t, home);
  await second.run('reload', '--all', ['--restart']);
  const events = await until('started');
  assert.deepEqual(
    events.map(({ type }) => type),
    ['stopped', 'restore', 'started'],
  );
});

test('a log recovers only when it could not be read before; rules that hang and jails that stop are told', () => {
  const hub = new EventHub();
  const source = new EventSource(hub, () => 5);
  source.detection({ kind: 'log', jail: 'app', path: '/a', state: 'missing', reason: '' });
  const seen: string[] = [];
  hub.listen((event) => seen.push(`${event.type}: ${'message' in event ? event.message : ''}`));
  const log = (path: string | undefined, state: 'reading' | 'missing' | 'unreadable', reason = ''): void =>
    source.detection({ kind: 'log', jail: 'app', path, state, reason });
  log('/b', 'reading');
  log('/a', 'reading');
  log('/a', 'unreadable', 'EACCES');
  source.jail('stopped', 'app');
  log('/a', 'reading');
  log(undefined, 'missing', 'journalctl is not there');
  log(undefined, 'reading');
  source.detection({ kind: 'rule suspended', jail: 'app', rule: 'failregex 3' });
  source.detection({ kind: 'idle', jail: 'app' });
  assert.deepEqual(seen, [
    'recovered: /a: reading',
    'degraded: /a: unreadable (EACCES)',
    'stopped: ',
    'degraded: the journal: missing (journalctl is not there)',
    'recovered: the journal: reading',
    'degraded: failregex 3 holds lines too long and was suspended',
    'degraded: too many errors: it stopped itself',
  ]);
});

test('an event carries at most ten lines of at most a thousand characters', () => {
  const hub = new EventHub();
  let seen: ControlEvent | undefined;
  hub.listen((event) => {
    seen = event;
  });
  const lines = Array.from({ length: 30 }, (_, index) => `${index} ${'x'.repeat(5000)}`);
  const failure = { jail: 'app', id: 'a', unresolved: false, timeSec: 9, attempts: 2, lines, fields: {} };
  new EventSource(hub, () => 5).found(failure);
  assert.ok(seen?.type === 'found' && seen.rule === undefined && seen.timeSec === 5 && seen.failures === 2);
  assert.deepEqual(
    seen.matches.map((line) => [line.slice(0, 2), line.length]),
    Array.from({ length: 10 }, (_, index) => [String(20 + index), 1001]),
  );
});

test('a ban that is made longer, since its source was banned before, is told as an increase', async (t) => {
  const home = new TestHome(t);
  home.write('jail.d/increment.conf', '[app]\nbantime.increment = true\nbantime.rndtime =\n');
  const daemon = await new TestDaemon(home).start();
  const until = await watching(t, home);
  daemon.fail('192.0.2.1', 3);
  await until('ban');
  daemon.clock.advance(700);
  await until('unban');
  daemon.fail('192.0.2.1', 3);
  await until('ban');
  const increase = (await until('increase')).at(-1);
  assert.ok(increase?.type === 'increase');
  const { id, banTimeSec, banCount, cause } = increase;
  assert.deepEqual([id, banTimeSec, banCount, cause], ['192.0.2.1', 1200, 2, 'increment']);
});
