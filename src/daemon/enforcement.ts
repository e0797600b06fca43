import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';

/** What a fresh installation can ban with on this machine. */
export interface Enforcement {
  /** Name of the tool, for people. Undefined: nothing can be enforced, we only observe. */
  readonly tool: 'iptables' | 'nftables' | undefined;
  /** `/etc/hosts.deny` is there and can be written. */
  readonly hostsDeny: boolean;
  /** One sentence that says what was chosen and why. */
  readonly reason: string;
}

/** What the choice looks at; a test gives its own. */
export interface EnforcementProbe {
  readonly isRoot: boolean;
  /** Runs a tool that only reads; resolves to its error text, or undefined when it worked. */
  tryTool(command: string, args: readonly string[]): Promise<string | undefined>;
  canWrite(path: string): boolean;
}

/**
 * Chooses how bans are enforced where the configuration leaves it open: iptables where it is installed and works,
 * else nftables; `/etc/hosts.deny` as well where it exists. Never fails: without root or tool the answer is to observe.
 */
export async function chooseEnforcement(probe: EnforcementProbe = machineProbe()): Promise<Enforcement> {
  if (!probe.isRoot) {
    return {
      tool: undefined,
      hostsDeny: false,
      reason: 'only observing: not running as root, so nothing can be blocked',
    };
  }
  const hostsDeny = probe.canWrite('/etc/hosts.deny');
  const iptables = await probe.tryTool('iptables', ['-w', '-S', 'INPUT']);
  if (iptables === undefined) return { tool: 'iptables', hostsDeny, reason: 'enforcing with iptables' };
  const nftables = await probe.tryTool('nft', ['list', 'tables']);
  if (nftables === undefined)
    return { tool: 'nftables', hostsDeny, reason: `enforcing with nftables (iptables: ${iptables})` };
  const why = `no firewall tool works (iptables: ${iptables}; nft: ${nftables})`;
  return {
    tool: undefined,
    hostsDeny: false,
    reason: `only observing: ${why}; install iptables or nftables`,
  };
}

/** The values that the shipped `jail.conf` asks for, by name. */
export function enforcementDefaults(enforcement: Enforcement): ReadonlyMap<string, string> {
  const { tool } = enforcement;
  return new Map([
    ['warder_banaction', tool === undefined ? 'observe' : `${tool}-multiport`],
    ['warder_banaction_allports', tool === undefined ? 'observe' : `${tool}-allports`],
    ['warder_hostsdeny', enforcement.hostsDeny ? 'hostsdeny' : ''],
  ]);
}

function machineProbe(): EnforcementProbe {
  return {
    isRoot: process.getuid?.() === 0,
    canWrite(path) {
      try {
        accessSync(path, constants.W_OK);
        return true;
      } catch {
        return false;
      }
    },
    tryTool: (command, args) =>
      new Promise((resolve) => {
        const env = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` };
        execFile(command, [...args], { timeout: 5000, env }, (error, _stdout, stderr) => {
          if (error === null) resolve(undefined);
          else if (error.code === 'ENOENT') resolve('not installed');
          else resolve(stderr.trim().split('\n')[0]?.slice(0, 200) || error.message.slice(0, 200));
        });
      }),
  };
}
