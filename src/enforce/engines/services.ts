import type { Clock, Logger } from '../../base/index.ts';
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
}

/** One for the whole daemon. */
export function createEngineServices(parts: {
  readonly tools: Tools;
  readonly clock: Clock;
  readonly logger: Logger;
}): EngineServices {
  return { ...parts, locks: new KeyedLocks(), monitor: new NftMonitor(parts.tools) };
}
