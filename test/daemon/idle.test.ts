import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestDaemon, TestHome } from '../support/daemon.ts';

test('a jail that paused after too many errors shows it, and goes on when it is told to', async (context) => {
  const daemon = await new TestDaemon(new TestHome(context)).start();
  const isIdle = (): boolean => daemon.daemon.server.jail('app').option('idle');
  assert.equal(isIdle(), false);
  daemon.detection.goIdle('app');
  assert.equal(isIdle(), true);
  await daemon.run('set', 'app', 'idle', 'off');
  assert.equal(isIdle(), false);
  assert.equal(daemon.detection.isIdle('app'), false);
});
