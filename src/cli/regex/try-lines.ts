import { type CandidateLines, Prefilter, type Rule } from '../../detect/index.ts';
import { type LineCodec, trimLineEnd } from '../../source/index.ts';
import type { LineChunk } from './file-chunks.ts';
import type { TestLog } from './lines.ts';
import type { VerdictSink } from './sinks.ts';
import type { TestRun } from './test-run.ts';
import type { TestLine } from './verdict.ts';

/** Told that so many more lines are done. */
export type OnLines = (lines: number) => void;

const lineFeed = 10;
const noRules: readonly Rule[] = [];

/**
 * Tries a log, and tells a sink what becomes of each line. Where the rules say what a line has to contain, the others are
 * passed over as bytes. Returns how many seconds it took.
 */
export async function tryLines(
  run: TestRun,
  log: TestLog,
  sink: VerdictSink,
  onLines: OnLines = () => undefined,
): Promise<number> {
  const startMs = performance.now();
  const { bytes } = log;
  const needs = bytes === undefined ? undefined : run.passOver(bytes.codec);
  if (bytes === undefined || needs === undefined) await tryBlocks(run, log, sink, onLines);
  else {
    const prefilter = new Prefilter([needs]);
    const rulesOf = (set: number): readonly Rule[] => prefilter.rulesOf(needs, set);
    for (const chunk of bytes.chunks) {
      const lines = prefilter.scan(chunk.bytes, chunk.start, chunk.end);
      onLines(await tryChunk(run, sink, { ...chunk, codec: bytes.codec, lines, rulesOf }));
    }
  }
  return (performance.now() - startMs) / 1000;
}

/** Waits only where it must: for more lines, for a name to be looked up, for a reader of the output. */
async function tryBlocks(
  run: TestRun,
  { blocks }: TestLog,
  sink: VerdictSink,
  onLines: OnLines,
): Promise<void> {
  for await (const block of blocks) {
    for (const line of block) {
      const waits = tryOne(run, sink, line, undefined);
      if (waits !== undefined) await waits;
    }
    onLines(block.length);
  }
}

/** Lines of a log, and which of them may match. */
interface SiftedChunk extends LineChunk {
  readonly codec: LineCodec;
  readonly lines: CandidateLines;
  rulesOf(set: number): readonly Rule[];
}

/** Returns the number of lines. */
async function tryChunk(run: TestRun, sink: VerdictSink, chunk: SiftedChunk): Promise<number> {
  const { bytes, end, codec, lines } = chunk;
  const nowSec = run.nowSec();
  let count = 0;
  let candidate = 0;
  for (let start = chunk.start; start < end; count += 1) {
    const isCandidate = candidate < lines.count && lines.starts[candidate] === start;
    const next = isCandidate ? lines.ends[candidate]! : bytes.indexOf(lineFeed, start) + 1;
    const behind = next === 0 || next > end ? end : next;
    const textEnd = trimLineEnd(bytes, start, behind, 'byte');
    if (isCandidate || !passOver(run, sink, chunk, start, textEnd, nowSec)) {
      const rules = isCandidate ? chunk.rulesOf(lines.sets[candidate]!) : noRules;
      const waits = tryOne(run, sink, { text: codec.decode(bytes, start, textEnd) }, rules);
      if (waits !== undefined) await waits;
    }
    if (isCandidate) candidate += 1;
    start = behind;
  }
  run.release();
  return count;
}

/** Whether a line that no rule can match was done with. */
function passOver(
  run: TestRun,
  sink: VerdictSink,
  { bytes, codec }: SiftedChunk,
  start: number,
  end: number,
  nowSec: number,
): boolean {
  if (!sink.takesMissed) return false;
  const passed = run.pass(bytes, start, end, nowSec);
  if (passed === undefined) return false;
  if (typeof passed === 'object') sink.add(passed);
  else if (passed === 'skipped') sink.addSkipped();
  else if (sink.addMissed(passed === 'missed-with-prefix')) sink.keepMissed(codec.decode(bytes, start, end));
  return true;
}

function tryOne(
  run: TestRun,
  sink: VerdictSink,
  line: TestLine,
  rules: readonly Rule[] | undefined,
): Promise<void> | undefined {
  const answer = run.try(line, rules);
  if (!(answer instanceof Promise)) return sink.add(answer);
  return answer.then((verdict) => sink.add(verdict));
}
