import assert from 'node:assert/strict';
import { after, before, type TestContext, test } from 'node:test';
import { TestMachine, until } from '../../support/netns.ts';
import { findTool, requireRoot, requireTool } from '../../support/tools.ts';
import { EngineBench, readSettings } from './engine-bench.ts';

// Firewalls that manage the kernel's rules themselves: ufw and firewalld, the real programs in machines of their own.

let ufw: TestMachine;
let firewalld: TestMachine;
before(async () => {
  if (process.getuid?.() !== 0 || findTool('unshare') === undefined) return;
  if (findTool('ufw') !== undefined) {
    ufw = await TestMachine.start('ufw');
    await ufw.shell('ufw --force enable && ufw allow 22/tcp');
  }
  if (findTool('firewall-cmd') !== undefined && findTool('dbus-daemon') !== undefined) {
    firewalld = await TestMachine.start('firewalld');
    await startFirewalld(firewalld);
  }
});
after(() => Promise.all([ufw?.stop(), firewalld?.stop()]));

async function startFirewalld(machine: TestMachine): Promise<void> {
  await machine.shell('mkdir -p /run/dbus && dbus-daemon --system --fork --nopidfile');
  machine.spawn('firewalld', ['--nofork', '--nopid'], { stdio: 'ignore' });
  await until(
    'firewalld runs',
    async () => (await machine.run('firewall-cmd', ['--state'])).stdout === 'running\n',
  );
}

async function start(context: TestContext, machine: TestMachine, text: string): Promise<EngineBench> {
  const bench = await EngineBench.startWith(machine, readSettings(text));
  context.after(() => bench.enforcer.stop({ keepBans: false }));
  return bench;
}

const both = ['192.0.2.1', '2001:db8::1'];

test('ufw: rules of both families in front, kept over a restart, brought back, and gone in the end', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'ufw')) return;
  const text = 'ufw[name=x, blocktype=deny]';
  const rules = (): Promise<string> =>
    ufw.shell('ufw show added; iptables -S ufw-user-input; ip6tables -S ufw6-user-input');
  const clean = await rules();
  const bench = await start(t, ufw, text);
  assert.match(bench.lines(/served by the ufw engine/)[0] ?? '', /^INFO/);
  await bench.ban(...both, '198.51.100.0/24');
  const banned = await rules();
  for (const address of [...both, '198.51.100.0/24']) {
    assert.ok(
      banned.includes(`ufw deny from ${address} comment 'by Fail2Ban after 5 attempts against x'`),
      banned,
    );
    const inKernel = new RegExp(`-A ufw6?-user-input -s ${address.replaceAll('.', '\\.')}(?:/\\d+)? -j DROP`);
    assert.match(banned, inKernel);
  }
  assert.match(banned, /-s 192\.0\.2\.1\/32 -j DROP\n(?:.*\n)*.*--dport 22 -j ACCEPT/, 'in front');

  // A daemon that was killed finds them again, and keeps what is still banned without a gap.
  await bench.enforcer.stop({ keepBans: true });
  await ufw.shell("ufw prepend deny from 192.0.2.99 comment 'by Fail2Ban after 3 attempts against other'");
  const later = await start(t, ufw, text);
  await later.restore('192.0.2.1', '198.51.100.0/24');
  later.enforcer.settle();
  await later.enforcer.idle();
  const restored = await rules();
  assert.match(restored, /from 192\.0\.2\.1 /);
  assert.doesNotMatch(restored, /2001:db8::1/);
  assert.match(restored, /from 192\.0\.2\.99 /, 'that of another jail stays');

  for (const breaking of [
    'ufw delete deny from 192.0.2.1',
    'iptables -F ufw-user-input',
    'iptables -F; iptables -X',
  ]) {
    later.logger.lines.length = 0;
    await ufw.shell(`${breaking}; true`);
    await until(
      `everything is back after ${breaking}`,
      async () => later.lines(/somebody else took away .*; everything is back/).length > 0,
      { explain: async () => later.logger.lines.join('\n') + JSON.stringify(later.tools.ran.slice(-30)) },
    );
    const back = await rules();
    assert.equal(back.match(/-s 192\.0\.2\.1\/32 -j DROP/g)?.length, 1, back);
    assert.equal(back.match(/from 192\.0\.2\.1 /g)?.length, 1, back);
  }
  assert.deepEqual(later.enforcer.problems(), new Map());
  await later.enforcer.stop({ keepBans: false });
  await ufw.shell('ufw delete deny from 192.0.2.99');
  assert.equal(await rules(), clean);
});

test('ufw that is not active degrades the jail, which is well once it is', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'ufw')) return;
  const bench = await start(t, ufw, 'ufw[name=idle, destination="198.51.100.1", kill-mode=ss]');
  await ufw.shell('ufw disable');
  await bench.ban('192.0.2.5');
  assert.match([...bench.enforcer.problems().values()].join(), /ufw is not active.*ufw enable/);
  await ufw.shell('ufw --force enable');
  await until('the jail is well', async () => !bench.enforcer.isDegraded);
  assert.match(
    await ufw.shell('iptables -S ufw-user-input'),
    /-A ufw-user-input -s 192\.0\.2\.5\/32 -d 198\.51\.100\.1\/32 -j REJECT/,
  );
});

