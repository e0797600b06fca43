import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { endFlows, parseFlow } from '../../src/enforce/engines/flows.ts';
import { machineTools } from '../../src/enforce/engines/index.ts';
import { TestMachine, until } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot, requireTool } from '../support/tools.ts';
import { addresses, HeldClient } from './tarpit-stage.ts';

const { server: own, attacker, bystander } = addresses;

/** Notes every line that it is sent as a failure of its sender, and answers. */
const service = `
  const { appendFileSync } = require('node:fs');
  const server = require('node:net').createServer((socket) => {
    const address = socket.remoteAddress.replace('::ffff:', '');
    socket.on('error', () => 0);
    socket.on('data', () => {
      const time = new Date().toISOString().slice(0, 19).replace('T', ' ');
      appendFileSync('/var/log/app.log', time + ' bad login from ' + address + '\\n');
      socket.write('no');
    });
  });
  server.listen(7000, '::', () => console.log('listening'));`;

/** Sends a line every half second, until it is told off. */
const pest = (host: string, source: string): string => `
  const socket = require('node:net').connect({ host: '${host}', port: 7000, localAddress: '${source}' });
  socket.on('connect', () => { console.log('connected'); setInterval(() => socket.write('x\\n'), 500); });
  socket.on('data', () => console.log('answered'));
  socket.on('error', () => 0);
  socket.on('close', () => { console.log('closed'); process.exit(); });`;

async function setStage(context: TestContext): Promise<{ server: TestMachine; client: TestMachine }> {
  const server = await TestMachine.start('server');
  context.after(() => server.stop());
  const client = await TestMachine.start('client');
  context.after(() => client.stop());
  await TestMachine.connect(server, [`${own[4]}/24`, `${own[6]}/64`], client, [
    ...[attacker[4], bystander[4]].map((address) => `${address}/24`),
    ...[attacker[6], bystander[6]].map((address) => `${address}/64`),
  ]);
  // As most firewalls begin; it is also what makes the kernel track flows from their start.
  await server.shell(`
    for tool in iptables ip6tables; do $tool -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; done
    rm -rf /etc/fail2ban && mkdir -p /etc/fail2ban/filter.d && : > /var/log/app.log
    echo $'[Definition]\\nfailregex = ^\\\\s*bad login from <HOST>$' > /etc/fail2ban/filter.d/app.conf
    cat > /etc/fail2ban/jail.local <<'END'
[sshd]
enabled = false
[app]
enabled = true
filter = app
logpath = /var/log/app.log
maxretry = 2
bantime = 1h
action = iptables-new[name=app, port=7000]
END`);
  return { server, client };
}

for (const family of [4, 6] as const) {
  test(`a client that goes on after its ban is cut off, over IPv${family}`, async (t) => {
    if (!requireRoot(t) || !requireTool(t, 'iptables', 'ip6tables', 'conntrack', 'ss')) return;
    const { server, client } = await setStage(t);
    let listening = '';
    server
      .spawn(process.execPath, ['-e', service], { env: { ...process.env, TZ: 'UTC' } })
      .stdout!.on('data', (chunk) => {
        listening += String(chunk);
      });
    const guard = new TestGuard(server, 'warder');
    await guard.start('app');
    await guard.until('the service listens', async () => listening !== '');
    const peaceful = new HeldClient(t, client, own[family], 7000, bystander[family]);
    await peaceful.untilConnected(() => guard.log());
    const talker = client.spawn(process.execPath, ['-e', pest(own[family], attacker[family])]);
    let said = '';
    talker.stdout!.on('data', (chunk) => {
      said += String(chunk);
    });
    await guard.until('it is banned', async () => (await guard.bannedIn('app')).includes(attacker[family]));
    assert.match(said, /connected/);
    await guard.until('the log says why hits go on', async () =>
      (await guard.log()).includes(`hits go on from ${attacker[family]} though it is banned`),
    );
    assert.match(
      await guard.log(),
      /hits go on from \S+ though it is banned: the action blocks new connections only, .*; \d+ of its connections were ended/,
    );
    await guard.until('the flow is over', async () => {
      const { stdout } = await server.run('ss', ['-Htn', 'sport = :7000']);
      return !stdout.includes(attacker[family]);
    });
    const tracked = await server.run('conntrack', ['-L', '-f', `ipv${family}`, '-s', attacker[family]]);
    assert.doesNotMatch(tracked.stdout, /ESTABLISHED.*ASSURED/, tracked.stdout);
    const answers = said.split('answered').length;
    const again = new HeldClient(t, client, own[family], 7000, attacker[family]);
    await guard.until('others are served', async () => peaceful.isConnected && !peaceful.isClosed);
    assert.equal(again.isConnected, false);
    assert.equal(said.split('answered').length, answers, 'nothing is answered any more');
  });
}

