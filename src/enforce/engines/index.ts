// Owns: the engines, which enforce bans in-process and in bulk, and what watches over them.
// Receives: bans, and the properties of actions.
// Emits: a firewall that is equal to the list of bans.
export { EngineAction } from './engine-action.ts';
export { endFlows } from './flows.ts';
export { NotServed } from './parameters.ts';
export { handWritten, mustBeMadeAnew, type Served, servedBy } from './served.ts';
export { createEngineServices, type EngineServices } from './services.ts';
export { machineTools, type ToolOptions, type ToolResult, type Tools } from './tools.ts';
