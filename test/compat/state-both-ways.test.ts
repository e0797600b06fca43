import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { requireFail2ban } from '../support/fail2ban.ts';
import { TestMachine } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot, requireTool } from '../support/tools.ts';

// One database, two programs: fail2ban runs, then ours in its place, then fail2ban again.

const log = '/var/log/probe.log';
const database = '/var/lib/fail2ban/fail2ban.sqlite3';

class Stage {
  readonly machine: TestMachine;
  readonly theirs: TestGuard;
  readonly ours: TestGuard;

  private constructor(machine: TestMachine) {
    this.machine = machine;
    this.theirs = new TestGuard(machine, 'fail2ban');
    this.ours = new TestGuard(machine, 'warder');
  }

  static async set(context: TestContext): Promise<Stage> {
    const machine = await TestMachine.start('both');
    context.after(() => machine.stop());
    await machine.shell(`
      mkdir -p /run/fail2ban /var/lib/fail2ban
      touch /var/log/fail2ban.log
      echo "$(date '+%F %T') probe begins" > ${log}
      rm -f /etc/fail2ban/jail.d/*
      cat > /etc/fail2ban/filter.d/probe.conf <<'END'
[Definition]
failregex = ^ probe from <HOST>$
END
      cat > /etc/fail2ban/jail.local <<'END'
[DEFAULT]
bantime = 1h
[probe]
enabled = true
filter = probe
backend = polling
ignoreself = false
maxretry = 3
port = 22
banaction = iptables-multiport
logpath = ${log}
END`);
    return new Stage(machine);
  }

  async fails(...ips: readonly string[]): Promise<void> {
    const date = new Date().toISOString().slice(0, 19).replace('T', ' ');
    await this.machine.shell(`cat >> ${log}`, {
      input: ips.map((ip) => `${date} probe from ${ip}\n`).join(''),
    });
  }

  /** What the daemons have logged since the last call. */
  async newLog(): Promise<string> {
    return this.machine.shell('cat /var/log/fail2ban.log; : > /var/log/fail2ban.log');
  }

  async inFirewall(): Promise<string[]> {
    const rules = await this.machine.shell(
      'iptables -S f2b-probe; ip6tables -S f2b-probe 2>/dev/null || true',
    );
    return [...rules.matchAll(/-A f2b-probe -s (\S+?)(?:\/32|\/128)? /g)].map(([, ip]) => ip ?? '').sort();
  }

  async holds(guard: TestGuard, ...ips: readonly string[]): Promise<void> {
    const wanted = [...ips].sort();
    await guard.until(
      `bans of ${wanted.join(' ')}`,
      async () => (await guard.bannedIn('probe')).join() === wanted.join(),
    );
    await guard.until(
      'they are in the firewall',
      async () => (await this.inFirewall()).join() === wanted.join(),
    );
  }
}

const thrice = (ip: string): string[] => [ip, ip, ip];
const linesOf = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map(([, ip]) => ip ?? '').sort();

test('bans and positions go from a running fail2ban to ours, and from ours back to fail2ban', async (t) => {
  if (!requireRoot(t) || !requireFail2ban(t) || !requireTool(t, 'unshare', 'iptables', 'fail2ban-server'))
    return;
  const stage = await Stage.set(t);
  const { machine, theirs, ours } = stage;

  await theirs.start('probe');
  await stage.fails(...thrice('203.0.113.1'), ...thrice('2001:db8::1'), '203.0.113.2');
  await stage.holds(theirs, '203.0.113.1', '2001:db8::1');
  await theirs.stop();
  assert.deepEqual(linesOf(await stage.newLog(), /\[probe\] Ban (\S+)/g), ['2001:db8::1', '203.0.113.1']);
  await stage.fails(...thrice('203.0.113.3'));

  await ours.start('probe');
  await stage.holds(ours, '203.0.113.1', '2001:db8::1', '203.0.113.3');
  const first = await stage.newLog();
  assert.deepEqual(linesOf(first, /\[probe\] Restore Ban (\S+)/g), ['2001:db8::1', '203.0.113.1']);
  assert.deepEqual(
    linesOf(first, /\[probe\] Found (\S+)/g),
    thrice('203.0.113.3'),
    'reading goes on where they were',
  );
  await ours.ask('set', 'probe', 'unbanip', '203.0.113.1');
  await stage.fails(...thrice('203.0.113.4'));
  await stage.holds(ours, '2001:db8::1', '203.0.113.3', '203.0.113.4');
  const doctor = await machine.shell(`${ours.program('warder')} doctor --rollback-check`);
  assert.match(doctor, /fail2ban 1\.0\.2 opens a copy of it, and finds 3 bans in force/);
  await ours.stop();
  assert.deepEqual(linesOf(await stage.newLog(), /\[probe\] Ban (\S+)/g), ['203.0.113.4']);
  await stage.fails(...thrice('203.0.113.5'));

  await theirs.start('probe');
  await stage.holds(theirs, '2001:db8::1', '203.0.113.3', '203.0.113.4', '203.0.113.5');
  const last = await stage.newLog();
  assert.deepEqual(linesOf(last, /\[probe\] Restore Ban (\S+)/g), [
    '2001:db8::1',
    '203.0.113.3',
    '203.0.113.4',
  ]);
  assert.deepEqual(
    linesOf(last, /\[probe\] Found (\S+)/g),
    thrice('203.0.113.5'),
    'they read on where we were',
  );
  assert.doesNotMatch(last, /ERROR/);
  await theirs.stop();
  assert.equal(
    (await machine.shell(`ls ${database}*`)).trim(),
    database,
    'no copy and no rest is left beside it',
  );
});
