// Owns: leaf helpers that know no stage: errors, time, addresses, escaping, log lines, Python values, processes.
// Receives: plain values.
// Emits: plain values.
export { type Clock, ManualClock, systemClock } from './clock.ts';
export { describeError, type ErrorPlace, WarderError } from './errors.ts';
export { escapeControl } from './escape.ts';
export {
  type Expression,
  type ExpressionGrammar,
  type ExpressionScope,
  evaluateExpression,
  type Numeric,
  type NumericFunction,
  parseExpression,
  pythonConstants,
  pythonFunctions,
} from './expression.ts';
export {
  becomeNobody,
  type HelperEvents,
  type HelperProcess,
  type HelperSpec,
  type RunningHelper,
  readMessage,
  startHelperProcess,
} from './helper-process.ts';
export { contains, type IpNetwork, isSingle, parseIp, widen } from './ip.ts';
export {
  formatLogLine,
  formatLogTime,
  type Logger,
  type LogLevel,
  type LogRecord,
  logLevels,
  MemoryLogger,
  silentLogger,
} from './logger.ts';
export { type Heap, MemoryRest } from './memory-rest.ts';
export { holdOwnFile, type OwnFile, ownRuntime } from './own-file.ts';
export {
  Backoff,
  type ChildEnd,
  type ChildSpec,
  findExecutable,
  type RunningChild,
  type Spawn,
  startChild,
} from './process.ts';
export { PythonFloat, PythonTuple, type PythonValue, pythonRepr, pythonStr } from './python-value.ts';
export { RowTable } from './row-table.ts';
export { parseTimeSpan, parseTimeSpanValue } from './time-span.ts';
