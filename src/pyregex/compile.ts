import { WarderError } from '../base/index.ts';
import { BacktrackRegex } from './backtrack/backtrack-regex.ts';
import { parseFlagLetters } from './flags.ts';
import { requiredLiterals } from './literals/required-literals.ts';
import { NativeRegex } from './native/native-regex.ts';
import { surveyPattern } from './native/survey.ts';
import { whyNotNative } from './native/why-not-native.ts';
import { parsePattern } from './parse/parse.ts';
import { resolveTree } from './transform/resolve.ts';
import { searchStart } from './transform/search-start.ts';
import type { RegexTree } from './tree.ts';
import type { CompiledRegex, CompileOptions } from './types.ts';

// The pipeline:
//
//   pattern ── tokenize ──▸ tokens ── parse ──▸ tree ── transform ──▸ resolved tree ──┬─ literals ──▸ required literals
//                                                                                     ├─ native ────▸ a V8 RegExp
//                                                                                     └─ backtrack ─▸ a program of our own
//
// The tree is the pattern as written. In the resolved tree flags are applied: characters are sets of code points,
// anchors say what they mean. `native` surveys it, decides whether V8 can run it exactly, and writes V8's text for it;
// what V8 cannot run exactly is for `backtrack`.

const defaultMaxSteps = 5_000_000;

/**
 * Compiles a Python 3.11 regular expression (a str pattern of the module `re`).
 *
 * Matching is that of Python, character for character: which text matches, where, and what each group holds.
 * Throws REGEX_SYNTAX, with Python's message and a caret under the place, for what Python refuses; REGEX_UNSUPPORTED
 * for `\N{…}` and extreme nesting; REGEX_FLAGS for unknown `flags`; REGEX_NOT_NATIVE if V8 is demanded and not exact.
 */
export function compilePythonRegex(pattern: string, options: CompileOptions = {}): CompiledRegex {
  const tree = parsePattern(pattern, parseFlagLetters(options.flags ?? ''), options.globalFlags === 'strict');
  const root = resolveTree(tree);
  const common = {
    source: pattern,
    root,
    groupCount: tree.groupCount,
    groupNames: tree.groupNames,
    requiredLiterals: requiredLiterals(root),
  };
  const maxSteps = options.maxSteps ?? defaultMaxSteps;
  const start = searchStart(tree);
  const backtrack = (reason: string): CompiledRegex =>
    new BacktrackRegex({ ...common, reason, maxSteps, searchStart: start });
  if (options.engine === 'backtrack') return backtrack('asked for');

  const survey = surveyPattern(root);
  let reason =
    start === undefined ? whyNotNative(survey) : 'a set whose search Python prepares under other flags';
  if (reason === undefined) {
    try {
      return new NativeRegex({ ...common, survey, makeFallback: () => backtrack('too large for V8') });
    } catch {
      reason = 'too large for V8';
    }
  }
  if (options.engine !== 'v8') return backtrack(reason);
  throw new WarderError('REGEX_NOT_NATIVE', `V8 cannot run this regex exactly: ${reason}`, {
    hint: "leave the engine to 'auto'",
  });
}

/** The tree of a pattern as written. `flags` as in `CompileOptions`; throws as `compilePythonRegex` does. */
export function parsePythonRegex(pattern: string, flags = ''): RegexTree {
  return parsePattern(pattern, parseFlagLetters(flags), false);
}
