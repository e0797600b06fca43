import type { ActionConfig, Configuration, JailConfig } from '../../config/index.ts';
import type { HealthReport } from '../../control/index.ts';
import type { Finding } from './finding.ts';
import type { Machine } from './machine.ts';

/** What is examined: a machine, its configuration, and the daemon that runs on it. */
export interface Subject {
  readonly machine: Machine;
  readonly configuration: Configuration;
  /** Folders of the configuration, ours first, the administrator's last. */
  readonly layers: readonly string[];
  /** `None` where there shall be none. */
  readonly dbFile: string;
  /** A path, or one of the words such as SYSLOG. */
  readonly logTarget: string;
  readonly daemon: DaemonView;
  /** How a jail reads dates; undefined where its rules cannot be used. */
  readonly datesOf: (jail: JailConfig) => ((line: string) => number | undefined) | undefined;
}

/** What the daemon says of itself. */
export type DaemonView =
  | {
      readonly state: 'answers';
      /** Undefined for a server that is not ours. */
      readonly health: HealthReport | undefined;
      readonly tarpitProblems: readonly string[];
    }
  | { readonly state: 'silent'; readonly reason: string };

/** Looks at one thing. */
export type Check = (subject: Subject) => readonly Finding[] | Promise<readonly Finding[]>;

/** An action as an enabled jail uses it. */
export interface UsedAction {
  readonly jail: string;
  readonly action: ActionConfig;
}

/** The actions of all jails that can run. */
export function usedActions({ configuration }: Pick<Subject, 'configuration'>): readonly UsedAction[] {
  return configuration.jails
    .filter(({ configError }) => configError === undefined)
    .flatMap(({ name, actions }) => actions.map((action) => ({ jail: name, action })));
}

/** What the daemon says of its health, where it does. */
export function healthOf({ daemon }: Subject): HealthReport | undefined {
  return daemon.state === 'answers' ? daemon.health : undefined;
}

/** The tool that an action needs on the machine, by its engine or by its name. */
export function toolOf({ engine, file }: ActionConfig): string | undefined {
  return toolNamed(engine !== undefined && 'engine' in engine ? engine.engine : file.replace(/\.conf$/, ''));
}

/** The same by a name alone. */
export function toolNamed(name: string): string | undefined {
  return Object.entries(tools).find(([start]) => name.startsWith(start))?.[1];
}

/** Names of engines and of action files by how they begin. */
const tools: Readonly<Record<string, string>> = {
  'iptables-ipset': 'ipset',
  iptables: 'iptables',
  nftables: 'nft',
  ipset: 'ipset',
  firewall: 'firewall-cmd',
  ufw: 'ufw',
  route: 'ip',
  hostsdeny: 'hosts.deny',
};

/** Names with commas between, no more than a line takes. */
export function listed(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  return rest <= 0 ? names.join(', ') : `${names.slice(0, most).join(', ')} and ${rest} more`;
}
