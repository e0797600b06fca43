// Owns: where lines come from: log files through rotations, encodings, positions; the journal.
// Receives: paths, globs and journal matches of the jails, and the positions to go on from.
// Emits: blocks of whole lines, journal entries, positions, and how each log is doing.
export { type DateOfLine, findStart } from './bisect.ts';
export { codecForFile, type LineCodec, lineCodec } from './encoding.ts';
export { type FileSystem, nodeFileSystem } from './file-system.ts';
export { expandGlob } from './glob.ts';
export {
  activeJournalFiles,
  checkJournalSettings,
  describeMatches,
  journalArguments,
} from './journal-arguments.ts';
export { type JournalEntry, parseJournalEntry } from './journal-entry.ts';
export { JournalNudge } from './journal-nudge.ts';
export {
  type JournalDeps,
  type JournalEvents,
  type JournalOptions,
  JournalReader,
  type JournalSink,
} from './journal-reader.ts';
export { type LineFeed, lineEndAfter, trimLineEnd } from './line-feed.ts';
export { longestLineBytes } from './log-file.ts';
export { type FollowerDeps, LogFollower } from './log-follower.ts';
export type { LogSink } from './log-reader.ts';
export type { LogSubscription, LogsEvents, LogsOptions } from './log-subscription.ts';
export type {
  Backend,
  Block,
  FilePosition,
  JournalPosition,
  LogPath,
  LogState,
  Position,
  SharedRead,
  SourceSettings,
} from './types.ts';
