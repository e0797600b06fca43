import type { Failure } from '../detect/index.ts';
import type { BanTimeIncrement } from './increment.ts';

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
  /** An administrator asked for it; it must not feed recidive, also not after a restart. */
  readonly byHand?: boolean;
}

/** Why a ban came into force: by counting, by hand, or from the database at start. */
export type BanOrigin = 'failure' | 'manual' | 'restore';

/** Why a ban ended: its time, by hand, or because its jail stops. */
export type UnbanReason = 'expired' | 'manual' | 'stop';

/** What `track` tells `enforce` to do. */
export type Decision =
  | { readonly kind: 'ban'; readonly ban: Ban; readonly origin: BanOrigin }
  | { readonly kind: 'unban'; readonly ban: Ban; readonly reason: UnbanReason }
  /**
   * A ban in force got a new length; `ban` carries the new one. Without a cause it is an increment, which follows its
   * ban at once and runs `actionprolong`. With a cause it concerns only enforcement that has a timeout of its own, since fail2ban runs no
   * command for it: the source went on until it would have been banned again (`repeat`), or the jail's ban time was
   * changed (`settings`, which may also shorten it).
   */
  | { readonly kind: 'prolong'; readonly ban: Ban; readonly cause?: 'repeat' | 'settings' }
  /** Hits go on from a banned source, long enough after its ban that the rule may be missing (FACTS 17). */
  | { readonly kind: 'recheck'; readonly ban: Ban };

/** How a jail counts and for how long it bans; times in seconds. */
export interface TrackSettings {
  readonly jail: string;
  readonly maxRetry: number;
  readonly findTimeSec: number;
  readonly banTimeSec: number;
  /** Who comes back is banned for longer; absent for the same time always. */
  readonly increment?: BanTimeIncrement;
  /** Failures count against networks of these prefix lengths, and bans are of them; absent for single addresses. */
  readonly banPrefix4?: number;
  readonly banPrefix6?: number;
  /**
   * Addresses count one by one, and a network is banned once so many of them were banned within findtime; absent for
   * never.
   */
  readonly escalateAfter?: number;
  /** Matches kept per id. */
  readonly maxMatches: number;
  readonly ignoreSelf: boolean;
  /** Addresses, networks, host names, raw ids, or `file:/path`. */
  readonly ignoreIp: readonly string[];
  readonly ignoreCommand: string;
  readonly useDns: 'yes' | 'warn' | 'no' | 'raw';
}

/** What is counted against one id that is not banned (yet). */
export interface FailureCount {
  readonly id: string;
  /** Start of the interval that is counted, seconds since the epoch (it moves up when findtime is exceeded). */
  readonly firstSec: number;
  /** The newest failure. */
  readonly timeSec: number;
  /** The number that is compared with maxretry; rescaled when the interval exceeds findtime. */
  readonly retry: number;
  /** Failures in all, never rescaled. */
  readonly failures: number;
  readonly matches: readonly string[];
  /** Fields of the first failure. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A failure whose fate hangs on something slow (a name lookup, the ignore command). */
export interface ParkedFailure {
  /** Number within the jail, never used twice in one run. */
  readonly seq: number;
  readonly failure: Failure;
}

/** What the database is to remember or forget of bans, in order. */
export type BanRecord =
  | { readonly kind: 'ban'; readonly ban: Ban }
  /** Unbanned by hand: ban and history go. */
  | { readonly kind: 'forget'; readonly id: string }
  | { readonly kind: 'forget-all' };

/** Everything that changed in one jail since the last time somebody asked; to be committed in one piece. */
export interface TrackChanges {
  readonly jail: string;
  readonly records: readonly BanRecord[];
  /** Counts that are new or different. */
  readonly counts: readonly FailureCount[];
  /** Ids that are no longer counted. */
  readonly dropped: readonly string[];
  readonly parked: readonly ParkedFailure[];
  /** Parked failures that were decided. */
  readonly settled: readonly number[];
}

/** What a jail knew when it last ran. */
export interface TrackMemory {
  /** Bans still in force, with today's ban time applied. */
  readonly bans: readonly Ban[];
  readonly counts: readonly FailureCount[];
  readonly parked: readonly ParkedFailure[];
}

/** The numbers that `status <jail>` shows. */
export interface TrackStatus {
  readonly currentlyFailed: number;
  readonly totalFailed: number;
  readonly currentlyBanned: number;
  readonly totalBanned: number;
}

/** What an unban by hand did. */
export interface UnbanResult {
  /** Bans that ended. */
  readonly ended: number;
  /** As given: ids that had no ban. `unbanip --report-absent` makes an error of them. */
  readonly absent: readonly string[];
}
