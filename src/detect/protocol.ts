import { type LogLevel, WarderError } from '../base/index.ts';
import type { LogState, Position, SourceSettings } from '../source/index.ts';
import type { JailLines } from './host-types.ts';
import type { PackedFailures } from './packed-failures.ts';
import type { PatternBound, SuspectedPattern } from './pattern.ts';
import type { FilterSettings } from './types.ts';

/** One line, so that a worker which replaces another can leave it out. */
export type LineKey =
  | { readonly kind: 'file'; readonly path: string; readonly offset: number }
  | { readonly kind: 'journal'; readonly cursor: string }
  | { readonly kind: 'inside'; readonly id: number };

/** What a worker is told of a jail. */
export interface JailSpec {
  /** The jail's number in the shared memory. */
  readonly index: number;
  readonly filter: FilterSettings;
  readonly source: SourceSettings;
  readonly positions: readonly Position[];
  readonly idle: boolean;
  /** What the worker before knew of it; absent at its first start. */
  readonly resume?: JailResume;
}

export interface JailResume {
  /** Files whose first catch-up was over. */
  readonly filesInOperation: readonly string[];
  readonly journalInOperation: boolean;
  /** A journal entry some way before the position. */
  readonly warmUpFrom: string | undefined;
  /** Lines to leave out. */
  readonly skips: readonly LineKey[];
}

export interface JailChange {
  readonly filter?: FilterSettings;
  readonly source?: SourceSettings;
  readonly idle?: boolean;
}

/** A line given from inside. */
export interface InsideLine {
  readonly id: number;
  readonly jail: string;
  readonly text: string;
  readonly timeSec: number;
}

/** What the main thread asks of the worker. `add`, `update` and `remove` are answered by a `reply` with their id. */
export type Request =
  | { readonly kind: 'add'; readonly id: number; readonly jail: JailSpec }
  | { readonly kind: 'update'; readonly id: number; readonly jail: string; readonly change: JailChange }
  | { readonly kind: 'remove'; readonly id: number; readonly jail: string }
  | { readonly kind: 'inject'; readonly line: InsideLine }
  /** How dangerous a pattern is, wherever it is used. */
  | { readonly kind: 'bound'; readonly pattern: PatternBound }
  /** The last batch is done with; the next one may come. */
  | { readonly kind: 'credit' }
  | { readonly kind: 'stop' };

/** Failures together with how far was read for them; both count or neither does. */
export interface WorkerBatch {
  readonly kind: 'batch';
  readonly failures: PackedFailures;
  readonly positions: readonly { readonly jail: string; readonly position: Position }[];
  /** Cursors from which a later worker refreshes its memory, by jail. */
  readonly warmUpFrom: readonly { readonly jail: string; readonly cursor: string }[];
  /** Jails whose first catch-up was over by this batch. */
  readonly caughtUp: readonly string[];
  /** Lines from inside up to this id are dealt with. */
  readonly insideUpTo: number;
  /** How many lines were looked at. */
  readonly lines: readonly JailLines[];
  /** When the first of the failures was read; absent without failures. */
  readonly readSec?: number;
}

/** How one log of a jail is doing; `path` is undefined for the journal. */
export interface LogReport {
  readonly jail: string;
  readonly path: string | undefined;
  readonly state: LogState | 'removed';
  readonly reason: string;
}

/** A rule that reached the bound of its steps on a line. */
export interface Overrun {
  readonly jail: string;
  /** As RulePulse has it, in the filter that the worker had. */
  readonly rule: number;
  readonly line: LineKey | undefined;
  readonly text: string;
}

export type Answer =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'reply';
      readonly id: number;
      readonly positions?: readonly Position[];
      readonly error?: PlainError;
    }
  | WorkerBatch
  | { readonly kind: 'log'; readonly level: LogLevel; readonly logger: string; readonly message: string }
  | ({ readonly kind: 'report' } & LogReport)
  /** The first catch-up of a file (or of the journal, without path) is over. */
  | { readonly kind: 'operating'; readonly jail: string; readonly path: string | undefined }
  /** A rule gave up on a line, which is left out. */
  | ({ readonly kind: 'overrun' } & Overrun)
  /** Patterns that are in use now, and whose danger the worker does not know. */
  | { readonly kind: 'compiled'; readonly patterns: readonly SuspectedPattern[] }
  /** The jail stopped itself after too many errors. */
  | { readonly kind: 'idle'; readonly jail: string }
  | { readonly kind: 'stopped' };

/** An error as it crosses between threads, which keep no classes. */
export interface PlainError {
  readonly code: string | undefined;
  readonly message: string;
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly index: number | undefined;
  readonly jail: string | undefined;
  readonly hint: string | undefined;
}

export function plainError(error: unknown): PlainError {
  const known = error instanceof WarderError ? error : undefined;
  return {
    code: known?.code,
    message: error instanceof Error ? error.message : String(error),
    file: known?.file,
    line: known?.line,
    index: known?.index,
    jail: known?.jail,
    hint: known?.hint,
  };
}

/** The error as it was thrown in the worker; one without a code becomes DETECT_WORKER. */
export function revivedError(plain: PlainError): WarderError {
  const { code, message, file, line, index, jail, hint } = plain;
  const place = {
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
    ...(index === undefined ? {} : { index }),
    ...(jail === undefined ? {} : { jail }),
    ...(hint === undefined ? {} : { hint }),
  };
  if (code === undefined) return new WarderError('DETECT_WORKER', message, place);
  return new WarderError(code, message, place);
}
