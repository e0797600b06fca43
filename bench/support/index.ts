// What scenarios are made of: a program around each, logs, servers, processes and the table.

export { type CommandRun, runCommand } from './command.ts';
export { processorSec, processTree, pssMiB, wakeups } from './processes.ts';
export { type Figure, formatNumber, median, type Row, ratios, type Wanted } from './rows.ts';
export { Bench, runScenario, type Scenario } from './scenario.ts';
export { BenchServer, type JailCounts } from './server.ts';
export type { JailPlan, ServerKind, ServerPlan } from './server-home.ts';
