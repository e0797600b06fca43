import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, silentLogger } from '../../src/base/index.ts';
import { IgnoreList } from '../../src/track/ignore-list.ts';
import { type Lookup, OwnAddresses, Resolver } from '../../src/track/index.ts';
import { lookupOf } from '../support/tracking.ts';

function listOf(
  entries: readonly string[],
  more: {
    ignoreSelf?: boolean;
    lookup?: Lookup;
    clock?: ManualClock;
    own?: () => string[];
    warn?: (message: string) => void;
  } = {},
): IgnoreList {
  const clock = more.clock ?? new ManualClock();
  const addresses = more.own ?? (() => ['192.0.2.100', '2001:db8::100', 'fe80::1%eth0']);
  const own = new OwnAddresses(
    clock,
    () => ({ eth0: addresses().map((address) => ({ address })) }),
    () => [],
  );
  const resolver = new Resolver(clock, silentLogger, more.lookup ?? lookupOf({}));
  return new IgnoreList(entries, more.ignoreSelf ?? true, {
    clock,
    own,
    resolver,
    warn: more.warn ?? assert.fail,
  });
}

test('addresses and networks are ignored, however they are written', () => {
  const list = listOf(['198.51.100.7', '203.0.113.0/255.255.255.0', '2001:DB8:1::/48', '']);
  assert.equal(list.check('198.51.100.7'), 'ip');
  assert.equal(list.check('203.0.113.250'), 'ip');
  assert.equal(list.check('203.0.113.128/25'), 'ip');
  assert.equal(list.check('2001:db8:1::5'), 'ip');
  assert.equal(list.check('198.51.100.8'), 'no');
});

test('a raw id is ignored by its exact text', () => {
  const list = listOf(['user:root']);
  assert.equal(list.check('user:root'), 'ip');
  assert.equal(list.check('user:ro'), 'no');
});

test('every own address is ignored by ignoreself, and only by it', () => {
  for (const own of ['192.0.2.100', '2001:db8::100', 'fe80::1', '127.9.9.9', '::1', '0.0.0.0']) {
    assert.equal(listOf([]).check(own), 'ignoreself rule', own);
    assert.equal(listOf([], { ignoreSelf: false }).check(own), 'no', own);
  }
});

test('a network that covers an own or ignored address is refused, even without ignoreself', () => {
  const list = listOf(['198.51.100.7'], { ignoreSelf: false });
  assert.equal(list.check('192.0.2.0/24'), 'covers');
  assert.equal(list.check('198.51.100.0/24'), 'covers');
  assert.equal(list.check('198.51.101.0/24'), 'no');
});

test('a network wider than /8 or /16 is refused', () => {
  const list = listOf([]);
  assert.equal(list.check('10.0.0.0/7'), 'too wide');
  assert.equal(list.check('0.0.0.0/0'), 'too wide');
  assert.equal(list.check('11.0.0.0/8'), 'no');
  assert.equal(list.check('2a00::/15'), 'too wide');
  assert.equal(list.check('2a00::/16'), 'no');
});

test('interfaces are read again after a minute, not before', () => {
  const clock = new ManualClock();
  let addresses = ['192.0.2.1'];
  let reads = 0;
  const list = listOf([], {
    clock,
    own: () => {
      reads++;
      return addresses;
    },
  });
  assert.equal(list.check('192.0.2.2'), 'no');
  addresses = ['192.0.2.2'];
  clock.advance(59);
  assert.equal(list.check('192.0.2.2'), 'no');
  assert.equal(reads, 1);
  clock.advance(2);
  assert.equal(list.check('192.0.2.2'), 'ignoreself rule');
  assert.equal(list.check('192.0.2.1'), 'no');
  assert.equal(reads, 2);
});

test('host names are looked up before anything is decided', async () => {
  const list = listOf(['admin.example.org'], {
    lookup: lookupOf({ 'admin.example.org': ['198.51.100.9', '2001:db8::9'] }),
  });
  assert.equal(list.check('198.51.100.9'), 'unready');
  await list.ready();
  assert.equal(list.check('198.51.100.9'), 'dns');
  assert.equal(list.check('2001:db8::9'), 'dns');
  assert.equal(list.check('198.51.100.8'), 'no');
});

test('a changed address of a name is noticed, without a pause while failures keep coming', async () => {
  const clock = new ManualClock();
  let address = '198.51.100.1';
  const list = listOf(['dyn.example.org'], { clock, lookup: async () => [address] });
  await list.ready();
  address = '198.51.100.2';
  for (let minute = 0; minute < 8; minute++) {
    clock.advance(61);
    assert.notEqual(list.check('203.0.113.5'), 'unready');
    await new Promise(setImmediate);
  }
  assert.equal(list.check('198.51.100.2'), 'dns');
  assert.equal(list.check('198.51.100.1'), 'no');
});

test('a name keeps its addresses while the name server is away', async () => {
  const clock = new ManualClock();
  let alive = true;
  const list = listOf(['dyn.example.org'], {
    clock,
    lookup: async () => {
      if (!alive) throw Object.assign(new Error('away'), { code: 'EAI_AGAIN' });
      return ['198.51.100.1'];
    },
  });
  await list.ready();
  alive = false;
  clock.advance(10_000);
  assert.equal(list.check('198.51.100.1'), 'unready');
  await list.ready();
  assert.equal(list.check('198.51.100.1'), 'dns');
});
