// What the JSON API answers. The dashboard is compiled against these types.

/** The daemon and its jails at one moment. Times are seconds since the epoch. */
export interface Overview {
  readonly version: string;
  readonly compatibleVersion: string;
  readonly host: string;
  readonly startedSec: number;
  readonly nowSec: number;
  /** Bans are kept in the book only. */
  readonly observeOnly: boolean;
  readonly jails: readonly JailOverview[];
  /** Null: nothing is stored. */
  readonly database: { readonly file: string; readonly waiting: number; readonly trouble?: string } | null;
}

export interface JailOverview {
  readonly name: string;
  readonly backend: string;
  /** It reads nothing at the moment. */
  readonly isIdle: boolean;
  /** It says what it would do, and does nothing. */
  readonly isDryRun: boolean;
  readonly currentlyFailed: number;
  readonly totalFailed: number;
  readonly currentlyBanned: number;
  readonly totalBanned: number;
  /** Lines that the rules were tried on, and all bytes that were read. */
  readonly lines: number;
  readonly bytes: number;
  readonly maxRetry: number;
  readonly findTimeSec: number;
  /** -1 is for ever. */
  readonly banTimeSec: number;
  /** What does not work, in words. */
  readonly problems: readonly string[];
  readonly logs: readonly {
    readonly path: string;
    readonly state: string;
    readonly reason: string;
  }[];
  readonly rules: readonly RuleOverview[];
  readonly actions: readonly {
    readonly name: string;
    readonly waiting: number;
    readonly held: number;
    readonly problem?: string;
  }[];
}

export interface RuleOverview {
  readonly index: number;
  readonly regex: string;
  /** Lines that it matched since the daemon started. */
  readonly matches: number;
}

/** One page of the bans in force. */
export interface BanPage {
  /** How many there are for the search. */
  readonly total: number;
  readonly offset: number;
  readonly bans: readonly BanRow[];
}

export interface BanRow {
  readonly jail: string;
  readonly id: string;
  readonly sinceSec: number;
  /** -1 is for ever. */
  readonly banTimeSec: number;
  readonly banCount: number;
  readonly failures: number;
  readonly isByHand: boolean;
}

/** Bans of the past, from the database. */
export interface History {
  readonly fromSec: number;
  readonly toSec: number;
  readonly bucketSec: number;
  /** There were more than are looked at: the oldest are missing. */
  readonly isCut: boolean;
  readonly total: number;
  /** Bans by bucket, the oldest first, by jail. */
  readonly jails: readonly { readonly jail: string; readonly counts: readonly number[] }[];
  /** Networks with most bans: /24 and /48. */
  readonly networks: readonly { readonly network: string; readonly bans: number; readonly ids: number }[];
  /** Ids with most bans. */
  readonly ids: readonly { readonly id: string; readonly bans: number }[];
}
