import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { TestMachine, until } from '../../support/netns.ts';
import { findTool, requireRoot, requireTool } from '../../support/tools.ts';
import { ban } from '../harness.ts';
import { EngineBench, readSettings } from './engine-bench.ts';

// What engines do besides banning and unbanning, on the real kernel.

let machine: TestMachine;
before(async () => {
  if (process.getuid?.() === 0 && findTool('unshare') !== undefined)
    machine = await TestMachine.start('behave');
});
after(() => machine?.stop());

async function start(
  context: TestContext,
  text: string,
  tools: readonly string[],
): Promise<EngineBench | undefined> {
  if (!requireRoot(context) || !requireTool(context, 'unshare', ...tools)) return undefined;
  const bench = await EngineBench.startWith(machine, readSettings(text));
  context.after(() => bench.enforcer.stop({ keepBans: false }));
  return bench;
}

const many = (count: number): string[] =>
  Array.from({ length: count }, (_, index) =>
    `203.0.113.${index % 250}`.replace('203.0', `10.${Math.floor(index / 250)}`),
  );

test('what waits goes to the kernel in one transaction', async (context) => {
  const bench = await start(context, 'nftables[name=x]', ['nft']);
  if (bench === undefined) return;
  await bench.ban('192.0.2.1');
  bench.tools.ran.length = 0;
  await bench.ban(...many(500));
  assert.deepEqual(
    bench.tools.ran.map(({ program, args }) => [program, ...args].join(' ')),
    ['nft -f -'],
  );
});

test('the kernel ends a ban in time by itself, and one for ever has no timeout', async (context) => {
  for (const [text, show] of [
    ['nftables[name=x]', 'nft list set inet f2b-table addr-set-x'],
    ['iptables-ipset[name=x]', 'ipset save f2b-x'],
  ] as const) {
    const bench = await start(context, text, ['nft', 'ipset', 'iptables']);
    if (bench === undefined) return;
    const nowSec = bench.clock.nowSec();
    const bans = [
      ban('192.0.2.1', { timeSec: nowSec - 60, banTimeSec: 600 }),
      ban('192.0.2.2', { timeSec: nowSec, banTimeSec: -1 }),
      ban('192.0.2.3', { timeSec: nowSec, banTimeSec: 1_000_000_000 }),
    ];
    for (const one of bans) bench.book.set(one.id, one);
    bench.enforcer.apply(bans.map((one) => ({ kind: 'ban', ban: one, origin: 'failure' })));
    await bench.enforcer.idle();
    const listing = await machine.shell(show);
    assert.match(listing, /192\.0\.2\.1 timeout (?:9m|5[34]\d|540)/, listing);
    assert.match(listing, /192\.0\.2\.2(?:[,\s]| timeout 0)/, listing);
    assert.match(
      listing,
      /192\.0\.2\.3 timeout (?:365d|52w1d|21474\d\d)/,
      'clamped to what the kernel takes',
    );
    const longer = { ...bans[0]!, banTimeSec: 3600 };
    bench.enforcer.apply([{ kind: 'prolong', ban: longer, cause: 'repeat' }]);
    await bench.enforcer.idle();
    assert.match(await machine.shell(show), /192\.0\.2\.1 timeout (?:59m|35[34]\d)/);
    assert.deepEqual(bench.enforcer.problems(), new Map());
    await bench.enforcer.stop({ keepBans: false });
  }
});

test('networks that hold each other are held once, and the inner one stays when the outer one goes', async (context) => {
  const bench = await start(context, 'nftables[name=x]', ['nft']);
  if (bench === undefined) return;
  const list = (): Promise<string> => machine.shell('nft list set inet f2b-table-networks addr-set-x');
  await bench.ban('198.51.100.128/25', '198.51.100.0/24', '198.51.100.192/26', '192.0.2.0/24');
  assert.match(await list(), /elements = \{ 192\.0\.2\.0\/24 [^,]*,\s*198\.51\.100\.0\/24 [^,]*\}/);
  await bench.unban('manual', '198.51.100.0/24');
  assert.match(await list(), /198\.51\.100\.128\/25/);
  assert.deepEqual(bench.enforcer.problems(), new Map());
});

test('two ids for one address: it goes with the last of them', async (context) => {
  const bench = await start(context, 'nftables[name=x]', ['nft']);
  if (bench === undefined) return;
  const list = (): Promise<string> => machine.shell('nft list set inet f2b-table addr-set-x');
  const bans = ['alice', 'bob'].map((id) =>
    ban(id, { fields: { ip: '192.0.2.5' }, timeSec: bench.clock.nowSec() }),
  );
  for (const one of bans) bench.book.set(one.id, one);
  bench.enforcer.apply(bans.map((one) => ({ kind: 'ban', ban: one, origin: 'failure' })));
  await bench.enforcer.idle();
  await bench.unban('manual', 'alice');
  assert.match(await list(), /192\.0\.2\.5/);
  await bench.unban('manual', 'bob');
  assert.doesNotMatch(await list(), /192\.0\.2\.5/);
});