const chains = 'iptables -S; ip6tables -S';
const direct = [
  {
    text: 'firewallcmd-multiport[name=x, port="22,80"]',
    jump: /^-A INPUT -p tcp -m conntrack --ctstate NEW -m multiport --dports 22,80 -j f2b-x$/gm,
    ban: /^-A f2b-x -s (?:192\.0\.2\.1\/32|2001:db8::1\/128) -j REJECT --reject-with icmp6?-port-unreachable$/gm,
    show: chains,
  },
  {
    text: 'firewallcmd-allports[name=x]',
    jump: /^-A INPUT -j f2b-x$/gm,
    ban: /^-A f2b-x -s (?:192\.0\.2\.1\/32|2001:db8::1\/128) -j REJECT --reject-with icmp6?-port-unreachable$/gm,
    show: chains,
  },
  {
    text: 'firewallcmd-ipset[name=x, port="22,80", bantime=600]',
    jump: /^-A INPUT -p tcp -m multiport --dports 22,80 -m set --match-set f2b-x6? src -j REJECT/gm,
    ban: /^add f2b-x6? (?:192\.0\.2\.1|2001:db8::1) timeout \d+$/gm,
    show: `${chains}; ipset save`,
  },
];

for (const { text, jump, ban, show } of direct) {
  test(`${text}: beside a real firewalld, and back after it reloads`, async (t) => {
    if (!requireRoot(t) || !requireTool(t, 'unshare', 'firewall-cmd', 'dbus-daemon', 'iptables', 'ipset'))
      return;
    const look = (): Promise<string> => firewalld.shell(show);
    const clean = await look();
    const bench = await start(t, firewalld, text);
    assert.match(bench.lines(/served by the firewalld[a-z-]* engine/)[0] ?? '', /^INFO/);
    await bench.ban(...both);
    const standsOnce = async (): Promise<void> => {
      const listing = await look();
      assert.equal(listing.match(jump)?.length, 2, listing);
      assert.equal(listing.match(ban)?.length, 2, listing);
    };
    await standsOnce();
    for (const breaking of ['firewall-cmd --reload', 'iptables -F; iptables -X; true']) {
      await firewalld.shell(breaking);
      await until('all is back', async () => {
        const listing = await look();
        return listing.match(jump)?.length === 2 && listing.match(ban)?.length === 2;
      });
      await standsOnce();
    }
    await bench.unban('manual', ...both);
    assert.equal((await look()).match(ban), null);
    assert.deepEqual(bench.enforcer.problems(), new Map());
    await bench.enforcer.stop({ keepBans: false });
    assert.equal(await look(), clean);
  });
}

test('rich rules: one for each address and port, in bulk, brought back after a reload, and gone in the end', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'firewall-cmd', 'dbus-daemon', 'nft')) return;
  const list = (): Promise<string> => firewalld.shell('firewall-cmd --list-rich-rules');
  const bench = await start(t, firewalld, 'firewallcmd-rich-logging[name=x, port="22,8000:8010"]');
  assert.match(bench.lines(/served by the firewalld-rules engine/)[0] ?? '', /^INFO/);
  bench.tools.ran.length = 0;
  await bench.ban(...both, '198.51.100.0/24');
  const calls = bench.tools.ran.filter(({ args }) => args[0]?.startsWith('--add-rich-rule'));
  assert.deepEqual([calls.length, calls[0]?.args.length], [1, 6]);
  const rules = await list();
  assert.equal(rules.trim().split('\n').length, 6, rules);
  assert.ok(
    rules.includes(
      'rule family="ipv6" source address="2001:db8::1" port port="8000-8010" protocol="tcp" log prefix="f2b-x" level="info" limit value="1/m" reject type="icmp6-port-unreachable"',
    ),
    rules,
  );
  const inKernel = await firewalld.shell('nft list table inet firewalld');
  assert.match(inKernel, /ip saddr 192\.0\.2\.1 tcp dport 22 .*reject/);
  await until('changes are watched', async () => bench.services.monitor.works);
  await firewalld.shell('firewall-cmd --reload');
  await until(
    'they are back',
    async () => bench.lines(/somebody else took away .*; everything is back/).length > 0,
  );
  assert.equal((await list()).trim().split('\n').length, 6);
  bench.logger.lines.length = 0;
  await firewalld.shell('nft delete table inet firewalld');
  await until(
    'they are back after somebody deleted the table',
    async () => bench.lines(/somebody else took away firewalld's table.*; everything is back/).length > 0,
    { explain: async () => bench.logger.lines.join('\n') },
  );
  assert.match(await firewalld.shell('nft list table inet firewalld'), /saddr 192\.0\.2\.1 tcp dport 22 /);

  // What it is still at comes to its end.
  bench.clock.advance(4);
  await bench.recheck('192.0.2.1');

  // One that an earlier run left and that is banned no more.
  await bench.enforcer.stop({ keepBans: true });
  const later = await start(t, firewalld, 'firewallcmd-rich-logging[name=x, port="22,8000:8010"]');
  await later.restore('192.0.2.1');
  later.enforcer.settle();
  await later.enforcer.idle();
  assert.equal((await list()).trim().split('\n').length, 2, await list());
  await later.enforcer.stop({ keepBans: false });
  assert.equal((await list()).trim(), '');
});

test('a firewalld that refuses says why, and the jail is degraded', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'firewall-cmd', 'dbus-daemon')) return;
  const bench = await start(
    t,
    firewalld,
    'firewallcmd-rich-rules[name=x, port="22", rich-blocktype="reject type=\'nonsense\'"]',
  );
  await bench.ban('192.0.2.1', '192.0.2.2');
  assert.match([...bench.enforcer.problems().values()].join(), /nonsense|INVALID/);
});
