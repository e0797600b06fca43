import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock, MemoryLogger } from '../../src/base/index.ts';
import { isHostName } from '../../src/track/host-name.ts';
import { type Lookup, Resolver, type ResolverLimits } from '../../src/track/index.ts';
import { lookupOf } from '../support/tracking.ts';

function bench(lookup: Lookup, limits: Partial<ResolverLimits> = {}) {
  const clock = new ManualClock();
  const logger = new MemoryLogger();
  return { clock, logger, resolver: new Resolver(clock, logger, lookup, limits) };
}

/** A lookup that answers when the test says so. */
function heldLookup() {
  const asked: { name: string; answer: (addresses: string[]) => void }[] = [];
  const lookup: Lookup = (name) => new Promise((answer) => asked.push({ name, answer }));
  return { asked, lookup };
}

const tick = (): Promise<unknown> => new Promise(setImmediate);

test('numbers in disguise and malformed names are no host names', () => {
  const bad = [
    '',
    '1',
    '127.1',
    '0x7f000001',
    '0x7f.1',
    'a.1',
    'host.0x1',
    'a..b',
    '-a.org',
    'a b',
    'ä.org',
    '::1',
  ];
  for (const text of [...bad, '2130706433', 'a'.repeat(64), `${'a.'.repeat(130)}a`]) {
    assert.equal(isHostName(text), false, text);
  }
  for (const text of [
    'localhost',
    'a.org',
    'a.org.',
    '1a.example',
    '1.2.3.x',
    'srv_1.lan',
    'xn--bcher-kva.example',
  ]) {
    assert.equal(isHostName(text), true, text);
  }
});

test('addresses come back in canonical spelling, once each, and only so many', async () => {
  const { resolver } = bench(
    lookupOf({ 'a.org': ['192.0.2.1', '2001:DB8::1', '::ffff:192.0.2.1', 'x', '192.0.2.2'] }),
    {
      maxAddresses: 2,
    },
  );
  assert.deepEqual(await resolver.resolve('A.org'), ['192.0.2.1', '2001:db8::1']);
});

test('the system’s own resolver knows localhost', async () => {
  const addresses = await new Resolver(new ManualClock(), new MemoryLogger()).resolve('localhost');
  assert.ok(addresses.includes('127.0.0.1') || addresses.includes('::1'));
});

test('a name without an address is warned about once, then remembered', async () => {
  const { clock, logger, resolver } = bench(lookupOf({}));
  assert.deepEqual(await resolver.resolve('gone.example'), []);
  assert.deepEqual(await resolver.resolve('gone.example'), []);
  assert.deepEqual(logger.lines, [
    'WARNING fail2ban.ipdns Unable to find a corresponding IP address for gone.example: [Errno -2] Name or service not known',
  ]);
  clock.advance(301);
  await resolver.resolve('gone.example');
  assert.equal(logger.lines.length, 2);
});

test('what is no host name is never asked for', async () => {
  const { asked, lookup } = heldLookup();
  const { resolver } = bench(lookup);
  assert.deepEqual(await resolver.resolve('2130706433'), []);
  assert.equal(asked.length, 0);
});

test('few lookups run at a time, the same name only once, and the others wait for their turn', async () => {
  const { asked, lookup } = heldLookup();
  const { resolver } = bench(lookup, { maxActive: 1 });
  const answers = [resolver.resolve('a.org'), resolver.resolve('a.org'), resolver.resolve('b.org')];
  await tick();
  assert.deepEqual(
    asked.map(({ name }) => name),
    ['a.org'],
  );
  asked[0]!.answer(['192.0.2.1']);
  await tick();
  asked[1]!.answer(['192.0.2.2']);
  assert.deepEqual(await Promise.all(answers), [['192.0.2.1'], ['192.0.2.1'], ['192.0.2.2']]);
});

