import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { NftMonitor } from '../../../src/enforce/engines/watch/nft-monitor.ts';

class FakeTools {
  readonly outputs: PassThrough[] = [];

  run = () => Promise.reject(new Error('nothing is to be run'));
  has = (): boolean => true;
  follow = () => {
    const stdout = new PassThrough();
    this.outputs.push(stdout);
    return { stdout, ended: new Promise<never>(() => undefined), stop: async () => undefined } as never;
  };
}

test('what the tool tells after nobody listens any more starts no other one', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const tools = new FakeTools();
  const monitor = new NftMonitor(tools);
  const unlisten = monitor.listen(() => undefined);
  t.mock.timers.tick(1000);
  unlisten();
  tools.outputs[0]?.emit('data', Buffer.from('delete table inet f2b-table\n'));
  t.mock.timers.tick(10_000);
  assert.equal(tools.outputs.length, 1);
});

test('while somebody listens, a table that went brings a fresh one', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const tools = new FakeTools();
  const monitor = new NftMonitor(tools);
  const events: string[] = [];
  monitor.listen(({ kind }) => events.push(kind));
  t.mock.timers.tick(1000);
  tools.outputs[0]?.emit('data', Buffer.from('delete table inet f2b-table\n'));
  t.mock.timers.tick(10_000);
  assert.equal(tools.outputs.length, 2);
  assert.ok(events.includes('table'));
});
