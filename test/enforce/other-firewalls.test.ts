import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { item } from './harness.ts';
import { type Played, played } from './played.ts';

// Firewalls that are not installed here are played by programs that note how they are called.

async function cycle({ action, logger, take }: Played, ids: readonly string[]): Promise<string[][]> {
  await action.start();
  for (const outcome of await action.ban(ids.map((id) => item(id)))) {
    assert.ok(outcome.ok, `${outcome.error}\n${logger.lines.join('\n')}`);
  }
  const banned = take();
  for (const outcome of await action.unban(ids.map((id) => item(id)))) {
    assert.ok(outcome.ok, `${outcome.error}\n${logger.lines.join('\n')}`);
  }
  const unbanned = take();
  assert.ok((await action.stop()).ok, logger.lines.join('\n'));
  return [banned, unbanned, take()];
}

const both = ['192.0.2.1', '2001:db8::1'];
const bans = (calls: readonly string[] = []): string[] =>
  calls.filter((call) => /192\.0\.2\.1|2001:db8::1/.test(call));

/** For each action: the program, and how it is called for a ban and an unban of each family. */
const simple: Readonly<
  Record<string, readonly [tool: string, bans: readonly string[], unbans: readonly string[]]>
> = {
  apf: [
    'apf',
    ['apf --deny 192.0.2.1 banned by Fail2Ban x', 'apf --deny 2001:db8::1 banned by Fail2Ban x'],
    ['apf --remove 192.0.2.1', 'apf --remove 2001:db8::1'],
  ],
  npf: [
    'npfctl',
    ['npfctl table fail2ban add 192.0.2.1', 'npfctl table fail2ban add 2001:db8::1'],
    ['npfctl table fail2ban rem 192.0.2.1', 'npfctl table fail2ban rem 2001:db8::1'],
  ],
  'osx-afctl': [
    'afctl',
    ['afctl -a 192.0.2.1 -t 10', 'afctl -a 2001:db8::1 -t 10'],
    ['afctl -r 192.0.2.1', 'afctl -r 2001:db8::1'],
  ],
  ufw: [
    'ufw',
    [
      'ufw prepend reject from 192.0.2.1 to any comment by Fail2Ban after 5 attempts against x',
      'ufw prepend reject from 2001:db8::1 to any comment by Fail2Ban after 5 attempts against x',
    ],
    ['ufw delete reject from 192.0.2.1 to any', 'ufw delete reject from 2001:db8::1 to any'],
  ],
  'bsd-ipfw': [
    'ipfw',
    ['ipfw table 1 add 192.0.2.1', 'ipfw table 1 add 2001:db8::1'],
    ['ipfw table 1 delete 192.0.2.1', 'ipfw table 1 delete 2001:db8::1'],
  ],
  pf: [
    'pfctl',
    ['pfctl -a f2b/x -t f2b-x -T add 192.0.2.1', 'pfctl -a f2b/x -t f2b-x -T add 2001:db8::1'],
    ['pfctl -a f2b/x -t f2b-x -T delete 192.0.2.1', 'pfctl -a f2b/x -t f2b-x -T delete 2001:db8::1'],
  ],
  'shorewall-ipset-proto6': [
    'ipset',
    ['ipset -exist add f2b-x 192.0.2.1 timeout 0', 'ipset -exist add f2b-x 2001:db8::1 timeout 0'],
    ['ipset -exist del f2b-x 192.0.2.1', 'ipset -exist del f2b-x 2001:db8::1'],
  ],
};

for (const [name, [tool, banned, unbanned]] of Object.entries(simple)) {
  test(`${name} calls ${tool} for bans and unbans of both families`, async (t) => {
    const state = mkdtempSync(join(tmpdir(), 'warder-state-'));
    t.after(() => rmSync(state, { recursive: true, force: true }));
    const bench = played(t, `${name}[name=x, port=22, startstatefile="${state}/started"]`, { [tool]: '' });
    const [first, second] = await cycle(bench, both);
    assert.deepEqual(bans(first), banned);
    assert.deepEqual(bans(second), unbanned);
  });
}

test('shorewall calls the program of each family', async (t) => {
  const bench = played(t, 'shorewall[name=x]', { shorewall: '', shorewall6: '' });
  const [banned, unbanned] = await cycle(bench, both);
  assert.deepEqual(banned, ['shorewall reject 192.0.2.1', 'shorewall6 reject 2001:db8::1']);
  assert.deepEqual(unbanned, ['shorewall allow 192.0.2.1', 'shorewall6 allow 2001:db8::1']);
});

