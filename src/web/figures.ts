import type { HistogramFigures } from './metrics/histogram.ts';

/** Everything that the metrics are made of, at one moment. */
export interface Figures {
  readonly version: string;
  readonly compatibleVersion: string;
  readonly nodeVersion: string;
  /** Seconds since the epoch. */
  readonly startedSec: number;
  readonly jails: readonly JailFigures[];
  readonly actions: readonly ActionFigures[];
  readonly database: { readonly waiting: number; readonly isDegraded: boolean } | null;
  readonly tarpit: TarpitSums;
  readonly memory: ProcessFigures;
  /** Lost since the page was too slow. */
  readonly lostEvents: number;
}

/** One jail, since the daemon started. */
export interface JailFigures {
  readonly jail: string;
  /** Lines that the rules were tried on, and all bytes that were read. */
  readonly lines: number;
  readonly bytes: number;
  /** Matches by index of the rule; -1 for those that name none. */
  readonly matches: readonly (readonly [rule: number, matches: number])[];
  readonly failures: number;
  readonly bans: Readonly<Record<'failure' | 'manual' | 'restore', number>>;
  readonly unbans: Readonly<Record<'expired' | 'manual' | 'stop', number>>;
  readonly counted: number;
  readonly banned: number;
  readonly isIdle: boolean;
  /** Something of it does not work. */
  readonly isDegraded: boolean;
  readonly unreadableLogs: number;
  readonly suspendedRules: number;
  /** Decisions that wait, by action. */
  readonly waiting: readonly (readonly [action: string, decisions: number, isDegraded: boolean])[];
  /** From reading the line until the first action had banned. */
  readonly dropSec: HistogramFigures;
}

/** One step of one action. */
export interface ActionFigures {
  readonly jail: string;
  readonly action: string;
  readonly step: string;
  readonly errors: number;
  readonly durationSec: HistogramFigures;
}

export interface TarpitSums {
  readonly held: number;
  readonly mostHeld: number;
  readonly accepted: number;
  readonly refused: number;
  readonly wastedSec: number;
}

export interface ProcessFigures {
  readonly residentBytes: number;
  readonly heapBytes: number;
  readonly cpuSec: number;
}
