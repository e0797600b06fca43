import { parseArgs } from 'node:util';

/** What every scenario takes on its command line. */
export interface BenchOptions {
  readonly rounds: number;
  /** Multiplies the sizes of files: 0.1 for a quick look. */
  readonly scale: number;
  /** A missed figure makes the exit code 1. */
  readonly strict: boolean;
  /** Where the figures go as JSON. */
  readonly json?: string;
  /** What is built and measured; the sources as they are without it. */
  readonly commit?: string;
  /** Of the scenario itself. */
  readonly words: readonly string[];
}

export const optionsUsage = `  --rounds N    how often each thing is measured (3)
  --scale F     multiplies the sizes of the logs: 0.1 for a quick look (1)
  --json FILE   writes the figures as JSON
  --commit REV  measures the programs of that commit, not those of the sources as they are
  --strict      ends with 1 when a figure misses what is wanted`;

/** Throws a TypeError for an option that there is not. */
export function parseOptions(args: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      rounds: { type: 'string', default: '3' },
      scale: { type: 'string', default: '1' },
      json: { type: 'string' },
      commit: { type: 'string' },
      strict: { type: 'boolean', default: false },
    },
  });
  return {
    rounds: positive('rounds', values.rounds),
    scale: positive('scale', values.scale),
    strict: values.strict,
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.commit === undefined ? {} : { commit: values.commit }),
    words: positionals,
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new TypeError(`--${name} takes a number above 0, not ${text}`);
}
