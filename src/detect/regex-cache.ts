import { type CompiledRegex, compilePythonRegex } from '../pyregex/index.ts';

/** Compiles a Python regular expression with flags such as `m`. */
export type CompileRegex = (pattern: string, flags?: string) => CompiledRegex;

/** More regexes than any configuration has; beyond, the eldest is compiled anew when it is needed again. */
const mostRegexes = 10_000;

/**
 * A compiler that remembers: jails that share a filter, and all jails with the default date templates, then share the
 * compiled regexes too, which have no state.
 */
export function sharedCompiler(): CompileRegex {
  const cache = new Map<string, CompiledRegex>();
  return (pattern, flags = '') => {
    const key = `${flags}/${pattern}`;
    let regex = cache.get(key);
    if (regex === undefined) {
      regex = compilePythonRegex(pattern, { flags });
      if (cache.size >= mostRegexes) cache.delete(cache.keys().next().value ?? '');
      cache.set(key, regex);
    }
    return regex;
  };
}
