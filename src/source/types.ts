import type { LineCodec } from './encoding.ts';
import type { LogSink } from './log-reader.ts';

/** Where reading a log goes on after a restart. */
export type Position = FilePosition | JournalPosition;

export interface FilePosition {
  readonly kind: 'file';
  readonly path: string;
  /** Byte offset behind the last line that was processed. */
  readonly offset: number;
  /** Hash of the first line, by which the file is known; as fail2ban's database keeps it. */
  readonly firstLineHash: string;
}

export interface JournalPosition {
  readonly kind: 'journal';
  /** journald's opaque cursor of the last entry that was processed; empty when only the time is known. */
  readonly cursor: string;
  /** Time of that entry, seconds since the epoch. */
  readonly timeSec: number;
}

/** A file, or a glob of files, to follow. */
export interface LogPath {
  /** Path or glob; new files that match a glob are picked up while running. */
  readonly pattern: string;
  /** Start at the end of files without a kept position. */
  readonly tail: boolean;
}

export type Backend = 'auto' | 'pyinotify' | 'gamin' | 'polling' | 'systemd';

/** How a jail's lines are read. */
export interface SourceSettings {
  readonly backend: Backend;
  readonly logPaths: readonly LogPath[];
  /** Encoding name as Python spells it, or `auto`. */
  readonly logEncoding: string;
  /** Alternatives of `FIELD=value` terms, as fail2ban's journalmatch with `+` between alternatives. */
  readonly journalMatch: readonly (readonly string[])[];
  /** Options of the `systemd[...]` backend: journalpath, journalfiles, journalflags, namespace, rotated. */
  readonly journalOptions: Readonly<Record<string, string>>;
}

/** Whole lines of one file, as bytes. Valid only during the call that hands it over: the memory is used again. */
export interface Block {
  /** The lines, each with its line end. */
  readonly bytes: Buffer;
  /** Offset of the first byte in the file. */
  readonly offset: number;
  /** Offset behind the last line; with an overlong line, of which only the start is kept, more than `bytes` is long. */
  readonly endOffset: number;
  /** How to make text of the lines. */
  readonly codec: LineCodec;
  /** These lines were processed before, by a worker that is no more: they refresh the memory, their failures are dropped. */
  readonly warmUp?: boolean;
  /** The read that it is a part of; absent: nobody else reads the file. */
  readonly read?: SharedRead;
}

/** What was read of a file at once, for all that read it: what one of them finds out of it holds for the others too. */
export interface SharedRead {
  readonly bytes: Buffer;
  /** Offset of the first byte in the file. */
  readonly offset: number;
  /** Whoever may be handed a part of it: the same array until somebody comes or goes. */
  readonly sinks: readonly LogSink[];
}

/** How a log is doing. */
export type LogState = 'reading' | 'missing' | 'unreadable';
