// Owns: judging a configuration: rules that can be abused or are slow, options that nobody reads.
// Receives: the configuration as it is written, and the jails that it makes.
// Emits: findings with their code, file and line.
export { type LintCode, lintCodes } from './codes.ts';
export { type LintScope, lint, lintableJails } from './lint.ts';
export type { Finding, Severity } from './types.ts';
export { type ReadBytes, UntouchedFiles } from './untouched.ts';
