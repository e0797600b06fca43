// Owns: the daemon as a whole: start, reload, stop; one jail assembled from the stages; the choice of enforcement.
// Receives: where the configuration lies, signals, commands from the control socket.
// Emits: a running system, and its log.
export { checkRules, type EveryLineJail, everyLineJails } from './check-rules.ts';
export { chooseEnforcement, type Enforcement, enforcementDefaults } from './enforcement.ts';
export { lineDates } from './line-dates.ts';
export { LogTarget } from './log-target.ts';
export type { DaemonOptions } from './options.ts';
export { runDaemon } from './run.ts';
export { compatibleVersion, warderVersion } from './version.ts';
