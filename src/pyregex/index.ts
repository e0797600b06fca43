// Owns: Python's regular expressions: their syntax, and matching exactly as Python does.
// Receives: a pattern and flags; then texts.
// Emits: matches with groups and spans; literals that every match contains; the parsed tree; errors with a caret.
export { compilePythonRegex, parsePythonRegex } from './compile.ts';
export type { Node, RegexTree } from './tree.ts';
export type { CompiledRegex, CompileOptions, RegexMatch, RequiredLiterals } from './types.ts';
export { boundedAbove } from './verdict/bounded-above.ts';
export { type JudgeOptions, judgeBacktracking } from './verdict/judge.ts';
export { findTwoPlaces, isAnchoredAtStart, type TwoPlaces } from './verdict/places.ts';
export { type Attack, attackText, type BacktrackingVerdict, type PatternPart } from './verdict/types.ts';
