import type { LogRecord } from '../../base/index.ts';

/** Where finished lines go. */
export interface Sink {
  /** Takes a message; never throws and never waits for long. A message of several lines has them in `text`. */
  write(text: string, record: LogRecord): void;
  /** After a rotation: closes the file and opens the one that has its name now. */
  reopen?(): void;
  /** Writes what is still queued, as far as that goes quickly, and lets go. */
  close(): void;
}

/** Told about lost messages and broken targets; each trouble once a minute. */
export type OnTrouble = (message: string) => void;

/** Bytes that a sink may hold back for a reader that is slow or away; more are dropped, counted and reported. */
export const maxQueuedBytes = 1024 * 1024;
