import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { item } from '../harness.ts';
import { hostileTexts, type NoticeBench, noticeBench } from './harness.ts';

/** A program that keeps its arguments, its input and some of its environment. */
const keep =
  'file=$(mktemp "$FOLDER/run.XXXXXX")\n{ for a in "$@"; do printf "ARG %s\\0" "$a"; done; printf "INPUT "; cat; printf "\\0"; env -0 | grep -z ^WARDER_ || :; } >"$file"';

function runs(bench: NoticeBench): string[][] {
  return readdirSync(bench.folder)
    .filter((name) => name.startsWith('run.'))
    .map((name) => readFileSync(join(bench.folder, name), 'utf8').split('\0'));
}

test('exec runs a program with arguments and an environment, and no shell', async (t) => {
  rmSync('/tmp/warder-pwned', { force: true });
  const settings = `exec[name=sshd, ban='["tell", "--user=<F-USER>", "<ip>", "<F-USER>", "a b $HOME"]', input="<matches>"]`;
  const bench = noticeBench(t, settings, { programs: { tell: keep } });
  for (const user of hostileTexts) {
    for (const old of readdirSync(bench.folder).filter((name) => name.startsWith('run.')))
      rmSync(join(bench.folder, old));
    await bench.action.ban([item('2001:db8::1', { matches: [user], fields: { user } })]);
    await bench.notifier.idle();
    const [run = []] = runs(bench);
    const args = run.filter((part) => part.startsWith('ARG ')).map((part) => part.slice(4));
    assert.equal(args.length, 4, user.slice(0, 50));
    assert.ok(args[0]?.startsWith('--user='));
    assert.deepEqual([args[1], args[3]], ['2001:db8::1', 'a b $HOME']);
    assert.ok(!args[2]?.startsWith('-'), 'no value can be an option');
    assert.ok(
      run.includes('WARDER_IP=2001:db8::1') &&
        run.includes('WARDER_STEP=ban') &&
        run.includes('WARDER_JAIL=sshd'),
    );
    assert.ok(run.join('').length < 400_000);
  }
  assert.deepEqual(
    bench.late.filter(({ ok }) => !ok).map(({ error }) => error),
    [],
  );
  assert.ok(!existsSync('/tmp/warder-pwned'), 'something ran');
});

test('exec takes its arguments in lines as well, and runs for unbans only where it is told to', async (t) => {
  const bench = noticeBench(t, 'exec[name=x, ban="tell\n  two words \n  <ip>", run_unban=yes]', {
    programs: { tell: keep },
  });
  await bench.action.ban([item('192.0.2.1')]);
  await bench.action.unban([item('192.0.2.1')]);
  await bench.notifier.idle();
  const steps = runs(bench).map((run) => [
    run.filter((part) => part.startsWith('ARG ')),
    run.find((part) => part.startsWith('WARDER_STEP=')),
  ]);
  assert.deepEqual(new Set(steps.map(([, step]) => step)), new Set(['WARDER_STEP=ban', 'WARDER_STEP=unban']));
  for (const [args] of steps) assert.deepEqual(args, ['ARG two words', 'ARG 192.0.2.1']);
  const quiet = noticeBench(t, 'exec[name=x, ban=tell]', { programs: { tell: keep } });
  await quiet.action.ban([item('192.0.2.1')]);
  await quiet.action.unban([item('192.0.2.1')]);
  await quiet.notifier.idle();
  assert.equal(runs(quiet).length, 1);
});

test('exec says what is wrong with its program, and runs it once', async (t) => {
  for (const [ban, words] of [
    ['/no/such/program', /ENOENT/],
    ["'[1, 2]'", /no JSON array/],
    ['', /no argv/],
    ['fails', /exit code 3|went wrong/],
  ] as const) {
    const bench = noticeBench(t, `exec[name=x, ban=${ban}]`, {
      programs: { fails: 'echo run >>"$FOLDER/count"; echo went wrong >&2; exit 3' },
    });
    await bench.action.ban([item('192.0.2.1')]);
    await bench.notifier.idle();
    assert.match(bench.late[0]?.error ?? '', words);
    if (ban === 'fails') assert.equal(readFileSync(join(bench.folder, 'count'), 'utf8'), 'run\n');
  }
});

test('nsupdate is told of the reversed address, for IPv4 and IPv6', async (t) => {
  const bench = noticeBench(
    t,
    'nsupdate[domain=bl.example.org, keyfile=/etc/key, nsupdatecmd=nsupdate, rdata="no; way"]',
    {
      programs: { nsupdate: keep },
    },
  );
  await bench.action.ban([item('192.0.2.1')]);
  await bench.action.unban([item('192.0.2.1')]);
  await bench.action.ban([item('2001:db8::1')]);
  await bench.notifier.idle();
  const told = runs(bench).map((run) => run.find((part) => part.startsWith('INPUT ')) ?? '');
  assert.ok(told.some((text) => text.includes('update add 1.2.0.192.bl.example.org 60 IN TXT "no; way"')));
  assert.ok(told.some((text) => text === 'INPUT update delete 1.2.0.192.bl.example.org TXT\nsend\n'));
  assert.ok(told.some((text) => /update add 1\.(?:0\.)+8\.b\.d\.0\.1\.0\.0\.2\.bl\.example\.org/.test(text)));
  for (const run of runs(bench)) assert.ok(run.includes('ARG -k') && run.includes('ARG /etc/key'));
});

test('mikrotik talks to the router in the list of the address’s family, and refuses what is no address', async (t) => {
  const bench = noticeBench(t, 'mikrotik[name=sshd, host=router.example.org, retries=0]', {
    programs: { ssh: keep },
  });
  await bench.action.ban([item('192.0.2.1'), item('2001:db8::1')]);
  await bench.action.unban([item('192.0.2.1')]);
  for (const id of hostileTexts.slice(0, -1)) await bench.action.ban([item(id)]);
  await bench.notifier.idle();
  const told = runs(bench).map((run) => run.findLast((part) => part.startsWith('ARG ')) ?? '');
  assert.equal(told.length, 3, told.join('\n'));
  assert.ok(
    told.some((text) =>
      text.includes(
        '/ip firewall address-list add list=fail2ban address="192.0.2.1" comment="f2b-sshd-192.0.2.1"',
      ),
    ),
  );
  assert.ok(
    told.some((text) => text.includes('/ipv6 firewall address-list add list=fail2ban address="2001:db8::1"')),
  );
  assert.ok(
    told.some((text) =>
      text.includes('/ip firewall address-list remove [find list=fail2ban comment="f2b-sshd-192.0.2.1"]'),
    ),
  );
});

test('apprise gets title and text', async (t) => {
  const bench = noticeBench(t, 'apprise[name=sshd, config=/etc/a.conf]', { programs: { apprise: keep } });
  await bench.action.start();
  await bench.action.ban([item('192.0.2.1')]);
  await bench.action.stop();
  await bench.notifier.idle();
  const all = runs(bench).map((run) => run.join(' '));
  assert.equal(all.length, 3);
  assert.ok(
    all.some((text) =>
      text.includes(
        'ARG -c ARG /etc/a.conf ARG -n ARG warning ARG -t ARG [Fail2Ban] sshd: banned 192.0.2.1 from here INPUT 192.0.2.1 was banned',
      ),
    ),
  );
});
