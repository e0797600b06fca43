// Owns: the verdicts on regular expressions in use, and the process that finds them.
// Receives: patterns that were compiled, and those that were caught holding a line.
// Emits: patterns that are dangerous, with the length of text from which they are.
export { type JudgeOptions, PatternJudge } from './pattern-judge.ts';
export { type StartJudge, startJudge } from './start-judge.ts';
