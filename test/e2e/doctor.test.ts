import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import type { WhyReport } from '../../src/control/index.ts';
import { TestMachine } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot, requireTool } from '../support/tools.ts';

// A guarded machine, well at first; then one thing after the other is broken, and doctor has to name it.

const attacker = '192.0.2.66';
const log = '/var/log/auth.log';

class Ward {
  readonly machine: TestMachine;
  readonly guard: TestGuard;

  private constructor(machine: TestMachine) {
    this.machine = machine;
    this.guard = new TestGuard(machine, 'warder');
  }

  static async start(context: TestContext): Promise<Ward> {
    const machine = await TestMachine.start('ward');
    context.after(() => machine.stop());
    const ward = new Ward(machine);
    await machine.shell(`
      ip address add 198.51.100.1/24 dev lo
      rm -rf /etc/fail2ban
      mkdir -p /etc/fail2ban/action.d /var/lib/fail2ban
      mount -t tmpfs -o size=128m,mode=755 tmpfs /var/lib/fail2ban
      : > /etc/hosts.deny
      cat > /etc/fail2ban/jail.local <<'END'
[sshd]
backend = auto
logpath = ${log}
maxretry = 3
END`);
    await ward.attack('192.0.2.1', 1);
    await ward.guard.start('sshd');
    await ward.attack(attacker, 3);
    await ward.guard.until('the attacker is banned', async () =>
      (await ward.guard.bannedIn('sshd')).includes(attacker),
    );
    await ward.guard.until('the rule is there', async () =>
      (await machine.shell('iptables -w -S f2b-sshd || true')).includes(attacker),
    );
    return ward;
  }

  /** Failed logins, a line each, dated now. `zone`: by the clock of another zone. */
  async attack(from: string, times: number, zone = 'UTC'): Promise<void> {
    const line = `"$(TZ=${zone} date '+%b %e %H:%M:%S') ward sshd[4711]: Failed password for root from ${from} port 50000 ssh2"`;
    await this.machine.shell(`for n in $(seq ${times}); do echo ${line} >> ${log}; done`);
  }

  async doctor(): Promise<{
    readonly code: number | null;
    readonly told: readonly string[];
    has(what: RegExp): boolean;
  }> {
    const { code, stdout, stderr } = await this.warder('doctor', '--json');
    assert.notEqual(stdout, '', stderr);
    const { findings } = JSON.parse(stdout) as { findings: readonly Finding[] };
    const told = findings
      .filter(({ verdict }) => verdict === 'problem' || verdict === 'warning')
      .map(({ about, verdict, message }) => `${verdict} ${about}: ${message}`);
    return { code, told, has: (what) => told.some((line) => what.test(line)) };
  }

  warder(...args: readonly string[]): ReturnType<TestMachine['run']> {
    return this.machine.run(this.guard.program('warder'), args, { env: { TZ: 'UTC' }, timeoutMs: 120_000 });
  }
}

interface Breakage {
  readonly what: string;
  readonly make: string | ((ward: Ward) => Promise<unknown>);
  readonly told: RegExp;
  readonly mend: string;
}