test('a lookup that hangs is given up, but holds its place until it really ends', async () => {
  const { asked, lookup } = heldLookup();
  const { clock, logger, resolver } = bench(lookup, { maxActive: 1 });
  const hanging = resolver.resolve('slow.org');
  await tick();
  clock.advance(6);
  assert.deepEqual(await hanging, []);
  assert.match(logger.lines[0]!, /slow\.org: no answer within 5 seconds/);
  const next = resolver.resolve('b.org');
  await tick();
  assert.equal(asked.length, 1);
  asked[0]!.answer([]);
  await tick();
  asked[1]!.answer(['192.0.2.2']);
  assert.deepEqual(await next, ['192.0.2.2']);
});

test('beyond the bound names count as unknown, and the log says so once', async () => {
  const { lookup } = heldLookup();
  const { logger, resolver } = bench(lookup, { maxActive: 1, maxWaiting: 1 });
  void resolver.resolve('a.org');
  void resolver.resolve('b.org');
  assert.deepEqual(await resolver.resolve('c.org'), []);
  assert.deepEqual(await resolver.resolve('d.org'), []);
  assert.equal(logger.lines.length, 1);
  assert.match(logger.lines[0]!, /Too many host names/);
});

test('the answers kept are bounded', async () => {
  let asked = 0;
  const { resolver } = bench(
    async () => {
      asked++;
      return ['192.0.2.1'];
    },
    { maxKept: 2 },
  );
  for (const name of ['a.org', 'b.org', 'c.org', 'c.org', 'a.org']) await resolver.resolve(name);
  assert.equal(asked, 4);
});

test('that nobody answered is kept for a few seconds only, and told apart from that there is no such name', async () => {
  let asked = 0;
  const { clock, resolver } = bench(async (name) => {
    asked++;
    const code = name === 'gone.org' ? 'ENOTFOUND' : 'EAI_AGAIN';
    throw Object.assign(new Error(code), { code });
  });
  assert.deepEqual(await resolver.find('gone.org'), { addresses: [], isFinal: true });
  assert.deepEqual(await resolver.find('away.org'), { addresses: [], isFinal: false });
  await resolver.find('away.org');
  assert.equal(asked, 2);
  clock.advance(16);
  await resolver.find('gone.org');
  await resolver.find('away.org');
  assert.equal(asked, 3);
});

test('an answer that comes too late for the one who asked is kept for the next', async () => {
  const { asked, lookup } = heldLookup();
  const { clock, resolver } = bench(lookup);
  const first = resolver.find('slow.org');
  await tick();
  clock.advance(6);
  assert.equal((await first).isFinal, false);
  asked[0]!.answer(['192.0.2.1']);
  await tick();
  assert.deepEqual(await resolver.resolve('slow.org'), ['192.0.2.1']);
  assert.equal(asked.length, 1);
});

test('names that bans wait for have lookups of their own, and go before all others', async () => {
  const { asked, lookup } = heldLookup();
  const { resolver } = bench(lookup, { maxActive: 4 });
  for (let n = 0; n < 10; n++) void resolver.find(`dead${n}.org`);
  await tick();
  assert.equal(asked.length, 3);
  const urgent = resolver.find('admin.org', { urgent: true });
  const joined = resolver.find('dead9.org', { urgent: true });
  await tick();
  assert.deepEqual(
    asked.slice(3).map(({ name }) => name),
    ['admin.org'],
  );
  asked[3]!.answer(['192.0.2.1']);
  assert.deepEqual((await urgent).addresses, ['192.0.2.1']);
  await tick();
  assert.equal(asked[4]!.name, 'dead9.org', 'one that waited already became urgent');
  asked[4]!.answer(['192.0.2.2']);
  assert.deepEqual((await joined).addresses, ['192.0.2.2']);
});

test('a reload forgets every answer, also those under way', async () => {
  const { asked, lookup } = heldLookup();
  const { resolver } = bench(lookup);
  const first = resolver.resolve('a.org');
  await tick();
  resolver.clear();
  asked[0]!.answer(['192.0.2.1']);
  await first;
  void resolver.resolve('a.org');
  await tick();
  assert.equal(asked.length, 2);
});
