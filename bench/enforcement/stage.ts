import { setTimeout as delay } from 'node:timers/promises';
import { TestMachine } from '../../test/support/netns.ts';
import { type GuardKind, TestGuard } from '../../test/support/sshd-guard.ts';

/** Who guards, and where our launchers lie. */
export interface Side {
  readonly kind: GuardKind;
  readonly folder: string;
}

/** A means to ban with: the action, and a script that prints how many addresses are in the kernel. */
export interface Means {
  readonly name: string;
  readonly action: string;
  readonly count: string;
}

export const nftables: Means = {
  name: 'nftables',
  action: 'nftables-multiport',
  count: 'nft -j list set inet f2b-table addr-set-flood 2>/dev/null | grep -oE "10\\.[0-9.]+" | wc -l',
};
export const ipset: Means = {
  name: 'iptables-ipset',
  action: 'iptables-ipset-proto6',
  count: 'ipset list -t f2b-flood 2>/dev/null | sed -n "s/^Number of entries: //p" | grep . || echo 0',
};
/** Rules, and above 1,000 bans the set that the chain looks into. */
export const iptables: Means = {
  name: 'iptables',
  action: 'iptables-multiport',
  count: `a=$(iptables -S f2b-flood 2>/dev/null | grep -c -- "-s 10." || true); b=$(${ipset.count}); echo $((a + b))`,
};

export const logPath = '/var/log/flood.log';

/** A machine of its own with one guard, whose one jail bans at the first failure. */
export class BenchStage {
  readonly machine: TestMachine;
  readonly guard: TestGuard;
  readonly means: Means;

  private constructor(machine: TestMachine, guard: TestGuard, means: Means) {
    this.machine = machine;
    this.guard = guard;
    this.means = means;
  }

  static async build({ kind, folder }: Side, means: Means): Promise<BenchStage> {
    const machine = await TestMachine.start(`bench-${kind}`);
    await machine.shell(`
      ${kind === 'fail2ban' ? 'mkdir -p /run/fail2ban /var/lib/fail2ban; touch /var/log/fail2ban.log; rm -f /etc/fail2ban/jail.d/*' : 'rm -rf /etc/fail2ban; mkdir -p /etc/fail2ban/filter.d'}
      : > ${logPath}
      cat > /etc/fail2ban/filter.d/flood.conf <<'END'
[Definition]
failregex = ^\\s*\\S+ sshd\\[\\d+\\]: Failed password for \\S+ from <HOST> port \\d+ ssh2$
END
      cat > /etc/fail2ban/jail.local <<'END'
[DEFAULT]
ignoreself = false
dbmaxmatches = 1
[sshd]
enabled = false
[flood]
enabled = true
filter = flood
backend = auto
port = 22,9999
action = ${means.action}[name=flood, port="22,9999", protocol="tcp,udp"]
maxretry = 1
bantime = 1d
logpath = ${logPath}
END`);
    return new BenchStage(machine, new TestGuard(machine, kind, folder), means);
  }

  /** Addresses that are banned in the kernel. */
  async count(): Promise<number> {
    return Number((await this.machine.shell(`${this.means.count} || true`, { timeoutMs: 60_000 })).trim());
  }

  /** Milliseconds until as many are banned in the kernel, counted from `startedMs`. Throws after `timeoutMs`. */
  async untilBanned(wanted: number, startedMs: number, timeoutMs: number): Promise<number> {
    for (;;) {
      const askedMs = performance.now();
      const count = await this.count();
      if (wanted === 0 ? count === 0 : count >= wanted) return askedMs - startedMs;
      if (performance.now() - startedMs > timeoutMs) {
        throw new Error(`${count} of ${wanted} after ${timeoutMs} ms\n${await this.tail()}`);
      }
      await delay(wanted > 10_000 ? 100 : 30);
    }
  }

  /** The end of the guard's log. */
  async tail(): Promise<string> {
    return (await this.guard.log()).split('\n').slice(-15).join('\n');
  }

  async stop(): Promise<void> {
    await this.machine.stop();
  }
}

/** Different addresses of an attacker's network. */
export function attackers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const number = index + 1;
    return `10.${100 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
  });
}

/** Lines of a log, now. */
export function attackLines(addresses: readonly string[]): string {
  const date = new Date();
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const line = (address: string): string =>
    `${day} ${time} host sshd[77]: Failed password for root from ${address} port 4711 ssh2\n`;
  return addresses.map(line).join('');
}
