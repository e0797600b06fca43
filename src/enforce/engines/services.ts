import { type Clock, escapeControl, type Logger } from '../../base/index.ts';
import { KeyedLocks } from './locks.ts';
import type { Tools } from './tools.ts';
import { NftMonitor } from './watch/nft-monitor.ts';

/** What the engines of all jails share. */
export interface EngineServices {
  readonly tools: Tools;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly locks: KeyedLocks;
  readonly monitor: NftMonitor;
  /** Ports of ours in which the tarpit holds connections, which nobody else may end. */
  readonly heldPorts: () => readonly number[];
  /** Says how an action is carried out; again only when that has changed. */
  announce(action: string, how: string): void;
}

/** One for the whole daemon. */
export function createEngineServices(parts: {
  readonly tools: Tools;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly heldPorts?: () => readonly number[];
}): EngineServices {
  const announced = new Map<string, string>();
  return {
    heldPorts: () => [],
    ...parts,
    locks: new KeyedLocks(),
    monitor: new NftMonitor(parts.tools),
    announce(action, how) {
      if (announced.get(action) === how) return;
      announced.set(action, how);
      parts.logger.log('INFO', 'fail2ban.actions', escapeControl(`${action}: ${how}`));
    },
  };
}
