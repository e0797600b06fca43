// Owns: logs whose lines are JSON objects.
// Receives: `logformat`, and lines.
// Emits: lines in the form that the rules see.
export { jsonLine } from './json-lines.ts';
export { type JsonFormat, parseLogFormat } from './log-format.ts';
