import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestMachine } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot, requireTool } from '../support/tools.ts';

// Whoever is banned stays shut out while the daemon is replaced: not one packet comes through.

const serverAddress = '192.0.2.1';
const attacker = '192.0.2.66';
const bystander = '192.0.2.77';

/** Knocks at port 22 again and again until its standard input ends. */
const knock = `
const { connect } = require('node:net');
const timer = setInterval(() => {
  const socket = connect({ host: '${serverAddress}', port: 22, localAddress: '${attacker}' });
  socket.on('error', () => {});
  setTimeout(() => socket.destroy(), 30);
}, 2);
process.stdin.resume().on('end', () => process.exit());
`;

/** Tells whether one connection comes about. */
const greet = (from: string): string => `
const socket = require('node:net').connect({ host: '${serverAddress}', port: 22, localAddress: '${from}', timeout: 2000 });
for (const event of ['error', 'timeout']) socket.on(event, () => { console.log('out'); process.exit(); });
socket.on('connect', () => { console.log('in'); process.exit(); });
`;

/** Counts what comes in from the attacker, and, behind every firewall rule of ours, what is left of it. */
const witness = `
table inet witness {
  counter before {}
  counter behind {}
  chain before { type filter hook prerouting priority -400; ip saddr ${attacker} tcp dport 22 counter name before; }
  chain behind { type filter hook input priority 400; ip saddr ${attacker} tcp dport 22 counter name behind; }
}`;

class Stage {
  readonly server: TestMachine;
  readonly client: TestMachine;
  readonly guard: TestGuard;

  private constructor(server: TestMachine, client: TestMachine) {
    this.server = server;
    this.client = client;
    this.guard = new TestGuard(server, 'warder');
  }

  static async set(context: TestContext, firewall: 'iptables' | 'nftables'): Promise<Stage> {
    const server = await TestMachine.start('server');
    context.after(() => server.stop());
    const client = await TestMachine.start('client');
    context.after(() => client.stop());
    await TestMachine.connect(server, [`${serverAddress}/24`], client, [`${attacker}/24`, `${bystander}/24`]);
    await server.must('nft', ['-f', '-'], { input: witness });
    await server.shell(`
      rm -rf /etc/fail2ban
      mkdir -p /etc/fail2ban
      cat > /etc/fail2ban/jail.local <<'END'
[DEFAULT]
banaction = ${firewall}-multiport
banaction_allports = ${firewall}-allports
bantime = 1h
[sshd]
enabled = false
[probe]
enabled = true
filter = sshd
backend = auto
port = 22
logpath = /var/log/probe.log
END
      touch /var/log/probe.log`);
    const listener = server.spawn(
      process.execPath,
      [
        '-e',
        `require('node:net').createServer((socket) => socket.on('error', () => {}).end()).listen(22, '${serverAddress}')`,
      ],
      { stdio: 'ignore' },
    );
    context.after(() => listener.kill());
    return new Stage(server, client);
  }

  async connects(from: string): Promise<boolean> {
    return (await this.client.must(process.execPath, ['-e', greet(from)])).trim() === 'in';
  }

  /** Packets of the attacker so far: at the door, and behind it. */
  async packets(): Promise<{ readonly before: number; readonly behind: number }> {
    const listing = await this.server.must('nft', ['list', 'counters', 'table', 'inet', 'witness']);
    const count = (name: string): number =>
      Number(new RegExp(`counter ${name} \\{\\s*packets (\\d+)`).exec(listing)?.[1] ?? Number.NaN);
    return { before: count('before'), behind: count('behind') };
  }

  async isRunning(): Promise<boolean> {
    return (await this.guard.client('status', 'probe')).code === 0;
  }
}

for (const firewall of ['nftables', 'iptables'] as const) {
  test(`with ${firewall} not one packet of a banned source comes through while the daemon restarts`, async (t) => {
    if (!requireRoot(t) || !requireTool(t, 'unshare', 'nft', firewall === 'iptables' ? 'iptables' : 'nft'))
      return;
    const stage = await Stage.set(t, firewall);
    const { guard } = stage;
    await guard.start('probe');
    await guard.until('the listener answers', () => stage.connects(attacker));
    await guard.until(
      'the jail runs',
      async () => (await guard.client('set', 'probe', 'banip', attacker)).code === 0,
    );
    await guard.until('the ban works', async () => !(await stage.connects(attacker)));
    const atBan = await stage.packets();
    const knocking = stage.client.spawn(process.execPath, ['-e', knock], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    t.after(() => knocking.kill());

    const ways: readonly (readonly [string, () => Promise<unknown>])[] = [
      ['reload', () => guard.ask('reload')],
      ['reload --restart', () => guard.ask('reload', '--restart')],
      ['restart', () => guard.ask('restart')],
      ['SIGHUP', () => stage.server.shell('kill -HUP "$(cat /run/fail2ban/fail2ban.pid)"')],
      [
        'kill -9, start',
        async () => {
          await guard.kill();
          await guard.ask('start');
        },
      ],
    ];
    // The ways differ in the daemon; what differs in the firewalls shows with these.
    const tried =
      firewall === 'nftables' ? ways : ways.filter(([name]) => /^(?:restart|kill -9, start)$/.test(name));
    for (const [name, restart] of tried) {
      const at = await stage.packets();
      await restart();
      await guard.until(`it runs again after ${name}`, () => stage.isRunning());
      assert.deepEqual(await guard.bannedIn('probe'), [attacker], name);
      await guard.until('the attacker goes on', async () => (await stage.packets()).before > at.before + 100);
      const { behind } = await stage.packets();
      assert.equal(behind - atBan.behind, 0, `${behind - atBan.behind} packets came through at ${name}`);
    }
    assert.ok(await stage.connects(bystander));

    await guard.ask('stop');
    await guard.until(
      'stop lets the attacker in again',
      async () => (await stage.packets()).behind > atBan.behind + 100,
    );
    knocking.stdin?.end();
  });
}
