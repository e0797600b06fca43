import { type CompileOptions, compilePythonRegex } from '../../src/pyregex/index.ts';

/** What a search finds, with each engine that may run the pattern: the text of the match and of its groups. */
export function findWithBoth(
  pattern: string,
  text: string,
  options: CompileOptions = {},
): (readonly (string | undefined)[] | null)[] {
  const auto = compilePythonRegex(pattern, options);
  const engines =
    auto.engine === 'v8' ? [auto, compilePythonRegex(pattern, { ...options, engine: 'backtrack' })] : [auto];
  return engines.map((regex) => regex.search(text)?.groups ?? null);
}
