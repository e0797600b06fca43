import { type PythonValue, pythonStr, WarderError } from '../../base/index.ts';

import { ask } from '../session.ts';

/** What the daemon says of its tarpit. */
export interface TarpitFigures {
  readonly means: string;
  readonly problems: readonly string[];
  readonly held: number;
  readonly accepted: number;
  /** All connections together. */
  readonly wastedSec: number;
}

const limitMs = 10_000;

/** `warder tarpit`. */
export async function askTarpit(socketPath: string): Promise<TarpitFigures> {
  const value = await mustAnswer(socketPath, ['tarpit']);
  const field = (name: string): PythonValue => (value instanceof Map ? (value.get(name) ?? null) : null);
  const problems = field('problems');
  return {
    means: pythonStr(field('means')),
    problems: Array.isArray(problems) ? problems.map(pythonStr) : [],
    held: Number(field('held') ?? 0),
    accepted: Number(field('accepted') ?? 0),
    wastedSec: Number(field('wastedSec') ?? 0),
  };
}

/** `warder unban ADDRESS`. */
export async function unban(socketPath: string, address: string): Promise<void> {
  await mustAnswer(socketPath, ['unban', address]);
}

async function mustAnswer(socketPath: string, words: readonly string[]): Promise<PythonValue> {
  const answer = await ask(socketPath, words, limitMs);
  if (answer.ok) return answer.value;
  throw new WarderError(
    'DEMO_STEP',
    `the daemon refuses '${words.join(' ')}': ${answer.error.args.map(String).join(' ')}`,
  );
}
