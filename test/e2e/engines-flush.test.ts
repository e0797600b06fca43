import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { TestMachine, until } from '../support/netns.ts';
import { TestGuard } from '../support/sshd-guard.ts';
import { requireRoot, requireTool } from '../support/tools.ts';

// Somebody flushes the firewall during an attack: everything is back within two seconds, and nothing is there twice.

interface Case {
  readonly action: string;
  readonly tools: readonly string[];
  /** Prints one address in a line for each place in which one is banned. */
  readonly banned: string;
  readonly flushes: readonly string[];
  /** Rules that lead to the bans. */
  readonly jumps: { readonly script: string; readonly count: number };
}

const longestMs = 2000;

const cases: readonly Case[] = [
  {
    action: 'nftables-multiport',
    tools: ['nft'],
    banned: 'nft -j list set inet f2b-table addr-set-app | grep -oE "203\\.0\\.113\\.[0-9]+"',
    flushes: ['nft flush ruleset', 'nft flush set inet f2b-table addr-set-app'],
    jumps: { script: 'nft list ruleset | grep -c "saddr @addr-set-app"', count: 1 },
  },
  {
    action: 'iptables-multiport',
    tools: ['iptables'],
    banned: 'iptables -S f2b-app | grep -oE "203\\.0\\.113\\.[0-9]+"',
    // The repair may come between the two, and the chain is in use again.
    flushes: ['iptables -F', 'iptables -F; iptables -X || true'],
    jumps: { script: 'iptables -S INPUT | grep -c -- "-j f2b-app"', count: 1 },
  },
  {
    action: 'iptables-ipset-proto6',
    tools: ['iptables', 'ipset'],
    banned: 'ipset save f2b-app | grep -oE "203\\.0\\.113\\.[0-9]+"',
    flushes: ['iptables -F; ipset destroy', 'ipset flush'],
    jumps: { script: 'iptables -S INPUT | grep -c "match-set f2b-app src"', count: 1 },
  },
];

for (const each of cases) {
  test(`${each.action}: a flush during an attack is repaired in bulk`, async (context) => {
    if (!requireRoot(context) || !requireTool(context, 'unshare', ...each.tools)) return;
    const { machine, guard } = await startGuard(context, each);
    let attackers = 0;
    const attack = async (count: number): Promise<void> => {
      const lines = Array.from(
        { length: count },
        () => `$(date '+%F %T') bad login from 203.0.113.${++attackers}`,
      );
      await machine.shell(`cat >> /var/log/app.log <<END\n${lines.join('\n')}\nEND`);
    };
    const banned = async (): Promise<string[]> =>
      (await machine.shell(`${each.banned} || true`)).trim().split('\n').filter(Boolean);
    const everybody = (): Promise<boolean> => banned().then((list) => list.length === attackers);
    await attack(40);
    await guard.until('all are banned in the kernel', everybody);
    for (const flush of each.flushes) {
      await attack(5);
      await machine.shell(`${flush}; true`);
      const flushedMs = performance.now();
      await attack(5);
      await until(`everything is back after ${flush}`, everybody, { explain: () => guard.log() });
      const tookMs = performance.now() - flushedMs;
      assert.ok(tookMs < longestMs, `${flush}: back after ${tookMs} ms`);
      const list = await banned();
      assert.equal(new Set(list).size, list.length, 'nobody is there twice');
      assert.equal(Number(await machine.shell(each.jumps.script)), each.jumps.count);
    }
    const log = await guard.log();
    assert.match(log, /somebody else took away .*bans.*; everything is back/);
    assert.doesNotMatch(log, /ERROR .*(?:Failed|Error banning)/);
    assert.equal((await guard.bannedIn('app')).length, attackers);
    await guard.stop();
    assert.deepEqual(await banned(), []);
  });
}

async function startGuard(
  context: TestContext,
  { action }: Case,
): Promise<{ machine: TestMachine; guard: TestGuard }> {
  const machine = await TestMachine.start('flush');
  context.after(() => machine.stop());
  await machine.shell(`
    rm -rf /etc/fail2ban && mkdir -p /etc/fail2ban/filter.d && : > /var/log/app.log
    echo $'[Definition]\\nfailregex = ^\\\\s*bad login from <HOST>$' > /etc/fail2ban/filter.d/app.conf
    cat > /etc/fail2ban/jail.local <<'END'
[sshd]
enabled = false
[app]
enabled = true
filter = app
logpath = /var/log/app.log
maxretry = 1
bantime = 1h
action = ${action}[name=app, port=22]
END`);
  const guard = new TestGuard(machine, 'warder');
  await guard.start('app');
  return { machine, guard };
}
