import type { Clock, Logger } from '../base/index.ts';
import type { Position } from '../source/index.ts';
import type { TrackChanges } from '../track/index.ts';

/** How far a jail has read one of its logs. */
export interface JailPosition {
  readonly jail: string;
  readonly position: Position;
}

/** What belongs together: it is in the database as a whole or not at all. */
export interface StoreBatch {
  readonly positions?: readonly JailPosition[];
  readonly changes?: readonly TrackChanges[];
}

export interface StoreOptions {
  /** Path of the database; `:memory:` keeps it in memory (which is also what `dbfile = None` should get). */
  readonly file: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `dbmaxmatches`: matches kept per ban; 0 keeps none. */
  readonly maxMatches: number;
  /** `dbpurgeage` in seconds. */
  readonly purgeAgeSec: number;
  /** A database in memory begins with what can be read of this file. */
  readonly seedFile?: string;
  /** Everything the jails know now; asked for when the file had to be replaced under the running daemon. */
  readonly remember?: () => readonly TrackChanges[];
  readonly limits?: Partial<StoreLimits>;
}

export interface StoreLimits {
  /** Bans and unbans that wait while the database cannot be written. */
  readonly maxWaiting: number;
  /** Beyond that the oldest history goes, whatever `dbpurgeage` says. */
  readonly maxFileBytes: number;
  /** How long opening waits for another process that holds the file; the main thread waits with it. */
  readonly openTimeoutMs: number;
}

export const defaultLimits: StoreLimits = {
  maxWaiting: 100_000,
  maxFileBytes: 1024 * 1024 * 1024,
  openTimeoutMs: 3000,
};

/** How today's settings meet the bans that are stored for a jail. */
export interface LoadOptions {
  /** The jail's `bantime`; -1 is for ever. */
  readonly banTimeSec: number;
  /** Counts older than this are of no use. */
  readonly findTimeSec: number;
  /** The jail's `maxmatches`. */
  readonly maxMatches: number;
  /** With `bantime.increment`: `bantime.maxtime` (-1: none) bounds stored bans instead of `bantime`. */
  readonly increment?: { readonly maxTimeSec: number };
}

/** The bans of an id, merged into one (for `<ipjailmatches>` and its like). */
export interface MergedBan {
  /** Start of the oldest of them. */
  readonly timeSec: number;
  readonly failures: number;
  /** Oldest first, at most `dbmaxmatches`. */
  readonly matches: readonly string[];
}

/** A ban of the past. */
export interface PastBan {
  readonly jail: string;
  readonly id: string;
  readonly timeSec: number;
  /** An administrator had asked for it. */
  readonly byHand: boolean;
}

/** A ban as the database keeps it, with what it tells of it. */
export interface KeptBan {
  readonly jail: string;
  readonly timeSec: number;
  /** -1 is for ever. */
  readonly banTimeSec: number;
  readonly banCount: number;
  readonly failures: number;
  readonly matches: readonly string[];
}

/** How the database is doing. */
export interface StoreHealth {
  readonly file: string;
  /** Why changes are not written just now. */
  readonly trouble?: string;
  /** Bans and unbans that wait to be written. */
  readonly waiting: number;
}
