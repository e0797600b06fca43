// Owns: the counts, the ban book and the ignore list of each jail; the process for name lookups.
// Receives: failures, manual bans and unbans, what the database kept.
// Emits: decisions to enforce, and what changed for the database.
export { type BanPrefixOption, banPrefixProblem, isBanPrefixOption } from './ban-width.ts';
export type { ReadGateways } from './gateways.ts';
export type { IgnoreVerdict } from './ignore-list.ts';
export { type BanHistory, BanTimeIncrement, type IncrementOptions, overallHistory } from './increment.ts';
export { createMatchMemory, type MatchMemory } from './line-ring.ts';
export { LookupProcess, type LookupProcessParts } from './lookup/lookup-process.ts';
export { OwnAddresses, type ReadInterfaces } from './own-addresses.ts';
export { type Lookup, type NameAnswer, Resolver, type ResolverLimits } from './resolver.ts';
export { SharedFields } from './shared-fields.ts';
export { JailTracker } from './tracker.ts';
export type { TrackerLimits, TrackerOptions } from './tracker-options.ts';
export type {
  Ban,
  BanOrigin,
  BanRecord,
  Decision,
  FailureCount,
  ParkedFailure,
  TrackChanges,
  TrackMemory,
  TrackSettings,
  TrackStatus,
  UnbanReason,
  UnbanResult,
} from './types.ts';
export type { IgnoreCheck } from './undecided.ts';
