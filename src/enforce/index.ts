// Owns: the actions of each jail and the shell commands that they run.
// Receives: decisions of track, and the actions' settings.
// Emits: effects on the machine, and outcomes.
export type { Action, ActionTraits } from './action.ts';
export { actionMethods, type MethodArguments } from './action-control.ts';
export { ActionProperties } from './action-properties.ts';
export { type CreateAction, createShellAction, createUsualAction } from './create-action.ts';
export {
  createEngineServices,
  type EngineServices,
  machineTools,
  type ToolOptions,
  type ToolResult,
  type Tools,
} from './engines/index.ts';
export type { ActionProblem, ActionStatus } from './health.ts';
export { HostNames, type HostNamesOptions, machineNames, type NameSource } from './host-names.ts';
export { IgnoreCommand, type IgnoreCommandParts, type IgnoreCommandSettings } from './ignore-command.ts';
export { JailEnforcer } from './jail-enforcer.ts';
export type { JailEnforcerParts } from './jail-enforcer-parts.ts';
export { Notifier, type NotifierParts } from './notify/index.ts';
export { isScriptFile, readTrustedSource } from './script-action/index.ts';
export type { ShellCommand } from './shell-command.ts';
export type { ShellResult } from './shell-process.ts';
export { actionEnvironment, createShellRunner, type RunOptions, type ShellRunner } from './shell-runner.ts';
export { type StopLimits, StopPatience } from './stop-patience.ts';
export { Tarpit, type TarpitAddress, type TarpitStatus } from './tarpit/index.ts';
export type {
  ActionSettings,
  ActionStep,
  BanHistory,
  BanHold,
  BanItem,
  BansInForce,
  Family,
  JailFigures,
  MergedBans,
  Outcome,
} from './types.ts';
