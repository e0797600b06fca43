import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { TestMachine, until } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot, requireTool } from '../support/tools.ts';

// A network that is banned shuts out every address of it in the kernel, the ban of an address in it goes on beside, and
// nobody's own network or gateway is banned by what a log says.

const server = { 4: '198.51.100.1', 6: '2001:db8:99::1' } as const;
const attackers = ['203.0.113.7', '203.0.113.8', '203.0.113.200', '203.0.112.9'];
const attackers6 = ['2001:db8:1::7', '2001:db8:1::8', '2001:db8:1::ffff', '2001:db8:2::9'];

for (const [action, tools] of [
  ['nftables-allports', ['nft']],
  ['iptables-allports', ['iptables', 'ip6tables']],
  ['iptables-ipset[type=allports]', ['iptables', 'ip6tables', 'ipset']],
] as const) {
  test(`${action}: a banned network shuts its addresses out, and lets them in again`, async (context) => {
    if (!requireRoot(context) || !requireTool(context, 'unshare', 'ip', ...tools)) return;
    const { machine, guard, reaches } = await stage(context, action);
    const fail = (...ips: readonly string[]): Promise<string> =>
      machine.shell(
        ips.map((ip) => `echo "$(date '+%F %T') bad login from ${ip}" >> /var/log/app.log`).join('\n'),
      );
    const stands = (expected: Readonly<Record<string, boolean>>): Promise<true> =>
      until(
        `who gets in: ${JSON.stringify(expected)}`,
        async () => {
          const answers = await reaches(Object.keys(expected));
          return Object.entries(expected).every(([ip, isIn]) => answers.includes(ip) === isIn);
        },
        {
          explain: async () =>
            `${await guard.log()}\n${await machine.shell('nft list ruleset; iptables-save')}`,
        },
      );
    const all = [...attackers, ...attackers6];
    await stands(Object.fromEntries(all.map((ip) => [ip, true])));

    // IPv6 counts by network; IPv4 escalates in a jail of its own.
    await fail('203.0.113.7', '2001:db8:1::7');
    await stands({ '203.0.113.7': false, '203.0.113.200': true, '2001:db8:1::7': true });
    await fail('203.0.113.8', '2001:db8:1::8');
    await stands({
      ...Object.fromEntries(all.map((ip) => [ip, false])),
      ...{ '203.0.112.9': true, '2001:db8:2::9': true },
    });
    assert.deepEqual(await guard.bannedIn('four'), ['203.0.113.0/24', '203.0.113.7', '203.0.113.8']);
    assert.deepEqual(await guard.bannedIn('six'), ['2001:db8:1::/64']);

    assert.equal(await guard.ask('unban', '203.0.113.200'), '1');
    assert.equal(await guard.ask('unban', '2001:db8:1::7'), '1');
    await stands({ '203.0.113.200': true, '203.0.113.7': false, '2001:db8:1::ffff': true });

    // Its own network, and that of its gateway.
    const own = ['192.0.2.10', '192.0.2.9', '198.51.100.3', '198.51.100.4'];
    await fail(...own);
    const alone = [...own, '203.0.113.7', '203.0.113.8'].sort().join();
    await guard.until('each alone', async () => (await guard.bannedIn('four')).join() === alone);
    assert.match(await guard.log(), /Net 192\.0\.2\.0\/24 is bad: 2 addresses banned, but holds/);
    await guard.stop();
    await stands({ '203.0.113.7': true });
  });
}

async function stage(context: TestContext, action: string) {
  const [machine, outside] = await Promise.all([TestMachine.start('guarded'), TestMachine.start('outside')]);
  context.after(() => Promise.all([machine.stop(), outside.stop()]));
  await TestMachine.connect(machine, [`${server[4]}/24`, `${server[6]}/64`], outside, [
    '198.51.100.2/24',
    '2001:db8:99::2/64',
    ...attackers.map((ip) => `${ip}/32`),
    ...attackers6.map((ip) => `${ip}/128`),
  ]);
  // The gateway lies in a network that is not the machine's own.
  await machine.shell(`
    ip route add 192.0.2.1 dev eth0
    ip route add default via 192.0.2.1 dev eth0
    ip route add 203.0.112.0/23 dev eth0
    ip route add 2001:db8:1::/64 dev eth0 && ip route add 2001:db8:2::/64 dev eth0
    rm -rf /etc/fail2ban && mkdir -p /etc/fail2ban/filter.d && : > /var/log/app.log
    echo $'[Definition]\\nfailregex = ^\\\\s*bad login from <HOST>$' > /etc/fail2ban/filter.d/app.conf
    echo $'[Definition]\\nfailregex = ^\\\\s*bad login from <IP6>$' > /etc/fail2ban/filter.d/app6.conf
    cat > /etc/fail2ban/jail.local <<'END'
[DEFAULT]
logpath = /var/log/app.log
bantime = 1h
action = ${action.includes('[') ? action.replace(']', ', name=%(__name__)s]') : `${action}[name=%(__name__)s]`}
[sshd]
enabled = false
[four]
enabled = true
filter = app
maxretry = 1
banprefix.escalate = 2
ignoreip = 2001:db8::/32
[six]
enabled = true
filter = app6
maxretry = 2
banprefix6 = 64
END`);
  const guard = new TestGuard(machine, 'warder');
  await guard.start('four', 'six');
  const listener = machine.spawn(process.execPath, ['-e', listen], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(listener.stdout!, 'data');
  const reaches = async (ips: readonly string[]): Promise<readonly string[]> =>
    JSON.parse(await outside.must(process.execPath, ['-e', connect, ...ips])) as string[];
  return { machine, guard, reaches };
}

const port = 2222;

const listen = `require('node:net').createServer((socket) => socket.end()).listen(${port}, '::', () => console.log('ready'))`;

/** Prints from which of its own addresses it gets through. */
const connect = `
  const tries = process.argv.slice(1).map((localAddress) => new Promise((resolve) => {
    const host = localAddress.includes(':') ? '${server[6]}' : '${server[4]}';
    const socket = require('node:net').connect({ host, port: ${port}, localAddress });
    const done = (answer) => { socket.destroy(); resolve(answer); };
    socket.setTimeout(1500, () => done([])).on('error', () => done([])).on('connect', () => done([localAddress]));
  }));
  Promise.all(tries).then((answers) => console.log(JSON.stringify(answers.flat())));
`;
