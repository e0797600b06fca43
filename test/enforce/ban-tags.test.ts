import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../src/base/index.ts';
import { HostNames } from '../../src/enforce/index.ts';
import { item, testAction } from './harness.ts';

/** What a ban command becomes: script and arguments. */
async function banned(
  command: string,
  what = item('192.0.2.1'),
  options: Parameters<typeof testAction>[1] = {},
): Promise<string[]> {
  const { action, runner } = testAction({ actionban: command }, options);
  await action.ban([what]);
  const { script, args } = runner.ran[0]!;
  return [script, ...args];
}

test('the tags of a ban', async () => {
  const what = item('192.0.2.1', { banTimeSec: 3600.7, banCount: 2, failures: 7, matches: ['a'] });
  const tags = '<ip> <family> <fid> <failures> <time> <bantime> <bancount> <matches> <restored>';
  assert.deepEqual(await banned(tags, what), ['192.0.2.1 inet4 192.0.2.1 7 1700000000.0 3600 2 a 0']);
});

test('a time that comes from the database is an integer, as Python prints it', async () => {
  assert.deepEqual(await banned('<time> <restored>', item('192.0.2.1', {}, true)), ['1700000000 1']);
});

test('<ip-rev> is what a lookup in a reverse zone or a block list begins with', async () => {
  assert.deepEqual(await banned('<ip-rev>zone'), ['1.2.0.192.zone']);
  const nibbles = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.';
  assert.deepEqual(await banned('<ip-rev>', item('2001:db8::1')), [nibbles]);
  assert.deepEqual(await banned('[<ip-rev>]', item('someone')), ['[]']);
});

test('an id that is no address has no family', async () => {
  assert.deepEqual(await banned('<fid> <family>', item('someone')), ['someone None']);
});

test('where the filter counts by an id of its own, <ip> is the address that it captured', async () => {
  const what = item('session-1', { fields: { ip: '2001:db8::1', fid: 'session-1' } });
  assert.deepEqual(await banned('<ip> <family> <fid> <F-ID>', what), [
    '2001:db8::1 inet6 session-1 session-1',
  ]);
});

test('captured fields, by either name of a port', async () => {
  const what = item('192.0.2.1', { fields: { user: 'bob', port: '22' } });
  assert.deepEqual(await banned('<F-USER> <F-PORT> <F-FAILURES>[<F-HOST>]', what), ['bob 22 5[]']);
});

test('lines and failures of earlier bans come from the database, of all jails or of this one', async () => {
  const history = {
    merged: (ip: string, jail: string | undefined) => ({
      failures: jail === undefined ? 40 : 20,
      matches: [ip, jail ?? 'all'],
    }),
  };
  assert.deepEqual(
    await banned('<ipfailures> <ipjailfailures> "<ipmatches>" "<ipjailmatches>"', undefined, { history }),
    [
      'f2bV_ipmatches=$0 f2bV_ipjailmatches=$1 \n40 20 "$f2bV_ipmatches" "$f2bV_ipjailmatches"',
      '192.0.2.1\nall',
      '192.0.2.1\nsshd',
    ],
  );
});

test('without a database they are those of the ban', async () => {
  const what = item('192.0.2.1', { matches: ['line'] });
  assert.deepEqual(await banned('<ipfailures> <ipmatches>', what), ['5 line']);
});

test('counts of the jail', async () => {
  const tags = '<jail.banned> <jail.banned_total> <jail.found> <jail.found_total>';
  assert.deepEqual(await banned(tags), ['3 30 5 50']);
});

test('the raw ticket is what Python prints of it', async () => {
  const what = item('192.0.2.1', { matches: ["it's"] });
  assert.deepEqual(await banned('<raw-ticket>', what), [
    'f2bV_raw_ticket=$0 \n$f2bV_raw_ticket',
    'BanTicket: ip=192.0.2.1 time=1700000000.0 bantime=600 bancount=1 #attempts=5 matches=["it\'s"]',
  ]);
});

test('our own names, short and full', async () => {
  assert.deepEqual(await banned('<sh-hostname> <fq-hostname>'), ['here here.example.org']);
});

test('a name of the address is looked up for <ip-host>, and is None where there is none', async () => {
  assert.deepEqual(await banned('<ip-host>'), ['host.example.org']);
  assert.deepEqual(await banned('<ip-host>', item('192.0.2.2')), ['None']);
  assert.deepEqual(await banned('<ip-host>', item('192.0.2.0/24')), ['None']);
});

test('a hostile name is a variable', async () => {
  const names = new HostNames({
    source: { reverse: async () => ['$(id).example.org'], shortName: () => 'x', fullName: async () => 'x' },
  });
  assert.deepEqual(await banned('mail <ip-host>', undefined, { names }), [
    'f2bV_ip_host=$0 \nmail $f2bV_ip_host',
    '$(id).example.org',
  ]);
});

test('a lookup without an answer ends with its time, and only the command that asks for it waits', async () => {
  const clock = new ManualClock();
  let asked = 0;
  const names = new HostNames({
    clock,
    timeoutSec: 5,
    source: {
      reverse: () => {
        asked++;
        return new Promise(() => undefined);
      },
      shortName: () => 'x',
      fullName: () => Promise.reject(new Error('no')),
    },
  });
  assert.deepEqual(await banned('ban <ip>', undefined, { names }), ['ban 192.0.2.1']);
  assert.equal(asked, 0);
  const waiting = banned('mail <ip-host>', undefined, { names });
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(asked, 1);
  clock.advance(5);
  assert.deepEqual(await waiting, ['mail None']);
  assert.deepEqual(await banned('mail <ip-host>', undefined, { names }), ['mail None']);
  assert.equal(asked, 1, 'that there is no answer is remembered for a while');
  assert.equal(await names.fullName(), 'x');
});

test('more lookups than may be under way at once are not made', async () => {
  let asked = 0;
  const names = new HostNames({
    clock: new ManualClock(),
    source: {
      reverse: () => {
        asked++;
        return new Promise(() => undefined);
      },
      shortName: () => 'x',
      fullName: async () => 'x',
    },
  });
  const lookups = Array.from({ length: 20 }, (_, index) => names.hostOf(`192.0.2.${index}`));
  assert.equal(await Promise.race(lookups), undefined);
  assert.equal(asked, 8);
});

test('a command for no ban knows the time, the family and nobody', async () => {
  const { action, runner, clock } = testAction({
    actionstart: 'start <family>|<time>|<ip>|<failures>|<F-USER>|<ip-host>|<bantime>|<jail.banned>',
    'x?family=inet6': '',
    actionstart_on_demand: false,
  });
  clock.set(1_700_000_123);
  await action.start();
  assert.deepEqual(runner.scripts, [
    'start inet4|1700000123.0||0||None|600|3',
    'start inet6|1700000123.0||0||None|600|3',
  ]);
});

test('actioncheck knows the family only', async () => {
  const { action, runner } = testAction({
    actioncheck: 'check <family> <ip>',
    actionban: 'ban',
    'x?family=inet6': '',
  });
  await action.ban([item('192.0.2.1')]);
  await action.check(true);
  assert.equal(runner.scripts.at(-1), 'check inet4 <ip>');
});
