// Owns: fail2ban's configuration language: files, layers, includes, substitution, and the options of jails, filters and actions.
// Receives: directories.
// Emits: the commands of fail2ban's configuration stream, and every option with the file and line it comes from.

export { noticesEngine } from './engine-choice.ts';
export { type ConfigFileSystem, machineFiles } from './files.ts';
export { isGlob } from './glob.ts';
export { type OptionList, parseOptionList, splitOptionLists } from './option-list.ts';
export {
  actionOptions,
  filterOptions,
  jailDefaults,
  jailOptions,
  laterJailOptions,
  serverOptions,
  threadOptions,
} from './options.ts';
export { shellWords, splitWords } from './python-text.ts';
export {
  fail2banVersion,
  type ReadFilterOptions,
  type ReadOptions,
  readConfiguration,
  readFilter,
} from './read.ts';
export type { ServerOverrides } from './server-settings.ts';
export { StockFiles } from './stock-files.ts';
export { formatStream, formatStreamPretty, toStream } from './stream.ts';
export {
  ConfigSurvey,
  type SurveyedFilter,
  type WrittenFile,
  type WrittenOption,
  type WrittenRule,
} from './survey.ts';
export type {
  ActionConfig,
  Configuration,
  ConfigWarning,
  EffectiveOption,
  FilterConfig,
  JailConfig,
  LogPathPattern,
  OptionValue,
  Origin,
  StreamCommand,
} from './types.ts';
