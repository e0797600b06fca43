import { type CompiledRegex, compilePythonRegex } from '../pyregex/index.ts';
import { keyOfPattern, type Pattern, type PatternBound, type SuspectedPattern } from './pattern.ts';

/** Compiles a Python regular expression with flags such as `m`. */
export type CompileRegex = (pattern: string, flags?: string) => CompiledRegex;

/** More regexes than any configuration has; beyond, the eldest is compiled anew when it is needed again. */
const mostRegexes = 10_000;

/**
 * A compiler that remembers: jails that share a filter, and all jails with the default date templates, then share the
 * compiled regexes too. It also keeps which of them are dangerous, and lets these run with bounded steps; and with
 * `isWary` those that look so, until their verdict comes.
 */
export class RegexCache {
  readonly #regexes = new Map<string, CompiledRegex>();
  readonly #bounds = new Map<string, number>();
  readonly #isWary: boolean;
  #fresh: SuspectedPattern[] = [];

  constructor({ isWary = false }: { isWary?: boolean } = {}) {
    this.#isWary = isWary;
  }

  readonly compile: CompileRegex = (text, flags = '') => {
    const pattern = { text, flags };
    const key = keyOfPattern(pattern);
    let regex = this.#regexes.get(key);
    if (regex === undefined) {
      regex = compilePythonRegex(text, { flags });
      const above = this.#bounds.get(key) ?? this.#suspect(regex, pattern);
      if (above < Number.POSITIVE_INFINITY) regex.runBounded(above);
      if (this.#regexes.size >= mostRegexes) this.#regexes.delete(this.#regexes.keys().next().value ?? '');
      this.#regexes.set(key, regex);
    }
    return regex;
  };

  /** Patterns that V8 runs and whose danger is not known, compiled since the last call. */
  takeFresh(): readonly SuspectedPattern[] {
    if (this.#fresh.length === 0) return this.#fresh;
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** What is known of the pattern, whether it is in use now or later; in the place of any suspicion. */
  bound(pattern: PatternBound): void {
    const key = keyOfPattern(pattern);
    this.#bounds.set(key, pattern.above);
    this.#regexes.get(key)?.runBounded(pattern.above);
  }

  #suspect(regex: CompiledRegex, pattern: Pattern): number {
    if (!this.#isWary || regex.engine !== 'v8') return Number.POSITIVE_INFINITY;
    const { suspectedAbove } = regex;
    this.#fresh.push({ ...pattern, suspectedAbove });
    return suspectedAbove;
  }
}

/** A compiler that remembers what it compiled, for whoever needs nothing else of a `RegexCache`. */
export function sharedCompiler(): CompileRegex {
  return new RegexCache().compile;
}
