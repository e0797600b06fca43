// Owns: a jail's rules: tags, compilation, matching, multi-line windows, sessions, who is counted.
// Receives: settings of a filter; lines cut at their dates.
// Emits: matches with id, captured fields and lines.
export type { Fields, FieldValue } from './fields.ts';
export type { Identity } from './identity.ts';
export { pulseOf, RuleMatcher, type RuleMemory } from './matcher.ts';
export { refusalOf } from './refusal.ts';
export type { LineResult, MatcherOptions, Place, PrefixOutcome, RuleMatch } from './result.ts';
export type { Rule } from './rule.ts';
export { compileRules, type RuleSet } from './rule-set.ts';
export { expandTags, groupOfField } from './tags.ts';
