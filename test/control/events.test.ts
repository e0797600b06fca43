import assert from 'node:assert/strict';
import test from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import { defaultSubscriptionLimits, Subscription } from '../../src/control/events/subscription.ts';
import { type ControlEvent, EventHub, type EventType } from '../../src/control/index.ts';

function ban(id: string, jail = 'sshd'): ControlEvent {
  const figures = { timeSec: 1000, sinceSec: 1000, banTimeSec: 600, banCount: 1, failures: 5 };
  return { type: 'ban', jail, id, ...figures, matches: [], cause: 'failures' };
}

/** A client that takes what it is sent when it is told to. */
class SlowClient {
  readonly lines: { method: string; params: Record<string, unknown> }[] = [];
  readonly #waiting: (() => void)[] = [];
  dropped: string | undefined;
  isQuick = true;

  write(text: string, done: () => void): void {
    const lines = text.trimEnd().split('\n');
    this.lines.push(...lines.map((line) => JSON.parse(line)));
    if (this.isQuick) done();
    else this.#waiting.push(done);
  }

  drop(reason: string): void {
    this.dropped = reason;
  }

  take(): void {
    this.#waiting.shift()?.();
  }

  get seen(): unknown[] {
    return this.lines.map(({ method, params }) => params.id ?? params.lost ?? params.reason ?? method);
  }
}

function bench(limits = {}) {
  const hub = new EventHub();
  const clock = new ManualClock();
  const client = new SlowClient();
  const subscription = new Subscription(hub, client, clock, { ...defaultSubscriptionLimits, ...limits });
  return { hub, clock, client, subscription };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('with nobody listening an event is not even put together', () => {
  const hub = new EventHub();
  hub.publish(() => assert.fail('nobody listens'));
  const stop = hub.listen(() => undefined);
  let composed = 0;
  const compose = (): ControlEvent => {
    composed += 1;
    return ban('192.0.2.1');
  };
  hub.publish(compose);
  stop();
  hub.publish(compose);
  assert.equal(composed, 1);
});

test('a listener that throws harms nobody', () => {
  const hub = new EventHub();
  hub.listen(() => {
    throw new Error('broken');
  });
  hub.publish(() => ban('192.0.2.1'));
  assert.equal(hub.listenerCount, 1);
});

test('a subscription gets the jails and types that it asked for, and none after its end', async () => {
  const { hub, client, subscription } = bench();
  subscription.start({ jails: ['sshd'], types: ['ban'] });
  const started = (jail: string): ControlEvent => ({ type: 'started', jail, timeSec: 1, message: '' });
  for (const event of [ban('a'), ban('b', 'web'), started('sshd')]) hub.publish(() => event);
  await turn();
  subscription.start({ types: ['started' satisfies EventType] });
  for (const event of [ban('c'), started('web')]) hub.publish(() => event);
  await turn();
  subscription.stop();
  hub.publish(() => ban('d'));
  await turn();
  assert.deepEqual(client.seen, ['a', 'event']);
  assert.deepEqual(client.lines[1]?.params, { type: 'started', jail: 'web', timeSec: 1, message: '' });
  assert.equal(hub.listenerCount, 0);
});

test('a slow client loses what does not fit, hears how much, and then goes on', async () => {
  const line = JSON.stringify({ jsonrpc: '2.0', method: 'event', params: ban('00') }).length + 1;
  const { hub, client, subscription } = bench({ maxWaiting: 3 * line });
  subscription.start({});
  client.isQuick = false;
  hub.publish(() => ban('00'));
  await turn();
  for (let i = 1; i <= 9; i += 1) hub.publish(() => ban(`0${i}`));
  await turn();
  assert.deepEqual(client.seen, ['00']);
  client.take();
  assert.deepEqual(client.seen, ['00', '01', '02', '03', 6]);
  client.take();
  hub.publish(() => ban('10'));
  await turn();
  assert.deepEqual(client.seen.slice(5), ['10']);
  assert.equal(client.dropped, undefined);
});

test('one that takes nothing at all is dropped after a while', async () => {
  const { hub, clock, client, subscription } = bench();
  subscription.start({});
  client.isQuick = false;
  hub.publish(() => ban('a'));
  await turn();
  clock.advance(29);
  assert.equal(client.dropped, undefined);
  clock.advance(2);
  assert.equal(client.dropped, 'it does not fetch its events');
});

test('silence is broken by a sign of life, and the end is said', async () => {
  const { hub, clock, client, subscription } = bench();
  subscription.start({});
  clock.advance(61);
  await turn();
  clock.advance(61);
  await turn();
  hub.publish(() => ban('a'));
  subscription.stop('the server ends');
  assert.deepEqual(client.seen, ['alive', 'alive', 'a', 'the server ends']);
  clock.advance(1000);
  await turn();
  assert.equal(client.lines.length, 4);
  assert.equal(client.dropped, undefined);
});

test('a client that is gone leaves nothing behind', async () => {
  const { hub, clock, client, subscription } = bench();
  subscription.start({});
  client.isQuick = false;
  hub.publish(() => ban('a'));
  await turn();
  hub.publish(() => ban('b'));
  subscription.abandon();
  clock.advance(1000);
  client.take();
  await turn();
  assert.equal(hub.listenerCount, 0);
  assert.equal(client.dropped, undefined);
  assert.deepEqual(client.seen, ['a']);
});
