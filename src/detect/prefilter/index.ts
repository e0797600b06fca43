// Owns: which lines a jail has to look at, told from bytes.
// Receives: the rules of jails, and blocks of lines.
// Emits: the lines that may match, with the rules for each.
export { type Cuts, cutsOf } from './cuts.ts';
export { emptySet } from './literal-sets.ts';
export { everyLineOf, type LineNeeds, needsOf, type RuleNeed } from './needs.ts';
export { type CandidateLines, Prefilter } from './prefilter.ts';