test('flows are ended by port, and those that answer from a port of the tarpit never', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'iptables', 'conntrack', 'ss', 'nsenter')) return;
  const { server, client } = await setStage(t);
  // As the tarpit's rules do: what goes to port 22 is answered from port 7001.
  await server.shell('iptables -t nat -A PREROUTING -p tcp --dport 22 -j REDIRECT --to-ports 7001');
  const listen = `for (const port of [7000, 7001, 7002]) require('node:net').createServer((s) => s.on('error', () => 0)).listen(port, '::')`;
  server.spawn(process.execPath, ['-e', listen], { stdio: 'ignore' });
  const tools = toolsOf(server);
  await until('it listens', async () => (await server.must('ss', ['-Hltn'])).includes(':7002'));
  const open = async (port: number): Promise<HeldClient> => {
    const one = new HeldClient(t, client, own[4], port, attacker[4]);
    await one.untilConnected(() => server.must('ss', ['-tn']));
    return one;
  };
  const [held, direct, other] = [await open(22), await open(7000), await open(7002)];
  // Addresses of both families, and networks, are words that ss understands.
  for (const each of ['2001:db8::66', '2001:db8::/64', '192.0.2.0/24']) {
    const family = each.includes(':') ? 6 : 4;
    assert.equal(
      await endFlows(
        tools,
        { address: each, family },
        { spare: [7000, 7001, 7002], ports: [{ first: 1, last: 2 }] },
      ),
      0,
    );
  }
  const owner = { address: attacker[4], family: 4 } as const;
  const one = await endFlows(tools, owner, { ports: [{ first: 7002, last: 7002 }], spare: [7001] });
  assert.equal(one, 1);
  await other.untilClosed();
  assert.equal(direct.isClosed, false);
  assert.ok((await endFlows(tools, owner, { spare: [7001] })) >= 1);
  await direct.untilClosed();
  const tracked = await server.must('conntrack', ['-L', '-p', 'tcp', '-s', attacker[4]]);
  assert.match(tracked, /ESTABLISHED .* dport=22 .* sport=7001 /);
  assert.doesNotMatch(tracked, /ESTABLISHED .*dport=700[02] /);
  assert.equal(held.isClosed, false);
  const sockets = (): Promise<string> => server.must('ss', ['-Htn', 'sport = :7001']);
  assert.match(await sockets(), /ESTAB/);
  assert.ok((await endFlows(tools, owner, { spare: [] })) >= 1, 'it could have been ended');
  assert.equal(await sockets(), '');
});

test('a line of conntrack is read, with the port that answers', () => {
  const line =
    'tcp      6 431999 ESTABLISHED src=192.0.2.66 dst=192.0.2.1 sport=40000 dport=22 src=192.0.2.1 dst=192.0.2.66 sport=7001 dport=40000 [ASSURED] mark=0 use=1';
  assert.deepEqual(parseFlow(line), {
    protocol: 'tcp',
    source: '192.0.2.66',
    sourcePort: '40000',
    destination: '192.0.2.1',
    port: '22',
    answeringPort: '7001',
    forwarded: false,
    established: true,
  });
  const ping =
    'icmp     1 29 src=192.0.2.66 dst=192.0.2.1 type=8 code=0 id=5 src=198.51.100.9 dst=192.0.2.66 type=0 code=0 id=5 mark=0 use=1';
  assert.equal(parseFlow(ping)?.forwarded, true);
  assert.equal(parseFlow('conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.'), undefined);
});

/** Tools that work in a test machine. */
function toolsOf(machine: TestMachine): ReturnType<typeof machineTools> {
  return {
    ...machineTools({ PATH: '/usr/sbin:/usr/bin' }),
    has: () => true,
    async run(program, args) {
      const { code, stdout, stderr } = await machine.run(program, args);
      if (program === 'ss') assert.equal(stderr, '');
      return { ok: code === 0, stdout, error: stderr, exitCode: code ?? undefined, durationMs: 0 };
    },
  };
}
