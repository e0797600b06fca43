import { type CompiledRegex, compilePythonRegex } from '../pyregex/index.ts';
import { keyOfPattern, type Pattern, type PatternBound } from './pattern.ts';

/** Compiles a Python regular expression with flags such as `m`. */
export type CompileRegex = (pattern: string, flags?: string) => CompiledRegex;

/** More regexes than any configuration has; beyond, the eldest is compiled anew when it is needed again. */
const mostRegexes = 10_000;

/**
 * A compiler that remembers: jails that share a filter, and all jails with the default date templates, then share the
 * compiled regexes too. It also keeps which of them are dangerous, and lets these run with bounded steps.
 */
export class RegexCache {
  readonly #regexes = new Map<string, CompiledRegex>();
  readonly #bounds = new Map<string, number>();
  #fresh: Pattern[] = [];

  readonly compile: CompileRegex = (text, flags = '') => {
    const pattern = { text, flags };
    const key = keyOfPattern(pattern);
    let regex = this.#regexes.get(key);
    if (regex === undefined) {
      regex = compilePythonRegex(text, { flags });
      if (regex.engine === 'v8' && !this.#bounds.has(key)) this.#fresh.push(pattern);
      const above = this.#bounds.get(key);
      if (above !== undefined) regex.runBounded(above);
      if (this.#regexes.size >= mostRegexes) this.#regexes.delete(this.#regexes.keys().next().value ?? '');
      this.#regexes.set(key, regex);
    }
    return regex;
  };

  /** Patterns that V8 runs and whose danger is not known, compiled since the last call. */
  takeFresh(): readonly Pattern[] {
    const fresh = this.#fresh;
    this.#fresh = [];
    return fresh;
  }

  /** The pattern is dangerous, whether it is in use now or later. */
  bound(pattern: PatternBound): void {
    const key = keyOfPattern(pattern);
    this.#bounds.set(key, pattern.above);
    this.#regexes.get(key)?.runBounded(pattern.above);
  }
}

/** A compiler that remembers what it compiled, for whoever needs nothing else of a `RegexCache`. */
export function sharedCompiler(): CompileRegex {
  return new RegexCache().compile;
}
