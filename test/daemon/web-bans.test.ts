import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { banPage } from '../../src/daemon/web-bans.ts';
import type { Ban } from '../../src/track/index.ts';
import { banOrders } from '../../src/web/questions.ts';

function ban(index: number, timeSec: number, banTimeSec: number, banCount: number): Ban {
  const id = `203.0.113.${index}`;
  return {
    jail: 'sshd',
    id,
    timeSec,
    banTimeSec,
    banCount,
    failures: 5,
    matches: [],
    fields: { user: `u${index}` },
  };
}

const anyBans = fc
  .array(fc.tuple(fc.nat(50), fc.constantFrom(-1, 60, 600), fc.integer({ min: 1, max: 4 })), {
    maxLength: 60,
  })
  .map((entries) => entries.map((entry, index) => ban(index, ...entry)));

test('a page has what sorting everything would put there', () => {
  const orders = {
    newest: (a: Ban, b: Ban) => b.timeSec - a.timeSec,
    oldest: (a: Ban, b: Ban) => a.timeSec - b.timeSec,
    ends: (a: Ban, b: Ban) => endOf(a) - endOf(b),
    id: (a: Ban, b: Ban) => (a.id < b.id ? -1 : Number(a.id > b.id)),
    count: (a: Ban, b: Ban) => b.banCount - a.banCount || b.timeSec - a.timeSec,
  };
  const endOf = ({ timeSec, banTimeSec }: Ban): number =>
    banTimeSec < 0 ? Number.MAX_VALUE : timeSec + banTimeSec;
  const place = fc.constantFrom(0, 5, 1000);
  fc.assert(
    fc.property(anyBans, fc.constantFrom(...banOrders), place, fc.nat(20), (bans, order, offset, count) => {
      const jails = [{ name: 'sshd', bans: () => bans }] as never;
      const page = banPage(jails, { what: 'bans', search: '', order, offset, count });
      const key = (each: { id: string }): Ban => bans.find(({ id }) => id === each.id)!;
      const expected = bans.toSorted(orders[order]).slice(offset, offset + count);
      assert.equal(page.total, bans.length);
      assert.equal(page.bans.length, expected.length);
      // Equal ones may change places, and nothing else.
      page.bans.forEach((row, index) => {
        assert.equal(orders[order](key(row), expected[index]!), 0);
      });
      assert.equal(new Set(page.bans.map(({ id }) => id)).size, page.bans.length);
    }),
  );
});

test('the search looks at address, jail and captured fields in any letter case', () => {
  const jails = [{ name: 'sshd', bans: () => [ban(1, 1, 60, 1), ban(2, 2, 60, 1)] }] as never;
  const found = (search: string, jail?: string): string[] =>
    banPage(jails, {
      what: 'bans',
      search,
      order: 'oldest',
      offset: 0,
      count: 9,
      ...(jail === undefined ? {} : { jail }),
    }).bans.map(({ id }) => id);
  assert.deepEqual(found('113.2'), ['203.0.113.2']);
  assert.deepEqual(found(' SSH '), ['203.0.113.1', '203.0.113.2']);
  assert.deepEqual(found('U1'), ['203.0.113.1']);
  assert.deepEqual(found('', 'web'), []);
});