const breakages: readonly Breakage[] = [
  {
    what: 'an ACCEPT above the jump',
    make: 'iptables -w -I INPUT -p tcp --dport 22 -j ACCEPT',
    told: /^problem rule order: in iptables INPUT a rule above ours lets packets .*--dport 22 -j ACCEPT/,
    mend: 'iptables -w -D INPUT -p tcp --dport 22 -j ACCEPT',
  },
  {
    what: 'a log that is gone',
    make: `mv ${log} ${log}.gone`,
    told: /^problem logs: sshd has no log: there is no \/var\/log\/auth\.log/,
    mend: `mv ${log}.gone ${log}`,
  },
  {
    what: 'a service in another time zone',
    make: (ward) => ward.attack('192.0.2.9', 1, 'America/New_York'),
    told: /^problem clock: dates in \/var\/log\/auth\.log are (?:4h|5h) behind/,
    mend: `sed -i '$d' ${log}; echo "$(TZ=UTC date '+%b %e %H:%M:%S') ward sshd[4711]: Server listening" >> ${log}`,
  },
  {
    what: 'a full disk',
    make: 'head -c 200m /dev/zero > /var/lib/fail2ban/padding || true',
    told: /^problem disk: the disk is full: .* \/var\/lib\/fail2ban/,
    mend: 'rm /var/lib/fail2ban/padding',
  },
  {
    what: 'an sshd without libwrap',
    make: 'mv /usr/sbin/sshd /usr/sbin/sshd.kept; cp /bin/true /usr/sbin/sshd',
    told: /^warning hosts\.deny: sshd .* is built without libwrap/,
    mend: 'mv /usr/sbin/sshd.kept /usr/sbin/sshd',
  },
  {
    what: 'a changed action file',
    make: `cp "$SHIPPED/action.d/iptables-multiport.conf" /etc/fail2ban/action.d/
      sed -i '/^.Definition./a actionban = true' /etc/fail2ban/action.d/iptables-multiport.conf`,
    told: /^warning files: iptables-multiport runs its own commands, .* sets actionban \(sshd\)/,
    mend: 'rm -r /etc/fail2ban/action.d; mkdir /etc/fail2ban/action.d',
  },
  {
    what: 'a missing firewall tool',
    make: 'mv /usr/sbin/iptables /usr/sbin/iptables.kept',
    told: /^problem firewall: the banaction of sshd needs iptables, which is not installed/,
    mend: 'mv /usr/sbin/iptables.kept /usr/sbin/iptables',
  },
  {
    what: 'a jail that cannot be read',
    make: `printf '[broken]\\nenabled = true\\nfilter = nosuch\\n' > /etc/fail2ban/jail.d-broken; mkdir -p /etc/fail2ban/jail.d
      mv /etc/fail2ban/jail.d-broken /etc/fail2ban/jail.d/broken.conf`,
    told: /^problem jails: broken cannot run: .*nosuch/,
    mend: 'rm /etc/fail2ban/jail.d/broken.conf',
  },
];

test('on a machine that is well doctor finds nothing, and it names each thing that is broken on purpose', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'iptables', 'sshd')) return;
  const ward = await Ward.start(t);
  const shipped = new URL('../../config', import.meta.url).pathname;
  const well = await ward.doctor();
  assert.deepEqual(well.told, []);
  assert.equal(well.code, 0);

  for (const { what, make, told, mend } of breakages) {
    if (typeof make === 'string') await ward.machine.shell(make, { env: { SHIPPED: shipped } });
    else await make(ward);
    const { told: lines, has, code } = await ward.doctor();
    assert.ok(has(told), `${what} is not named:\n${lines.join('\n')}`);
    assert.ok(code === 1 || code === 3, what);
    await ward.machine.shell(mend);
  }
  assert.deepEqual((await ward.doctor()).told, [], 'all is mended');

  // A damaged database, and a daemon that is gone: nothing mends these.
  await ward.guard.stop();
  await ward.machine.shell(
    'dd if=/dev/urandom of=/var/lib/fail2ban/fail2ban.sqlite3 bs=4096 seek=1 count=10 conv=notrunc 2>&1',
  );
  const last = await ward.doctor();
  assert.equal(last.code, 1);
  assert.ok(last.has(/^problem daemon: no daemon answers/), last.told.join('\n'));
  assert.ok(last.has(/^problem database: /), last.told.join('\n'));
});

test('why tells the whole story of a real ban, and of what keeps it from being made', async (t) => {
  if (!requireRoot(t) || !requireTool(t, 'unshare', 'iptables', 'sshd')) return;
  const ward = await Ward.start(t);
  const { stdout } = await ward.warder('why', attacker);
  for (const part of [
    /^192\.0\.2\.66 is banned by sshd\.$/m,
    /banned after 3 failures, \d+ \w+ left/,
    /until +\d{4}-\d\d-\d\d .*\(10m\)/,
    /Failed password for root from 192\.0\.2\.66/,
    /failregex \d+, 3 failures: /,
    /iptables-multiport +engine iptables +in force +its rules are there/,
    /iptables-multiport +ban +ok +[\d.]+ ms/,
    /Its bans in the database:/,
  ]) {
    assert.match(stdout, part);
  }
  const jail = async (id: string) =>
    (JSON.parse((await ward.warder('why', id, '--jail', 'sshd', '--json')).stdout) as WhyReport).jails[0];
  assert.equal(
    (await jail('198.51.100.1'))?.reason,
    'never banned: it is an address of this host (ignoreself)',
  );
  await ward.machine.shell('iptables -w -F; iptables -w -X');
  await ward.machine.shell('mv /usr/sbin/iptables-restore /usr/sbin/iptables-restore.kept');
  assert.equal((await jail(attacker))?.holds[0]?.sound, false);
});
