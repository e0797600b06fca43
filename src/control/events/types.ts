/** Everything that the live stream tells of, in the order of the documentation. */
export const eventTypes = [
  'found',
  'ban',
  'restore',
  'increase',
  'unban',
  'error',
  'degraded',
  'recovered',
  'started',
  'stopped',
] as const;

export type EventType = (typeof eventTypes)[number];

interface InJail {
  readonly jail: string;
  /** Seconds since the epoch, with a fraction. */
  readonly timeSec: number;
}

/** A failure that counts. */
export interface FoundEvent extends InJail {
  readonly type: 'found';
  readonly id: string;
  /** How many failures it stands for. */
  readonly failures: number;
  /** Index of the failregex, where it is known. */
  readonly rule?: number;
  /** The log lines behind it, capped. */
  readonly matches: readonly string[];
}

/** A ban came into force (`ban`), came back at a start (`restore`), or got another length (`increase`). */
export interface BanEvent extends InJail {
  readonly type: 'ban' | 'restore' | 'increase';
  readonly id: string;
  /** When the ban began. */
  readonly sinceSec: number;
  /** Its length; -1 is for ever. */
  readonly banTimeSec: number;
  /** How often this id was banned by this jail, this time included. */
  readonly banCount: number;
  readonly failures: number;
  readonly matches: readonly string[];
  /** An administrator asked for it, or, for `increase`, what made it longer. */
  readonly cause: 'failures' | 'by hand' | 'increment' | 'repeat' | 'settings';
}

/** A ban ended. */
export interface UnbanEvent extends InJail {
  readonly type: 'unban';
  readonly id: string;
  readonly sinceSec: number;
  readonly banTimeSec: number;
  readonly cause: 'expired' | 'by hand' | 'jail stops';
}

/** A step of an action failed. */
export interface ErrorEvent extends InJail {
  readonly type: 'error';
  readonly action: string;
  /** `start`, `ban`, `unban`, … */
  readonly step: string;
  /** The id concerned; absent for steps that concern the action as a whole. */
  readonly id?: string;
  readonly message: string;
}

/** A jail guards less than it should, or as much as it should again; began; or ended. */
export interface JailEvent extends InJail {
  readonly type: 'degraded' | 'recovered' | 'started' | 'stopped';
  /** What is wrong, or well again; empty where the type says it all. */
  readonly message: string;
}

export type ControlEvent = FoundEvent | BanEvent | UnbanEvent | ErrorEvent | JailEvent;

/** Which events a listener wants. */
export interface EventFilter {
  /** Undefined: of all jails. */
  readonly jails?: readonly string[] | undefined;
  /** Undefined: all types. */
  readonly types?: readonly EventType[] | undefined;
}