test('ipfilter passes a rule of each family to ipf', async (t) => {
  const bench = played(t, 'ipfilter[name=x]', {
    ipf: 'case "$*" in *-f*) sed "s/^/rule: /" >>"$(dirname "$0")/calls";; esac',
  });
  const [banned, unbanned] = await cycle(bench, both);
  assert.deepEqual(
    banned?.filter((call) => call !== 'ipf -E'),
    [
      'ipf -f -',
      'rule: block return-icmp(port-unr) in quick from 192.0.2.1/32',
      'ipf -6 -f -',
      'rule: block return-icmp-as-dest(port-unr) in quick from 2001:db8::1/128',
    ],
  );
  assert.deepEqual(
    unbanned?.filter((call) => call.startsWith('ipf')),
    ['ipf -r -f -', 'ipf -6 -r -f -'],
  );
});

test('ipfw and osx-ipfw delete the rules of the very address', async (t) => {
  const rules = [
    'cat <<END',
    '00100 unreach port tcp from 192.0.2.1 to 127.0.0.1 dst-port 22',
    '00200 unreach port tcp from 192.0.2.10 to 127.0.0.1 dst-port 22',
    '00300 set 10 unreach port log tcp from 192.0.2.1 to me dst-port 22',
    '00400 set 11 unreach port log tcp from 192.0.2.1 to me dst-port 22',
    'END',
  ].join('\n');
  for (const [name, removed] of [
    ['ipfw', 'ipfw delete 00100 00300 00400'],
    ['osx-ipfw', 'ipfw delete 00300'],
  ] as const) {
    const bench = played(t, `${name}[name=x]`, {
      ipfw: `case "$*" in list|'-S list') ${rules}\nesac`.replace('cat <<END', "cat <<'END'"),
    });
    const [banned, unbanned] = await cycle(bench, ['192.0.2.1']);
    assert.match(
      banned?.at(-1) ?? '',
      /^ipfw add .*unreach port .*tcp from 192\.0\.2\.1 to (?:127\.0\.0\.1|me) ssh$/,
    );
    assert.equal(unbanned?.[0], name === 'ipfw' ? 'ipfw list' : 'ipfw -S list');
    assert.equal(unbanned?.at(-1), removed);
  }
});

test('the firewalld actions make rules of each family, and take them away again', async (t) => {
  for (const name of ['firewallcmd-allports', 'firewallcmd-multiport', 'firewallcmd-new']) {
    const bench = played(t, `${name}[name=x, port="22,80"]`, { 'firewall-cmd': '' });
    const [banned = [], unbanned, stopped = []] = await cycle(bench, both);
    const rules = banned.filter((call) => call.includes(' -s '));
    assert.deepEqual(rules, [
      'firewall-cmd --direct --add-rule ipv4 filter f2b-x 0 -s 192.0.2.1 -j REJECT --reject-with icmp-port-unreachable',
      'firewall-cmd --direct --add-rule ipv6 filter f2b-x 0 -s 2001:db8::1 -j REJECT --reject-with icmp6-port-unreachable',
    ]);
    assert.deepEqual(
      unbanned,
      rules.map((call) => call.replace('--add-rule', '--remove-rule')),
    );
    for (const family of ['ipv4', 'ipv6']) {
      assert.ok(banned.includes(`firewall-cmd --direct --add-chain ${family} filter f2b-x`));
      assert.ok(stopped.includes(`firewall-cmd --direct --remove-chain ${family} filter f2b-x`));
      const jump = banned.find((call) => call.includes(`${family} filter INPUT_direct 0`)) ?? '';
      assert.ok(stopped.includes(jump.replace('--add-rule', '--remove-rule')), jump);
    }
  }
});

