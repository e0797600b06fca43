// Owns: the control socket: fail2ban's pickle protocol and JSON, and the one table of commands behind both.
// Receives: requests from clients; a ServerApi from the daemon.
// Emits: calls of the ServerApi, and answers in fail2ban's shapes; for our own client, the other end of the wire.

export { ControlClient } from './client/client.ts';
export { type StreamMessage, watchEvents } from './client/event-stream.ts';
export { formatHelp } from './commands/help.ts';
export { formatManual } from './commands/manual.ts';
export {
  type CommandSyntax,
  commandSyntaxes,
  type NextWords,
  nextWords,
  type SyntaxPlace,
} from './commands/syntax.ts';
export { Dispatcher } from './dispatcher.ts';
export { EventHub } from './events/hub.ts';
export {
  type ControlEvent,
  type EventFilter,
  type EventType,
  eventTypes,
} from './events/types.ts';
export { type JsonValue, jsonResult, plainJson } from './json-shape.ts';
export * from './pickle/index.ts';
export { pythonErrorOf } from './python-errors.ts';
export type {
  HealthReport,
  JailHealth,
  TarpitAddress,
  TarpitReport,
  WebReport,
  WhyBan,
  WhyCount,
  WhyHold,
  WhyInJail,
  WhyPastBan,
  WhyReport,
  WhyRule,
  WhyStep,
} from './reports.ts';
export type {
  ActionApi,
  BanInForce,
  DatabaseOptions,
  FailedJail,
  JailApi,
  JailOptions,
  JailStatus,
  OwnConfiguration,
  PythonAction,
  ReloadOptions,
  ServerApi,
  ServerOptions,
  ShutdownOptions,
  SourcedCommand,
} from './server-api.ts';
export { defaultSocketLimits, type SocketLimits } from './socket/limits.ts';
export { closeMark, endMark } from './socket/marks.ts';
export { ControlServer, type ControlServerOptions } from './socket/server.ts';
