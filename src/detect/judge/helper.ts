import { setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { becomeNobody } from '../../base/index.ts';
import { boundedAbove, judgeBacktracking, parsePythonRegex } from '../../pyregex/index.ts';
import type { Pattern } from '../pattern.ts';
import type { Verdict } from './protocol.ts';

// The process that judges regular expressions; the build bundles it as regex-judge.js. It reads patterns from its standard
// input and writes verdicts to its standard output. It is apart from the daemon so that its memory is given back, works when the
// processor has nothing better to do, and is nobody.

const lowestPriority = 19;

process.title = 'warder-judge';
setPriority(lowestPriority);
becomeNobody();
createInterface({ input: process.stdin })
  .on('line', (line) => process.stdout.write(`${JSON.stringify(judged(JSON.parse(line)))}\n`))
  .on('close', end);
process.stdout.on('error', end);

function judged({ text, flags }: Pattern): Verdict {
  try {
    const tree = parsePythonRegex(text, flags);
    const above = boundedAbove(judgeBacktracking(tree, { severalLines: flags.includes('m') }));
    return Number.isFinite(above) ? { above } : {};
  } catch {
    // What cannot be judged is left to the watchdog.
    return {};
  }
}

function end(): void {
  process.exit(0);
}
