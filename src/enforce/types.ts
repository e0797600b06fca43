import type { PythonValue } from '../base/index.ts';
import type { Ban } from '../track/index.ts';

/** One action of a jail as configured: properties in the order of the stream (`actionstart`, `actionban`, `port`, …). */
export interface ActionSettings {
  readonly name: string;
  readonly properties: ReadonlyMap<string, PythonValue>;
  /** Set by the `addaction NAME FILE KWARGS` form: the action is that file: a JavaScript module, or Python's. */
  readonly pythonFile?: string | undefined;
  /** Say what would be done, and do nothing. */
  readonly dryRun?: boolean;
}

/** What an action can be told to do. */
export type ActionStep =
  | 'start'
  | 'stop'
  | 'flush'
  | 'reload'
  | 'ban'
  | 'unban'
  | 'prolong'
  | 'reban'
  | 'check'
  | 'repair';

/** What became of one step of an action. */
export interface Outcome {
  readonly jail: string;
  readonly action: string;
  readonly step: ActionStep;
  /** The id concerned; absent for steps that concern the action as a whole. */
  readonly id?: string;
  readonly ok: boolean;
  /** It waits to be sent; another outcome tells how that ended. */
  readonly queued?: true;
  /** Exit code of the last command, where one ran to its end. */
  readonly exitCode?: number;
  readonly durationMs: number;
  /** What failed, in fail2ban's words, such as `Error banning 192.0.2.1`. */
  readonly reason?: string;
  /** The tool's own words, escaped and capped. */
  readonly error?: string;
}

/** How a ban stands in one action. */
export interface BanHold {
  readonly action: string;
  /** The engine behind it; absent where it runs commands. */
  readonly engine?: string;
  /** `adopted`: found from an earlier run; `skipped`: it leaves restored bans alone; `lost`: it is to be made again. */
  readonly state: 'made' | 'failed' | 'adopted' | 'skipped' | 'lost' | 'absent';
  /** Whether what it needs in the kernel is there, looked at just now; absent where it was busy. */
  readonly sound?: boolean;
  /** Decisions that wait for it. */
  readonly waiting: number;
}

/** A ban on its way to an action. */
export interface BanItem {
  readonly ban: Ban;
  /** It comes from the database at start: actions with `norestored` leave it alone. */
  readonly restored: boolean;
}

/** The address family that an action's commands may depend on; empty for an id that is no address, or no difference. */
export type Family = 'inet4' | 'inet6' | '';

/** Counts and settings of the jail, for the tags that name them. */
export interface JailFigures {
  /** The jail's ban time in seconds. */
  banTimeSec(): number;
  banned(): number;
  bannedTotal(): number;
  found(): number;
  foundTotal(): number;
}

/** What is stored about an address: all its bans merged. */
export interface MergedBans {
  readonly failures: number;
  readonly matches: readonly string[];
}

/** The database, for `<ipmatches>` and its kin. */
export interface BanHistory {
  /** All bans of an address, in one jail or (undefined) in all; undefined when nothing is stored. */
  merged(ip: string, jail: string | undefined): MergedBans | undefined;
}

/** The bans in force of one jail, as their owner (`track`) keeps them. */
export interface BansInForce {
  size(): number;
  has(id: string): boolean;
  get(id: string): Ban | undefined;
  /** In the order in which they came into force; to be gone through at once. */
  list(): Iterable<Ban>;
}
