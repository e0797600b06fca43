import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bootMachine, requireBooting } from '../support/booted-machine.ts';
import { debianPackage, requirePackaging } from '../support/debian-package.ts';
import { TestMachine, until } from '../support/netns.ts';
import { TestSshd } from '../support/sshd.ts';
import { requireTool } from '../support/tools.ts';
import { HeldClient } from './tarpit-stage.ts';

const own = '192.0.2.1';
const attacker = '192.0.2.66';
const bystander = '198.51.100.7';

/** What the first user types, word for word; each line is given to a shell as it stands here. */
const typed = {
  install: 'apt-get install -y ./warder_*.deb',
  recidive: `cat > /etc/fail2ban/jail.d/recidive.conf  <<< $'[recidive]\\nenabled = true'`,
  tarpit: `cat > /etc/fail2ban/action.d/iptables-common.local <<< $'[Init]\\nblocktype = TARPIT'`,
  restart: 'systemctl restart fail2ban',
  banned: 'fail2ban-client banned',
  ban: 'fail2ban-client ban 203.0.113.7',
  unban: 'fail2ban-client unban 203.0.113.7',
  firewall: 'iptables -L -n -v',
  wrappers: 'cat /etc/hosts.deny',
};

/** Two machines on a cable: a server with its own root and a real systemd, and where attacks come from. */
class Stage {
  readonly server: TestMachine;
  readonly client: TestMachine;
  readonly sshd: TestSshd;

  constructor(server: TestMachine, client: TestMachine, sshd: TestSshd) {
    this.server = server;
    this.client = client;
    this.sshd = sshd;
  }

  /** As typed in root's folder by a person without an environment of ours; standard input is empty. */
  type(line: string): Promise<string> {
    return this.server.must('env', ['-i', ...person, 'bash', '-c', `cd /srv && ${line}`], {
      timeoutMs: 120_000,
    });
  }

  /** Five failures ban by the shipped configuration; the journal may lose one while the machine is busy. */
  async attack(): Promise<void> {
    const logins = Array.from({ length: 5 }, () => this.sshd.login(this.client, attacker, 'wrong'));
    const results = await Promise.all(logins);
    assert.ok(results.includes('password'), `sshd answers: ${results.join(', ')}`);
    await this.until('the attacker is banned', async () => {
      if ((await this.server.must('iptables', ['-S'])).includes(`-A f2b-sshd -s ${attacker}/32`)) return true;
      await this.server.run('sleep', ['0.5']);
      await this.sshd.login(this.client, attacker, 'wrong');
      return false;
    });
  }

  async bansOf(jail: string): Promise<string[]> {
    return (await this.type(`fail2ban-client get ${jail} banned`)).match(/[\d.]{7,}/g) ?? [];
  }

  until(what: string, ask: () => Promise<boolean>): Promise<true> {
    return until(what, async () => (await ask()) || undefined, {
      timeoutMs: 30_000,
      explain: () => this.explain(),
    }) as Promise<true>;
  }

  async explain(): Promise<string> {
    const script =
      'cat /var/log/fail2ban.log; journalctl --no-pager -n 80; systemctl status fail2ban --no-pager';
    return (await this.server.run('sh', ['-c', script])).stdout;
  }
}

const person = [
  'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  'HOME=/root',
  'LANG=C.UTF-8',
];

test('the first user goes his way, from the package to the tarpit, as it is written', async (context) => {
  if (!requireBooting(context) || !requirePackaging(context)) return;
  if (!requireTool(context, 'sshd', 'sshpass', 'iptables', 'apt-get')) return;
  const server = await bootMachine(context, 'server');
  const client = await TestMachine.start('client');
  context.after(() => client.stop());
  await TestMachine.connect(server, [`${own}/24`], client, [`${attacker}/24`, `${bystander}/24`]);
  await server.shell('ip route add 198.51.100.0/24 dev eth0');
  await client.shell(`ip route replace ${own} dev eth0`);
  await makeFresh(server);
  const sshd = await TestSshd.start(server, own, 'as it is');
  const stage = new Stage(server, client, sshd);

  await installs(context, stage);
  await bansAtOnce(stage);
  await restartsWithTarpit(stage);
  await bansByHand(stage);
  await escalates(stage);
  await survivesUpgradeBeneath(context, stage);
  await worksInTheTightSandbox(context, stage);
  await leavesNothing(stage);
});

