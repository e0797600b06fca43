// Owns: detection: dates, tags, rules, multi-line sessions; the worker that runs it and its watchdog.
// Receives: lines with their log's memory, or the settings of jails to read by itself.
// Emits: failures, with the positions behind them.

export type { CutLine } from './cut-line.ts';
export type { LineDate, QuickDate } from './dates/index.ts';
export { createDetector, type DetectorDeps } from './detector.ts';
export type {
  DetectionBatch,
  DetectionEvent,
  DetectionHostOptions,
  DetectionJail,
  DetectionStatus,
} from './host-types.ts';
export { createDetectionHosts, type DetectionHosts } from './hosts.ts';
export type { Inspection, Inspector, InspectorOptions, LineBytes } from './inspector.ts';
export { parseLogFormat } from './json/index.ts';
export { createInspector } from './json-inspector.ts';
export {
  type CandidateLines,
  emptySet,
  everyLineOf,
  type LineNeeds,
  Prefilter,
} from './prefilter/index.ts';
export { type CompileRegex, sharedCompiler } from './regex-cache.ts';
export {
  expandTags,
  type Fields,
  type FieldValue,
  groupOfField,
  type LineResult,
  type Place,
  type PrefixOutcome,
  type Rule,
  type RuleMatch,
  refusalOf,
} from './rules/index.ts';
export type {
  Detector,
  Failure,
  FilterSettings,
  LogMemory,
  RulePulse,
  UseDns,
} from './types.ts';
