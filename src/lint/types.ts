import type { Attack } from '../pyregex/index.ts';
import type { LintCode } from './codes.ts';

export type Severity = 'error' | 'warning' | 'info';

/** Something in the configuration that works, but not well, or not as its author thinks. */
export interface Finding {
  readonly code: LintCode;
  readonly severity: Severity;
  /** One sentence without the place. */
  readonly message: string;
  readonly file?: string;
  /** Counted from 1. */
  readonly line?: number;
  /** Name of the option that is concerned. */
  readonly option?: string;
  /** The filter with the options with which this was found. */
  readonly filter?: string;
  readonly jail?: string;
  readonly hint?: string;
  /** Text that shows it: a log line in which an address can be moved, the start of a text that takes long. */
  readonly example?: string;
  readonly attack?: Attack;
}