test('an id that is no address fails alone', async (context) => {
  const bench = await start(context, 'nftables[name=x]', ['nft']);
  if (bench === undefined) return;
  await bench.ban('192.0.2.1 }; flush ruleset; #', '192.0.2.6');
  assert.match(await machine.shell('nft list set inet f2b-table addr-set-x'), /elements = \{ 192\.0\.2\.6 /);
  assert.equal(bench.outcomes.filter(({ step, ok }) => step === 'ban' && !ok).length, 1);
});

test('above 1,000 bans the chain looks into an ipset, which is said once and survives a restart', async (context) => {
  const bench = await start(context, 'iptables-multiport[name=x, port=22]', ['iptables', 'ipset']);
  if (bench === undefined) return;
  const bans = many(1200);
  await bench.ban(...bans.slice(0, 1000));
  assert.equal((await machine.shell('iptables -S f2b-x')).split('\n').length, 1003);
  await bench.ban(...bans.slice(1000));
  const chain = await machine.shell('iptables -S f2b-x');
  assert.match(
    chain,
    /^-N f2b-x\n-A f2b-x -m set --match-set f2b-x src -j REJECT[^\n]*\n-A f2b-x -j RETURN\n$/,
  );
  const count = async (): Promise<string> => machine.shell('ipset save f2b-x | grep -c ^add');
  assert.equal((await count()).trim(), '1200');
  assert.equal(bench.lines(/more than 1000 bans/).length, 1);
  await bench.enforcer.stop({ keepBans: true });

  const later = await EngineBench.startWith(machine, readSettings('iptables-multiport[name=x, port=22]'));
  await later.restore(...bans.slice(0, 1100));
  later.enforcer.settle();
  await later.enforcer.idle();
  assert.equal((await count()).trim(), '1100');
  await later.enforcer.stop({ keepBans: false });
  assert.equal(await machine.shell('ipset save; iptables -S | grep f2b || true'), '');
});

test('a full set is an alarm, and the jail is degraded', async (context) => {
  for (const text of ['nftables[name=x, maxelem=4]', 'iptables-ipset[name=x, maxelem=4]']) {
    const bench = await start(context, text, ['nft', 'iptables', 'ipset']);
    if (bench === undefined) return;
    // An ipset takes some more, since its buckets are filled up.
    await bench.ban(...many(200));
    assert.equal(bench.lines(/^CRITICAL .* is full/).length, 1, bench.logger.lines.join('\n'));
    assert.match([...bench.enforcer.problems().values()].join(), /is full/);
    await bench.enforcer.stop({ keepBans: false });
  }
});

test('a tool that fails degrades the jail in its own words, and is tried again until it works', async (context) => {
  const bench = await start(context, 'nftables[name=x]', ['nft']);
  if (bench === undefined) return;
  bench.tools.absent.add('nft');
  await bench.ban('192.0.2.1');
  assert.match(
    [...bench.enforcer.problems().values()].join(),
    /Error banning 192\.0\.2\.1: nft is not installed/,
  );
  bench.tools.absent.delete('nft');
  await until('the ban is in force', async () =>
    (await machine.run('nft', ['list', 'ruleset'])).stdout.includes('192.0.2.1'),
  );
  await until('the jail is well', async () => !bench.enforcer.isDegraded);
  assert.equal(bench.lines(/NOTICE .*everything is in force again/).length, 1);
});

test('rules that somebody moved below others are put in front again; new ones in front of them are let be', async (context) => {
  const bench = await start(context, 'iptables-allports[name=x]', ['iptables', 'nft']);
  if (bench === undefined) return;
  await machine.shell('iptables -A INPUT -p tcp --dport 80 -j ACCEPT');
  context.after(() => machine.shell('iptables -F INPUT'));
  await bench.ban('192.0.2.1');
  await until('changes are watched', async () => bench.services.monitor.works);
  await machine.shell('iptables -I INPUT -s 198.51.100.1 -j ACCEPT');
  await machine.shell('iptables -D INPUT -p tcp -j f2b-x; iptables -A INPUT -p tcp -j f2b-x');
  await until(
    'the place is restored',
    async () => bench.lines(/the place of the rule|the rule for f2b-x in INPUT/).length > 0,
  );
  const rules = (await machine.shell('iptables -S INPUT')).trim().split('\n');
  assert.deepEqual(rules.slice(1), [
    '-A INPUT -p tcp -j f2b-x',
    '-A INPUT -s 198.51.100.1/32 -j ACCEPT',
    '-A INPUT -p tcp -m tcp --dport 80 -j ACCEPT',
  ]);
});

test('where Docker runs its chain gets the rules too, and the log says why', async (context) => {
  if (!requireRoot(context) || !requireTool(context, 'unshare', 'iptables')) return;
  await machine.shell('iptables -N DOCKER-USER; iptables -A FORWARD -j DOCKER-USER');
  context.after(() => machine.shell('iptables -F FORWARD; iptables -F DOCKER-USER; iptables -X DOCKER-USER'));
  const bench = await start(context, 'iptables-allports[name=x]', ['iptables']);
  if (bench === undefined) return;
  await bench.ban('192.0.2.1');
  assert.match(await machine.shell('iptables -S DOCKER-USER'), /^-A DOCKER-USER -p tcp -j f2b-x$/m);
  assert.equal(bench.lines(/Docker runs here/).length, 1);
  await bench.enforcer.stop({ keepBans: false });
  assert.doesNotMatch(await machine.shell('iptables -S DOCKER-USER'), /f2b-x/);
});

test('where Docker runs nftables bans say how containers are covered, unless they are', async (context) => {
  if (!requireRoot(context) || !requireTool(context, 'unshare', 'nft')) return;
  await machine.shell('nft "add table ip filter; add chain ip filter DOCKER-USER"');
  context.after(() => machine.shell('nft delete chain ip filter DOCKER-USER'));
  for (const [text, count] of [
    ['nftables[name=x]', 1],
    ['nftables[name=x, chain="INPUT,FORWARD"]', 0],
  ] as const) {
    const bench = await start(context, text, ['nft']);
    if (bench === undefined) return;
    await bench.ban('192.0.2.1');
    await bench.ban('192.0.2.2', '198.51.100.0/24');
    assert.equal(bench.lines(/Docker runs here.*chain = INPUT,FORWARD/).length, count, text);
    await bench.enforcer.stop({ keepBans: false });
  }
});

test('when hits go on the log says once which rule lets them through', async (context) => {
  const bench = await start(context, 'iptables-allports[name=x]', ['iptables']);
  if (bench === undefined) return;
  await bench.ban('192.0.2.1');
  await machine.shell('iptables -I INPUT -m state --state ESTABLISHED -j ACCEPT');
  context.after(() => machine.shell('iptables -F INPUT'));
  for (let hit = 0; hit < 3; hit++) {
    bench.clock.advance(4);
    await bench.recheck('192.0.2.1');
  }
  const told = bench.lines(
    /hits go on from 192\.0\.2\.1 though it is banned: a rule above ours in INPUT lets connections go on that are open/,
  );
  assert.equal(told.length, 1, bench.logger.lines.join('\n'));
});

test('a command that is written by hand takes the engine’s place, and the bans go with it', async (context) => {
  const bench = await start(context, 'nftables[name=x]', ['nft']);
  if (bench === undefined) return;
  await bench.ban('192.0.2.1');
  bench.enforcer.setProperty('nftables', 'actionban', 'own <ip>');
  await until('the command has run', async () => bench.runner.scripts.includes('own 192.0.2.1'));
  assert.doesNotMatch(await machine.shell('nft list ruleset'), /192\.0\.2\.1/);
  assert.equal(bench.lines(/runs as written, since actionban was set by hand/).length, 1);
});

test('routes lead nowhere while a ban lasts', async (context) => {
  const bench = await start(context, 'route[name=x]', ['ip']);
  if (bench === undefined) return;
  const routes = (): Promise<string> =>
    machine.shell('ip route show type blackhole; ip -6 route show type blackhole');
  await bench.ban('192.0.2.1', '2001:db8::1', '198.51.100.0/24');
  for (const address of ['192.0.2.1', '2001:db8::1', '198.51.100.0/24']) {
    assert.ok((await routes()).includes(`blackhole ${address} `), await routes());
  }
  await machine.shell('ip route del blackhole 192.0.2.1');
  await until('the route is back', async () => (await routes()).includes('blackhole 192.0.2.1 '));
  await bench.enforcer.stop({ keepBans: true });
  const later = await EngineBench.startWith(machine, readSettings('route[name=x]'));
  await later.restore('2001:db8::1');
  later.enforcer.settle();
  await later.enforcer.idle();
  assert.match(await routes(), /^blackhole 2001:db8::1 [^\n]*\n$/);
  await later.enforcer.stop({ keepBans: false });
  assert.equal((await routes()).trim(), '');
});
