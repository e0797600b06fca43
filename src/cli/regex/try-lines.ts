import { type CandidateLines, type LineBytes, Prefilter, type Rule } from '../../detect/index.ts';
import { type LineCodec, trimLineEnd } from '../../source/index.ts';
import type { BufferedOutput } from './buffered-output.ts';
import type { LineChunk } from './file-chunks.ts';
import { type Walk, type WalkGuard, walkGuarded } from './guarded-walk.ts';
import type { TestLog } from './lines.ts';
import type { VerdictSink } from './sinks.ts';
import type { TestRun } from './test-run.ts';
import { TimeLimit } from './time-limit.ts';
import type { TestLine } from './verdict.ts';

/** Told that so many more lines are done. */
export type OnLines = (lines: number) => void;

const lineFeed = 10;
const noRules: readonly Rule[] = [];

/**
 * Tries a log, and tells a sink what becomes of each line. Where the rules say what a line has to contain, the others are
 * passed over as bytes. Returns how many seconds it took. `output`: where the sink prints.
 */
export async function tryLines(
  run: TestRun,
  log: TestLog,
  sink: VerdictSink,
  output: BufferedOutput,
  onLines: OnLines = () => undefined,
): Promise<number> {
  const startMs = performance.now();
  const guard: WalkGuard = { limit: new TimeLimit(), output, onLines };
  const { bytes } = log;
  const needs = bytes === undefined ? undefined : run.passOver(bytes.codec);
  if (bytes === undefined || needs === undefined) {
    for await (const block of log.blocks) {
      await walkGuarded(new BlockWalk(run, sink, block), run, sink, guard);
    }
  } else {
    const prefilter = new Prefilter([needs]);
    const rulesOf = (set: number): readonly Rule[] => prefilter.rulesOf(needs, set);
    for (const chunk of bytes.chunks) {
      const lines = prefilter.scan(chunk.bytes, chunk.start, chunk.end);
      const walk = new ChunkWalk(run, sink, { ...chunk, codec: bytes.codec, lines, rulesOf });
      await walkGuarded(walk, run, sink, guard);
      run.release();
    }
  }
  return (performance.now() - startMs) / 1000;
}

/** Lines that are texts already. */
class BlockWalk implements Walk {
  done = 0;
  readonly #run: TestRun;
  readonly #sink: VerdictSink;
  readonly #block: readonly TestLine[];

  constructor(run: TestRun, sink: VerdictSink, block: readonly TestLine[]) {
    this.#run = run;
    this.#sink = sink;
    this.#block = block;
  }

  get isOver(): boolean {
    return this.done >= this.#block.length;
  }

  step(): Promise<void> | undefined {
    const waits = tryOne(this.#run, this.#sink, this.line(), undefined);
    this.done += 1;
    return waits;
  }

  line(): TestLine {
    return this.#block[this.done]!;
  }

  skip(): void {
    this.done += 1;
  }
}

/** Lines of a log, and which of them may match. */
interface SiftedChunk extends LineChunk {
  readonly codec: LineCodec;
  readonly lines: CandidateLines;
  rulesOf(set: number): readonly Rule[];
}

/** Lines that become texts only where they may match. */
class ChunkWalk implements Walk {
  done = 0;
  readonly #run: TestRun;
  readonly #sink: VerdictSink;
  readonly #chunk: SiftedChunk;
  #nowSec: number;
  #hasWaited = false;
  #start: number;
  #candidate = 0;

  constructor(run: TestRun, sink: VerdictSink, chunk: SiftedChunk) {
    this.#run = run;
    this.#sink = sink;
    this.#chunk = chunk;
    this.#nowSec = run.holdTime();
    this.#start = chunk.start;
  }

  get isOver(): boolean {
    return this.#start >= this.#chunk.end;
  }

  step(): Promise<void> | undefined {
    const chunk = this.#chunk;
    const start = this.#start;
    if (this.#hasWaited) {
      this.#nowSec = this.#run.holdTime();
      this.#hasWaited = false;
    }
    const isCandidate = this.#isCandidate();
    const behind = this.#behind(isCandidate);
    const textEnd = trimLineEnd(chunk.bytes, start, behind, 'byte');
    const line = { bytes: chunk.bytes, start, end: textEnd, codec: chunk.codec };
    const waits = isCandidate
      ? tryBytes(this.#run, this.#sink, line, this.#nowSec, chunk.rulesOf(chunk.lines.sets[this.#candidate]!))
      : passOver(this.#run, this.#sink, line, this.#nowSec);
    this.#hasWaited = waits !== undefined;
    this.#moveTo(behind, isCandidate);
    return waits;
  }

  line(): TestLine {
    const { bytes, codec } = this.#chunk;
    const end = trimLineEnd(bytes, this.#start, this.#behind(this.#isCandidate()), 'byte');
    return { text: codec.decode(bytes, this.#start, end) };
  }

  skip(): void {
    const isCandidate = this.#isCandidate();
    this.#moveTo(this.#behind(isCandidate), isCandidate);
  }

  #isCandidate(): boolean {
    const { lines } = this.#chunk;
    return this.#candidate < lines.count && lines.starts[this.#candidate] === this.#start;
  }

  #behind(isCandidate: boolean): number {
    const { bytes, end, lines } = this.#chunk;
    const next = isCandidate ? lines.ends[this.#candidate]! : bytes.indexOf(lineFeed, this.#start) + 1;
    return next === 0 || next > end ? end : next;
  }

  #moveTo(behind: number, wasCandidate: boolean): void {
    if (wasCandidate) this.#candidate += 1;
    this.#start = behind;
    this.done += 1;
  }
}

/** A line that no rule can match. */
function passOver(
  run: TestRun,
  sink: VerdictSink,
  line: LineBytes,
  nowSec: number,
): Promise<void> | undefined {
  const { bytes, start, end } = line;
  const passed = sink.takesMissed ? run.pass(bytes, start, end, nowSec) : undefined;
  if (passed === undefined) return tryOne(run, sink, { text: textOf(line) }, noRules);
  if (typeof passed === 'object') return sink.add(passed);
  if (passed === 'skipped') sink.addSkipped();
  else if (sink.addMissed(passed === 'missed-with-prefix')) sink.keep('missed', textOf(line));
  return undefined;
}

/** A line that rules may match. */
function tryBytes(
  run: TestRun,
  sink: VerdictSink,
  line: LineBytes,
  nowSec: number,
  rules: readonly Rule[],
): Promise<void> | undefined {
  const counted = run.count(line, nowSec, rules);
  if (counted === undefined) return tryOne(run, sink, { text: textOf(line) }, rules);
  if (counted instanceof Promise) return counted.then((verdict) => sink.add(verdict));
  if ('line' in counted) return sink.add(counted);
  if (sink.addCounted(counted)) sink.keep(counted.kind, textOf(line));
  return undefined;
}

function textOf({ bytes, start, end, codec }: LineBytes): string {
  return codec.decode(bytes, start, end);
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