/** What the real machine has of fail2ban is gone, and its wrappers' file as Debian makes it. */
async function makeFresh(server: TestMachine): Promise<void> {
  await server.shell(`
    if dpkg-query -W fail2ban >/dev/null 2>&1; then dpkg --purge fail2ban; fi
    rm -rf /etc/fail2ban /var/lib/fail2ban /etc/hosts.deny /etc/dpkg/dpkg.cfg.d/warder
    printf '# none\\n' > /etc/hosts.deny
    ! command -v fail2ban-client`);
  const deb = debianPackage();
  await server.shell(`cp '${deb}' /srv/`);
}

async function installs(context: { diagnostic(text: string): void }, stage: Stage): Promise<void> {
  const startMs = performance.now();
  const said = await stage.type(typed.install);
  const readyMs = performance.now();
  assert.match(await stage.type('fail2ban-client status'), /Jail list:\s*sshd\b/, said);
  context.diagnostic(`from the installation to sshd guarded: ${((readyMs - startMs) / 1000).toFixed(1)} s`);
  assert.equal((await stage.type('systemctl is-active warder')).trim(), 'active');
  assert.equal((await stage.type('systemctl is-enabled fail2ban')).trim(), 'enabled');
  assert.match(await stage.type('systemctl status fail2ban'), /Status: "Guarding with 1 jail: sshd"/);
}

async function bansAtOnce(stage: Stage): Promise<void> {
  await stage.attack();
  assert.equal(await stage.sshd.login(stage.client, attacker, 'right'), 'connection');
  assert.equal(await stage.sshd.login(stage.client, bystander, 'right'), 'in', await stage.explain());
  await showsBan(stage, 'sshd');
}

async function showsBan(stage: Stage, jail: string): Promise<void> {
  const listing = await stage.type(typed.firewall);
  const chain = listing.split(/\n(?=Chain )/).find((part) => part.startsWith(`Chain f2b-${jail} `));
  assert.ok(chain?.includes(attacker), listing);
  assert.ok((await stage.type(typed.wrappers)).includes(attacker));
  const banned = await stage.type(typed.banned);
  assert.match(banned, new RegExp(`'${jail}': \\['${attacker}'\\]`));
}

async function restartsWithTarpit(stage: Stage): Promise<void> {
  await stage.type(typed.recidive);
  await stage.type(typed.tarpit);
  // A connection that comes through meanwhile would say who it is.
  const knocking = stage.client.run('timeout', ['20', 'bash', '-c', knock, attacker, own]);
  await stage.type(typed.restart);
  await stage.client.run('pkill', ['-f', 'until-stopped']);
  assert.ok(!(await knocking).stdout.includes('SSH-'), 'nobody gets in while it restarts');
  await showsBan(stage, 'sshd');
  assert.ok(!/ Unban /.test(await stage.server.must('cat', ['/var/log/fail2ban.log'])));
  assert.match(await stage.type('fail2ban-client status'), /Jail list:\s*(?:sshd, recidive|recidive, sshd)/);
}

/** Connects again and again, and prints the first line of whoever answers. */
const knock = `: until-stopped; while :; do timeout 1 ssh -F none -v -o BindAddress=$0 -o ConnectTimeout=1 -o BatchMode=yes \\
  -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null $1 true 2>&1 | grep -o 'remote software version.*' | sed s/^/SSH-/; done`;

async function bansByHand(stage: Stage): Promise<void> {
  assert.equal((await stage.type(typed.ban)).trim(), '1');
  assert.match(await stage.type(typed.banned), /'manual': \['203\.0\.113\.7'\]/);
  assert.match(await stage.type(typed.firewall), /Chain f2b-manual [\s\S]*203\.0\.113\.7/);
  assert.equal((await stage.type(typed.unban)).trim(), '1');
  assert.ok(!(await stage.type(typed.firewall)).includes('203.0.113.7'));
}

