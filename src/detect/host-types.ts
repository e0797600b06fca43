import type { Clock, Logger } from '../base/index.ts';
import type { LogState, Position, SourceSettings } from '../source/index.ts';
import type { PatternJudge } from './judge/index.ts';
import type { Failure, FilterSettings } from './types.ts';

/** A jail to be detected for. */
export interface DetectionJail {
  readonly filter: FilterSettings;
  readonly source: SourceSettings;
  /** Where reading goes on. */
  readonly positions: readonly Position[];
  /** Compiled, but not reading yet. */
  readonly idle: boolean;
}

/** What was found, and how far was read for it: both count or neither does. */
export interface DetectionBatch {
  readonly failures: readonly Failure[];
  readonly positions: readonly { readonly jail: string; readonly position: Position }[];
  /** Jails whose first catch-up is over by this. */
  readonly caughtUp: readonly string[];
  /** What was read since the batch before; absent where nobody counts. */
  readonly lines?: readonly JailLines[];
  /** When the first of the failures was read, seconds since the epoch. */
  readonly readSec?: number;
}

/** What was read for a jail. Lines that hold nothing of what a rule requires are passed over as bytes. */
export interface JailLines {
  readonly jail: string;
  /** Lines that its rules were tried on. */
  readonly lines: number;
  readonly bytes: number;
}

/** How a jail is doing in detection. */
export interface DetectionStatus {
  /** `pyinotify`, `polling` or `systemd`. */
  readonly backend: string;
  /** Files that are followed, with their trouble, if any. */
  readonly files: readonly { readonly path: string; readonly state: LogState; readonly reason: string }[];
  /** The journal, where that is what is read. */
  readonly journal: { readonly state: LogState; readonly reason: string } | undefined;
  /** Rules that held lines too often, as `failregex 3`; they do not run until the jail gets rules again. */
  readonly suspendedRules: readonly string[];
  /** All of its detection is suspended, since too little or the wrong thing would be left. */
  readonly suspended: boolean;
}

/** Something that the administrator should see beside the log: a jail is degraded, or no longer. */
export type DetectionEvent =
  | {
      readonly kind: 'log';
      readonly jail: string;
      /** Undefined for the journal. */
      readonly path: string | undefined;
      readonly state: LogState;
      readonly reason: string;
    }
  | { readonly kind: 'rule suspended'; readonly jail: string; readonly rule: string }
  /** It stopped itself after too many errors, until it is told to go on. */
  | { readonly kind: 'idle'; readonly jail: string };

export interface DetectionHostOptions {
  readonly clock: Clock;
  /** Gets all log lines, those of the worker included. */
  readonly logger: Logger;
  /** Takes a batch; the next one comes when it has returned (or its promise has settled). */
  onBatch(batch: DetectionBatch): void | Promise<void>;
  onEvent?(event: DetectionEvent): void;
  /** The rules of a jail may hold a line for so long (time on the processor); 250 if absent. */
  readonly budgetMs?: number;
  /** How many workers there may be, or `auto`: what suits the machine and the files. `auto` if absent. */
  readonly workers?: number | 'auto';
  /** Regexes are judged so long after the last of them came, when a start is over; 1 if absent. */
  readonly judgeDelaySec?: number;
  /** A worker may use so much memory for its objects before it is replaced; 512 if absent. */
  readonly memoryMb?: number;
  /** The worker's module; a test has its own. */
  readonly workerUrl?: URL;
}

/** What the host of a worker shares with those of the others. */
export interface HostParts {
  readonly judge: PatternJudge;
  /** A number for the next jail, which no jail of any host has. */
  nextIndex(): number;
}
