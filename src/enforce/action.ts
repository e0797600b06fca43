import type { Ban } from '../track/index.ts';
import type { ActionProperties } from './action-properties.ts';
import type { ActionSettings, BanItem, Outcome } from './types.ts';

/** What one can rely on with an action; asked anew each time, since properties can change. */
export interface ActionTraits {
  /** How many bans one call may carry: 1 for a command per ban, many for an engine. */
  readonly batchLimit: number;
  /** Bans that come from the database are not passed on to it (`norestored`). */
  readonly skipsRestored: boolean;
  /** It wants to know of ban times that became longer by increment. */
  readonly prolongs: boolean;
  /** What it enforces ends by itself, so it has to know of every change of a ban's end. */
  readonly hasTimeouts: boolean;
  /** It can end all bans at once. */
  readonly flushes: boolean;
  /** A ban of it lasts until it is ended, so a lost one has to be made again (a mail, once sent, is none). */
  readonly holdsState: boolean;
  /** It can tell which bans are in force, so they may stay while the daemon restarts. */
  readonly adopts: boolean;
}

/**
 * One action of one jail: a shell action, or an engine that enforces in-process. Its methods are called one at a
 * time, never while another is running. They do not throw for what a tool says: that is an `Outcome`.
 */
export interface Action {
  readonly name: string;
  /** The engine that carries it out; absent where commands do. */
  readonly engine?: string | undefined;
  readonly properties: ActionProperties;
  /** Of an action that cannot take new settings: whether these are its own, so that it may stay. */
  serves?(settings: ActionSettings): boolean;
  traits(): ActionTraits;
  /** Which bans an earlier run of the daemon left in force; makes ready for them what `start` would. */
  adopt(): Promise<readonly string[]>;
  /** After a crash, for an action that cannot `adopt`: takes away what the earlier run left in force. */
  clearLeftovers(): Promise<void>;
  /** At the start of the jail. An action that starts on demand does nothing yet. */
  start(): Promise<Outcome>;
  /** One outcome for each ban, in order. */
  ban(bans: readonly BanItem[]): Promise<readonly Outcome[]>;
  /** As `ban`, for bans that were made before and may have been lost, or may be in force still. */
  reban(bans: readonly BanItem[]): Promise<readonly Outcome[]>;
  unban(bans: readonly BanItem[]): Promise<readonly Outcome[]>;
  /** `bans` carry the new ban time. */
  prolong(bans: readonly BanItem[]): Promise<readonly Outcome[]>;
  /** Ends all bans at once; only where `traits().flushes`. */
  flush(): Promise<Outcome>;
  /** Takes notice of changed properties (`actionreload`). */
  reload(): Promise<Outcome>;
  /** Looks whether the environment of the bans is still there; repairs it if it is not and `mayRepair`. */
  check(mayRepair: boolean): Promise<Outcome>;
  stop(): Promise<Outcome>;
  /** The daemon ends and its bans stay in force: nobody looks after them any more. */
  leave?(): void;
  /** Hits go on from a source whose ban is in force, as far as one can see. */
  hitsGoOn?(ban: Ban): Promise<void>;
  /** Grows each time bans of this one's kind were lost by a repair: those made before have to be made again. */
  lossesOf(ban: Ban): number;
  /** Grows each time any bans were lost. */
  totalLosses(): number;
}
