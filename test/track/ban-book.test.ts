import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseIp } from '../../src/base/index.ts';
import { BanBook } from '../../src/track/ban-book.ts';
import type { Ban } from '../../src/track/index.ts';

function ban(id: string, timeSec: number, banTimeSec: number): Ban {
  return { jail: 'j', id, timeSec, banTimeSec, banCount: 1, failures: 1, matches: [], fields: {} };
}

const idsOf = (bans: readonly Ban[]): string[] => bans.map(({ id }) => id);

test('bans end in the order of their ends, permanent ones never', () => {
  const book = new BanBook();
  book.add(ban('slow', 0, 300), 0, true);
  book.add(ban('fast', 0, 100), 0, true);
  book.add(ban('forever', 0, -1), 0, true);
  assert.equal(book.nextEndSec(), 100);
  assert.deepEqual(idsOf(book.takeExpired(99)), []);
  assert.deepEqual(idsOf(book.takeExpired(1e9)), ['fast', 'slow']);
  assert.deepEqual(book.ids(), ['forever']);
  assert.equal(book.nextEndSec(), Number.POSITIVE_INFINITY);
});

test('a ban whose time is over does not come into force', () => {
  assert.deepEqual(new BanBook().add(ban('a', 0, 100), 101, true), { kind: 'expired' });
});

test('of two bans of an id the one that ends later wins, from the older start', () => {
  const book = new BanBook();
  book.add(ban('a', 1000, 600), 1000, true);
  const again = book.add(ban('a', 1100, 600), 1100, true);
  assert.equal(again.kind === 'known' && again.prolonged, true);
  assert.equal(book.get('a')?.timeSec, 1000);
  assert.equal(book.get('a')?.banTimeSec, 700);
  const shorter = book.add(ban('a', 1200, 60), 1200, true);
  assert.equal(shorter.kind === 'known' && shorter.prolonged, false);
  assert.deepEqual(book.takeExpired(1699), []);
  assert.deepEqual(idsOf(book.takeExpired(1700)), ['a']);
  assert.equal(book.total, 1);
});

test('a permanent ban replaces a temporary one', () => {
  const book = new BanBook();
  book.add(ban('a', 0, 600), 0, true);
  book.add(ban('a', 10, -1), 10, true);
  assert.equal(book.get('a')?.banTimeSec, -1);
  assert.deepEqual(book.takeExpired(1e9), []);
});

test('a new ban time of the jail reaches the bans that follow it', () => {
  const book = new BanBook();
  book.add(ban('own', 0, 600), 0, false);
  book.add(ban('jail', 0, 600), 0, true);
  assert.deepEqual(idsOf(book.setBanTime(50)), ['jail']);
  assert.deepEqual(idsOf(book.takeExpired(50)), ['jail']);
  assert.equal(book.nextEndSec(), 600);
});

test('an address is found within a banned network, and networks within a wider one', () => {
  const book = new BanBook();
  book.add(ban('198.51.100.0/24', 0, 600), 0, true);
  book.add(ban('198.51.101.7', 0, 600), 0, true);
  book.add(ban('2001:db8::/32', 0, 600), 0, true);
  const holder = (text: string): string | undefined => book.holderOf(parseIp(text)!)?.id;
  assert.equal(holder('198.51.100.9'), '198.51.100.0/24');
  assert.equal(holder('198.51.101.7'), '198.51.101.7');
  assert.equal(holder('198.51.101.8'), undefined);
  assert.equal(holder('2001:db8:1::1'), '2001:db8::/32');
  assert.deepEqual(book.within(parseIp('198.51.0.0/16')!), ['198.51.100.0/24', '198.51.101.7']);
  book.remove('198.51.100.0/24');
  assert.equal(holder('198.51.100.9'), undefined);
});

test('bans that are prolonged or unbanned again and again leave nothing behind', () => {
  const book = new BanBook();
  book.add(ban('forever', 0, -1), 0, true);
  for (let n = 0; n < 1000; n++) {
    book.add(ban('prolonged', n, 600), n, true);
    book.add(ban('short', n, 5000), n, true);
    book.remove('short');
  }
  assert.equal(book.nextEndSec(), 999 + 600);
  assert.deepEqual(idsOf(book.takeExpired(999 + 600)), ['prolonged']);
  assert.deepEqual(book.ids(), ['forever']);
});

test('whatever is added, prolonged and removed, what expires is what a plain list would say', () => {
  const step = fc.record({
    id: fc.integer({ min: 0, max: 8 }).map(String),
    lengthSec: fc.integer({ min: -1, max: 100 }).map((n) => (n === 0 ? 1 : n)),
    waitSec: fc.integer({ min: 0, max: 40 }),
    remove: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      const book = new BanBook();
      const plain = new Map<string, number>();
      let nowSec = 0;
      for (const { id, lengthSec, waitSec, remove } of steps) {
        nowSec += waitSec;
        const expired = [...plain].filter(([, endSec]) => endSec <= nowSec).map(([key]) => key);
        for (const key of expired) plain.delete(key);
        assert.deepEqual(idsOf(book.takeExpired(nowSec)).sort(), expired.sort());
        if (remove) {
          assert.equal(book.remove(id) !== undefined, plain.delete(id));
          continue;
        }
        const endSec = lengthSec < 0 ? Number.POSITIVE_INFINITY : nowSec + lengthSec;
        plain.set(id, Math.max(plain.get(id) ?? 0, endSec));
        book.add(ban(id, nowSec, lengthSec), nowSec, true);
      }
      assert.equal(book.nextEndSec(), Math.min(Number.POSITIVE_INFINITY, ...plain.values()));
      assert.deepEqual(book.ids().sort(), [...plain.keys()].sort());
    }),
    { numRuns: 300 },
  );
});
