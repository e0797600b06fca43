import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StoreBench, tenMinutes } from '../support/storing.ts';
import { TrackerBench } from '../support/tracking.ts';

test('what a jail knew is there at the next start: bans, counts, and what was unbanned is not', async (t) => {
  const { store } = new StoreBench(t);
  store.open();
  const before = new TrackerBench({ banTimeSec: 600 });
  before.fail('198.51.100.1', 3);
  before.fail('198.51.100.2', 2);
  before.tracker.ban(['198.51.100.3', '203.0.113.0/24', '2001:db8::1']);
  await before.tracker.unban(['198.51.100.3']);
  store.commit({ changes: [before.tracker.takeChanges()] });
  before.tracker.stop({ unban: true });
  // Stopping ends the bans in the firewall, not in the database.
  store.commit({ changes: [before.tracker.takeChanges()] });
  store.close();

  store.open();
  const after = new TrackerBench({ banTimeSec: 600 });
  await after.tracker.restore(store.load('sshd', tenMinutes));
  assert.deepEqual(after.takeDecisions(), [
    'ban 198.51.100.1 restore',
    'ban 2001:db8::1 restore',
    'ban 203.0.113.0/24 restore',
  ]);
  after.fail('198.51.100.2');
  assert.deepEqual(after.takeDecisions(), ['ban 198.51.100.2 failure']);
  const { counts, dropped } = after.tracker.takeChanges();
  assert.deepEqual([counts, dropped], [[], ['198.51.100.2']]);
});
