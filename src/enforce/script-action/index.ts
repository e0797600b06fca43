// Owns: actions that are JavaScript modules, each carried out by an unprivileged process of its own.
// Receives: an action's settings and its bans.
// Emits: calls of the module's hooks, and outcomes.
export { createScriptAction, isScriptFile } from './create-script-action.ts';
export { readTrustedSource } from './trusted-source.ts';
