/** A source that is shut out. */
export interface Ban {
  readonly jail: string;
  /** Canonical address or network, or any other id. */
  readonly id: string;
  /** Start, seconds since the epoch. */
  readonly timeSec: number;
  /** Length in seconds; -1 is for ever. */
  readonly banTimeSec: number;
  /** How often this id was banned by this jail, this time included. */
  readonly banCount: number;
  /** Failures counted when it was banned. */
  readonly failures: number;
  /** The log lines that led here, newest last, at most maxmatches. */
  readonly matches: readonly string[];
  /** Captured fields of the failures (`user`, …). */
  readonly fields: Readonly<Record<string, string>>;
}

/** Why a ban came into force: by counting, by hand, or from the database at start. */
export type BanOrigin = 'failure' | 'manual' | 'restore';

/** Why a ban ended: its time, by hand, or because its jail stops. */
export type UnbanReason = 'expired' | 'manual' | 'stop';

/** What `track` tells `enforce` to do. */
export type Decision =
  | { readonly kind: 'ban'; readonly ban: Ban; readonly origin: BanOrigin }
  | { readonly kind: 'unban'; readonly ban: Ban; readonly reason: UnbanReason }
  /** A ban in force got a new length (increment). `ban` carries the new one. */
  | { readonly kind: 'prolong'; readonly ban: Ban }
  /** Hits go on from a banned source, long enough after its ban that the rule may be missing (FACTS 17). */
  | { readonly kind: 'recheck'; readonly ban: Ban };

/** How a jail counts and for how long it bans; times in seconds. */
export interface TrackSettings {
  readonly jail: string;
  readonly maxRetry: number;
  readonly findTimeSec: number;
  readonly banTimeSec: number;
  /** Matches kept per id. */
  readonly maxMatches: number;
  readonly ignoreSelf: boolean;
  /** Addresses, networks, host names, raw ids, or `file:/path`. */
  readonly ignoreIp: readonly string[];
  readonly ignoreCommand: string;
  readonly useDns: 'yes' | 'warn' | 'no' | 'raw';
}
