import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrackerBench } from '../support/tracking.ts';

test('unban of an address lets it in, with the whole network that the jail had banned', async () => {
  const bench = new TrackerBench({ banPrefix4: 24 });
  bench.fail('203.0.113.7', 3);
  bench.takeDecisions();
  bench.takeLog();
  assert.deepEqual(await bench.tracker.unban(['203.0.113.9']), { ended: 1, absent: [] });
  assert.deepEqual(bench.takeDecisions(), ['unban 203.0.113.0/24 manual']);
  assert.deepEqual(bench.takeLog(), [
    'NOTICE fail2ban.actions [sshd] 203.0.113.9 is banned with 203.0.113.0/24, which is let in as a whole',
    'NOTICE fail2ban.actions [sshd] Unban 203.0.113.0/24',
  ]);
  const forgotten = bench.tracker.takeChanges().records.filter(({ kind }) => kind === 'forget');
  assert.deepEqual(forgotten, [
    { kind: 'forget', id: '203.0.113.9' },
    { kind: 'forget', id: '203.0.113.0/24' },
  ]);
});

test('after an escalation unban ends the ban of the address and that of its network; others stay', async () => {
  const bench = new TrackerBench({ maxRetry: 1, escalateAfter: 2 });
  bench.fail('203.0.113.7');
  bench.fail('203.0.113.8');
  bench.takeDecisions();
  assert.deepEqual(await bench.tracker.unban(['203.0.113.7']), { ended: 2, absent: [] });
  assert.deepEqual(bench.takeDecisions(), ['unban 203.0.113.7 manual', 'unban 203.0.113.0/24 manual']);
  assert.deepEqual(
    bench.tracker.bans().map(({ id }) => id),
    ['203.0.113.8'],
  );
});

test('a network that was banned by hand is unbanned by its own name only, and the log says which it is', async () => {
  const bench = new TrackerBench();
  bench.tracker.ban(['203.0.113.0/24']);
  bench.takeLog();
  assert.deepEqual(await bench.tracker.unban(['203.0.113.9']), { ended: 0, absent: ['203.0.113.9'] });
  assert.equal(
    bench.takeLog()[0],
    'WARNING fail2ban.actions [sshd] 203.0.113.9 stays banned with 203.0.113.0/24, which was banned by hand; unban that',
  );
  assert.deepEqual(await bench.tracker.unban(['203.0.113.0/24']), { ended: 1, absent: [] });
});