/** Whoever comes back after bans gets the harsher level, and is held all the while. */
async function escalates(stage: Stage): Promise<void> {
  for (let bans = 1; !(await stage.bansOf('recidive')).includes(attacker); bans++) {
    assert.ok(bans <= 5, 'five bans are enough');
    await stage.type(`fail2ban-client set sshd unbanip ${attacker}`);
    // Two bans within two seconds, with an unban by hand between them, are one.
    await stage.server.run('sleep', ['2.1']);
    await stage.attack();
    await stage.until('recidive has counted it', async () => {
      const log = await stage.server.must('cat', ['/var/log/fail2ban.log']);
      return log.split(`[recidive] Found ${attacker}`).length > bans + 1;
    });
  }
  await stage.type(typed.restart);
  await showsBan(stage, 'recidive');
  const log = await stage.server.must('cat', ['/var/log/fail2ban.log']);
  assert.ok(!log.includes('somebody else took away'), `nobody else changes the firewall\n${log}`);
}

/** Whatever is started later is what the daemon came with, also when its files are others or gone. */
async function survivesUpgradeBeneath(
  context: Parameters<typeof bootMachine>[0],
  stage: Stage,
): Promise<void> {
  await stage.server.shell(`
    for file in /usr/lib/warder/*.js; do echo 'process.exit(9);' > "$file.new"; mv "$file.new" "$file"; done
    mv /usr/lib/warder/node /srv/node`);
  await holds(context, stage);
  await stage.server.shell('pkill -9 -x warder-tarpit');
  await holds(context, stage);
  await stage.server.shell(`
    mv /srv/node /usr/lib/warder/node
    dpkg -i /srv/warder_*.deb`);
  await showsBan(stage, 'recidive');
}

async function holds(context: Parameters<typeof bootMachine>[0], stage: Stage): Promise<void> {
  await stage.until('the tarpit holds the attacker', async () => {
    const held = new HeldClient(context, stage.client, own, 22, attacker);
    await stage.client.run('sleep', ['1.5']);
    return held.isConnected && !held.isClosed && !held.heard.includes('SSH-');
  });
}

/** The shipped drop-in for machines without commands of their own: bans, hosts.deny, tarpit and watchdog as before. */
async function worksInTheTightSandbox(
  context: Parameters<typeof bootMachine>[0],
  stage: Stage,
): Promise<void> {
  await stage.type(`mkdir -p /etc/systemd/system/fail2ban.service.d
    cp /usr/share/warder/systemd/engines-only.conf /etc/systemd/system/fail2ban.service.d/
    printf '[Service]\\nWatchdogSec=4s\\n' > /etc/systemd/system/fail2ban.service.d/watchdog.conf
    systemctl daemon-reload && systemctl restart fail2ban`);
  await stage.type(`fail2ban-client set sshd banip ${attacker}`);
  await stage.until('hosts.deny says so', async () => (await stage.type(typed.wrappers)).includes(attacker));
  await showsBan(stage, 'recidive');
  await holds(context, stage);
  await stage.type('systemctl reload fail2ban');
  // Longer than the watchdog waits.
  await stage.server.run('sleep', ['5']);
  assert.equal((await stage.type('systemctl show -p NRestarts --value fail2ban')).trim(), '0');
  const log = await stage.server.must('cat', ['/var/log/fail2ban.log']);
  assert.doesNotMatch(log, / (?:ERROR|CRITICAL) /);
  assert.match(await stage.type('systemctl status fail2ban'), /active \(running\)/);
}

async function leavesNothing(stage: Stage): Promise<void> {
  await stage.type('apt-get remove -y warder');
  const firewall = await stage.type('iptables-save; ip6tables-save; nft list ruleset; ipset list');
  assert.ok(!firewall.includes('f2b-'), `${firewall}\n${await stage.explain()}`);
  assert.ok(!(await stage.type(typed.wrappers)).includes(attacker));
  assert.equal(await stage.sshd.login(stage.client, attacker, 'right'), 'in');
  await stage.type('dpkg --purge warder');
  const left = await stage.type(
    'ls -d /var/lib/fail2ban /var/log/fail2ban.log /usr/lib/warder 2>/dev/null || true',
  );
  assert.equal(left, '');
  assert.match(await stage.type('cat /etc/fail2ban/jail.d/recidive.conf'), /enabled = true/);
}
