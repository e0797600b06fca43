import { WarderError } from '../../../src/base/index.ts';
import {
  type CompiledRegex,
  type CompileOptions,
  compilePythonRegex,
  type RegexMatch,
} from '../../../src/pyregex/index.ts';
import type { OracleAnswer, OracleResult } from './oracle.ts';

/** How many results were compared, and what differed. */
export interface Tally {
  compared: number;
  skipped: number;
  readonly byEngine: Record<string, number>;
  readonly differences: string[];
}

export function newTally(): Tally {
  return { compared: 0, skipped: 0, byEngine: {}, differences: [] };
}

export interface ComparedCase {
  readonly pattern: string;
  readonly flags: string;
  readonly subjects: readonly (readonly [string, number])[];
  readonly globalFlags?: 'scoped' | 'strict';
  /** The oracle was given another text of the same meaning, so that places in it say nothing. */
  readonly isReworded?: boolean;
  /** Only whether it is refused counts, not with what words. */
  readonly ignoresMessages?: boolean;
}

/** Compares our answers with those of the oracle, with V8 where it may and with the own matcher always. */
export function compareCase(tally: Tally, compared: ComparedCase, answer: OracleAnswer): void {
  const { pattern, flags } = compared;
  const options: CompileOptions = { flags, globalFlags: compared.globalFlags ?? 'strict' };
  let regex: CompiledRegex;
  try {
    regex = compilePythonRegex(pattern, options);
  } catch (error) {
    compareError(tally, compared, error, answer);
    return;
  }
  if (answer.error !== undefined) {
    differ(tally, compared, `accepted, but Python says: ${answer.error.join(' at ')}`);
    return;
  }
  tally.compared += 1;
  const names = JSON.stringify(Object.entries(answer.names));
  if (regex.groupCount !== answer.groups || JSON.stringify([...regex.groupNames]) !== names) {
    differ(tally, compared, `groups differ: ${regex.groupCount} and ${answer.groups}`);
    return;
  }
  compareRuns(tally, compared, regex, answer.runs);
  if (regex.engine === 'v8') {
    compareRuns(
      tally,
      compared,
      compilePythonRegex(pattern, { ...options, engine: 'backtrack' }),
      answer.runs,
    );
  }
}

function compareError(tally: Tally, compared: ComparedCase, error: unknown, answer: OracleAnswer): void {
  if (!(error instanceof WarderError)) {
    differ(tally, compared, `threw ${String(error)}`);
    return;
  }
  // Documented to be refused: characters by name, and nesting that Python's own recursion hardly bears.
  if (error.code === 'REGEX_UNSUPPORTED') {
    tally.skipped += 1;
    return;
  }
  tally.compared += 1;
  if (answer.error === undefined || error.code !== 'REGEX_SYNTAX') {
    differ(tally, compared, `refused: ${error.message}`);
    return;
  }
  if (compared.ignoresMessages === true) return;
  const [message, position] = answer.error;
  const index = Array.from(compared.pattern.slice(0, error.index)).length;
  // Our messages have their control characters escaped.
  const ours = error.message.split('\n')[0]!;
  // Of a number beyond C's integers Python complains as such, not about the pattern.
  const isForeign = message.startsWith('internal:') || message.startsWith('Python int too large');
  const same = ours === message || /[^\x20-\x7e]/.test(message) || isForeign;
  const samePlace = position === null || position === index || compared.isReworded === true;
  if (!same || !samePlace) {
    differ(tally, compared, `error "${ours}" at ${index}, in Python "${message}" at ${position}`);
  }
}

function compareRuns(
  tally: Tally,
  compared: ComparedCase,
  regex: CompiledRegex,
  runs: readonly (readonly [OracleResult, OracleResult])[],
): void {
  compared.subjects.forEach(([subject, place], at) => {
    const index = Array.from(subject).slice(0, place).join('').length;
    (['search', 'match'] as const).forEach((method, which) => {
      const expected = runs[at]![which]!;
      if (expected === 'timeout' || expected === 'broken') {
        if (expected === 'broken') differ(tally, compared, `the oracle broke on ${JSON.stringify(subject)}`);
        tally.skipped += 1;
        return;
      }
      const found = runBounded(() => regex[method](subject, index));
      if (found === 'stopped') {
        tally.skipped += 1;
        return;
      }
      tally.compared += 1;
      tally.byEngine[regex.engine] = (tally.byEngine[regex.engine] ?? 0) + 1;
      const problem = problemWith(regex, found, expected, subject);
      if (problem !== undefined) {
        differ(
          tally,
          compared,
          `${regex.engine} ${method} in ${JSON.stringify(subject)} from ${index}: ${problem}`,
        );
      }
    });
  });
}

/** The result, or that it took too many steps: then it is slow in Python too, if only below its time limit. */
function runBounded(run: () => RegexMatch | null): RegexMatch | null | 'stopped' {
  try {
    return run();
  } catch (error) {
    if (error instanceof WarderError && error.code === 'REGEX_STEP_LIMIT') return 'stopped';
    throw error;
  }
}

function problemWith(
  regex: CompiledRegex,
  found: RegexMatch | null,
  expected: readonly number[] | null,
  subject: string,
): string | undefined {
  const spans = found === null ? null : spansOf(regex, found);
  if (JSON.stringify(spans) !== JSON.stringify(expected)) {
    return `${JSON.stringify(spans)}, in Python ${JSON.stringify(expected)}`;
  }
  if (found === null) return undefined;
  const texts = found.groups.map((text) => (text === undefined ? null : text));
  const sliced = texts.map((_, group) =>
    spans![2 * group] === -1 ? null : subject.slice(spans![2 * group], spans![2 * group + 1]),
  );
  if (JSON.stringify(texts) !== JSON.stringify(sliced)) return 'groups do not fit their spans';
  return hasRequiredLiteral(regex, texts[0]!)
    ? undefined
    : `no literal of ${JSON.stringify(regex.requiredLiterals)}`;
}

/** Both ways a user of the literals may compare must find one. */
export function hasRequiredLiteral({ requiredLiterals }: CompiledRegex, text: string): boolean {
  if (requiredLiterals === null) return true;
  const { literals, ignoreCase } = requiredLiterals;
  const folds = ignoreCase
    ? [text.toLowerCase(), text.replace(/[A-Z]/g, (letter) => letter.toLowerCase())]
    : [text];
  return folds.every((folded) => literals.some((literal) => folded.includes(literal)));
}

export function spansOf(regex: CompiledRegex, match: RegexMatch): number[] {
  return Array.from({ length: regex.groupCount + 1 }, (_, group) => match.span(group) ?? [-1, -1]).flat();
}

function differ(tally: Tally, { pattern, flags }: ComparedCase, what: string): void {
  tally.differences.push(`${JSON.stringify(pattern)} with flags "${flags}": ${what}`);
}