test('firewallcmd-ipset and the rich rules do as they are told', async (t) => {
  const set = played(t, 'firewallcmd-ipset[name=x, port=22]', { 'firewall-cmd': '', ipset: '' });
  const [banned = []] = await cycle(set, both);
  assert.ok(banned.includes('ipset -exist create f2b-x6 hash:ip timeout 0 family inet6'));
  assert.deepEqual(bans(banned), [
    'ipset -exist add f2b-x 192.0.2.1 timeout 0',
    'ipset -exist add f2b-x6 2001:db8::1 timeout 0',
  ]);
  const kept = played(t, 'firewallcmd-ipset[name=x, ipsettype=firewalld, actiontype=<allports>]', {
    'firewall-cmd': '',
  });
  const [keptBans = []] = await cycle(kept, ['2001:db8::1']);
  assert.deepEqual(bans(keptBans), ['firewall-cmd --ipset=f2b-x6 --add-entry=2001:db8::1']);
  const timed = played(t, 'firewallcmd-ipset[name=x, ipsettime=<timeout-bantime>]', {
    'firewall-cmd': '',
    ipset: '',
  });
  const [timedBans = []] = await cycle(timed, ['192.0.2.1']);
  assert.deepEqual(bans(timedBans), ['ipset -exist add f2b-x 192.0.2.1 timeout 600']);
  const rich = played(t, 'firewallcmd-rich-logging[name=x, port="22,80"]', { 'firewall-cmd': '' });
  const [richBans = [], richUnbans] = await cycle(rich, ['192.0.2.1']);
  assert.deepEqual(
    richBans,
    ['22', '80'].map(
      (port) =>
        `firewall-cmd --add-rich-rule=rule family='ipv4' source address='192.0.2.1' port port='${port}' protocol='tcp' log prefix='f2b-x' level='info' limit value='1/m' reject type='icmp-port-unreachable'`,
    ),
  );
  assert.deepEqual(
    richUnbans,
    richBans.map((call) => call.replace('--add-', '--remove-')),
  );
});

test('no firewall is told of an id that is no address', async (t) => {
  const tools = [
    'apf',
    'npfctl',
    'afctl',
    'ufw',
    'ipfw',
    'pfctl',
    'ipset',
    'shorewall',
    'shorewall6',
    'ipf',
    'firewall-cmd',
    'ip',
    'iptables',
    'ip6tables',
  ];
  const silent = Object.fromEntries(tools.map((name) => [name, '']));
  const actions = [
    ...Object.keys(simple),
    'shorewall',
    'ipfilter',
    'ipfw',
    'osx-ipfw',
    'route',
    'firewallcmd-allports',
    'firewallcmd-ipset',
    'firewallcmd-rich-rules',
    'symbiosis-blacklist-allports',
    'iptables-xt_recent-echo',
  ];
  for (const name of actions) {
    const bench = played(t, `${name}[name=x, startstatefile=/dev/null, actionstart=""]`, silent);
    for (const id of [
      'root',
      '$(touch /tmp/warder-pwned)',
      "'; touch /tmp/warder-pwned; '",
      'a\nb',
      '-x',
      '../x',
    ]) {
      const [outcome] = await bench.action.ban([item(id)]);
      assert.equal(outcome?.ok, false, `${name} ${id}`);
    }
    const told = bench.take().filter((call) => /touch|root| -x(?: |$)|\.\.\/x/.test(call));
    assert.deepEqual(told, [], name);
  }
  assert.ok(!existsSync('/tmp/warder-pwned'));
});

test('nginx-block-map keeps a line for each id, lets nginx read it, and takes no id that nginx could misread', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'warder-nginx-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'run'));
  const map = join(folder, 'banned.map');
  const bench = played(
    t,
    `nginx-block-map[name=x, blck_lst_file="${map}", srv_pid="${folder}/run/nginx.pid"]`,
    { nginx: '' },
  );
  assert.ok((await bench.action.start()).ok);
  await bench.action.ban([item('abc-123'), item('default'), item('a.c')]);
  assert.deepEqual(bench.take(), [], 'nginx does not run');
  writeFileSync(join(folder, 'run/nginx.pid'), '1');
  for (const id of ['x;}', 'a b', 'x"', "'", '$x', 'a\nb 1;', '\\']) {
    const [outcome] = await bench.action.ban([item(id)]);
    assert.equal(outcome?.ok, false, id);
  }
  await bench.action.unban([item('a.c')]);
  assert.equal(readFileSync(map, 'utf8'), '\\abc-123 1;\n\\default 1;\n');
  assert.deepEqual(bench.take(), ['nginx -qt', 'nginx -s reload']);
  await bench.action.flush();
  assert.equal(readFileSync(map, 'utf8'), '');
});
