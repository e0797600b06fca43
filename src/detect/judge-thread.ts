import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import { boundedAbove, judgeBacktracking, parsePythonRegex } from '../pyregex/index.ts';
import { kernelThread } from './kernel-thread.ts';
import type { Pattern } from './pattern.ts';

/** What the judge answers: the length above which the pattern may hold a text; infinite if it cannot. */
export interface Verdict {
  readonly above: number;
}

const lowestPriority = 19;

/** Judges in this thread, one by one, the patterns that it is sent, when the processor has nothing better to do. */
export function runPatternJudge(): void {
  const port = parentPort;
  if (port === null) throw new Error('this module runs in a worker thread');
  const thread = kernelThread();
  // Linux knows a priority for each thread.
  if (thread > 0) setPriority(thread, lowestPriority);
  port.on('message', (pattern: Pattern) => port.postMessage({ above: judged(pattern) } satisfies Verdict));
}

function judged({ text, flags }: Pattern): number {
  try {
    return boundedAbove(
      judgeBacktracking(parsePythonRegex(text, flags), { severalLines: flags.includes('m') }),
    );
  } catch {
    // What cannot be judged is left to the watchdog.
    return Number.POSITIVE_INFINITY;
  }
}
