import type { Clock, Logger } from '../base/index.ts';
import type { Failure } from '../detect/index.ts';
import type { BanHistory } from './increment.ts';
import type { MatchMemory } from './line-ring.ts';
import type { OwnAddresses } from './own-addresses.ts';
import type { Resolver } from './resolver.ts';
import type { Decision, TrackSettings } from './types.ts';
import type { IgnoreCheck } from './undecided.ts';

/** What bounds one jail. */
export interface TrackerLimits {
  /** Ids counted at the same time. */
  readonly maxTracked: number;
  /** Bans in force at the same time. */
  readonly maxBans: number;
  /** Failures that wait for a name lookup or the ignore command. */
  readonly maxUndecided: number;
}

export interface TrackerOptions {
  readonly settings: TrackSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Shared by all jails. */
  readonly resolver: Resolver;
  /** Shared by all jails. */
  readonly ownAddresses: OwnAddresses;
  /** Told what to enforce, in order, in batches: within a call of the tracker, or when a timer or a lookup ends. */
  readonly onDecisions: (decisions: readonly Decision[]) => void;
  /** Told of each failure that counts, as the log line `Found` is written. */
  readonly onFound?: (failure: Failure) => void;
  /** Told of each failure that does not count, with its id. */
  readonly onIgnored?: (id: string) => void;
  /** Asked about each failure that the lists let pass, where the jail has an ignore command. Bounds itself. */
  readonly ignoreCheck?: IgnoreCheck;
  /**
   * Earlier bans of an id in this jail, or, `overall`, in all jails together; undefined for none. Asked only where bans
   * get longer. It must not throw.
   */
  readonly earlierBans?: (id: string, overall: boolean) => BanHistory | undefined;
  readonly limits?: Partial<TrackerLimits>;
  /** Shared by all jails, so that the lines of all of them together are bounded; absent for a memory of its own. */
  readonly matchMemory?: MatchMemory;
}

/** Bounds far above what a jail needs in an attack; each, when full, is some 50 megabytes. */
export const defaultLimits: TrackerLimits = { maxTracked: 250_000, maxBans: 250_000, maxUndecided: 10_000 };
