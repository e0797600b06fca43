import type { CandidateLines, LineBytes, LineNeeds, Prefilter, Rule } from '../../detect/index.ts';
import { type LineCodec, trimLineEnd } from '../../source/index.ts';
import type { LineChunk } from './file-chunks.ts';
import { type Walk, type WalkGuard, walkGuarded } from './guarded-walk.ts';
import type { VerdictSink } from './sinks.ts';
import type { TestRun } from './test-run.ts';
import type { TestLine } from './verdict.ts';

const lineFeed = 10;
const noRules: readonly Rule[] = [];

/** Tries lines that are bytes, a chunk after the other. */
export class ChunkTrial {
  readonly #run: TestRun;
  readonly #prefilter: Prefilter;
  readonly #codec: LineCodec;
  readonly #rulesOf: (set: number) => readonly Rule[];

  constructor(run: TestRun, prefilter: Prefilter, needs: LineNeeds, codec: LineCodec) {
    this.#run = run;
    this.#prefilter = prefilter;
    this.#codec = codec;
    this.#rulesOf = (set) => prefilter.rulesOf(needs, set);
  }

  async try(chunk: LineChunk, sink: VerdictSink, guard: WalkGuard): Promise<void> {
    const lines = this.#prefilter.scan(chunk.bytes, chunk.start, chunk.end);
    const sifted = { ...chunk, codec: this.#codec, lines, rulesOf: this.#rulesOf };
    await walkGuarded(new ChunkWalk(this.#run, sink, sifted), this.#run, sink, guard);
    this.#run.release();
  }
}

/** The lines of chunks: where each begins, where its text ends, and where the next line begins. */
export function* eachLine(chunks: Iterable<LineChunk>): Generator<{
  readonly bytes: Buffer;
  readonly start: number;
  readonly textEnd: number;
  readonly behind: number;
}> {
  for (const { bytes, start: first, end } of chunks) {
    for (let start = first; start < end; ) {
      const feed = bytes.indexOf(lineFeed, start);
      const behind = feed < 0 || feed >= end ? end : feed + 1;
      yield { bytes, start, textEnd: trimLineEnd(bytes, start, behind, 'byte'), behind };
      start = behind;
    }
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

/** A line that is text already. `rules`: that may match; undefined: all. */
export function tryOne(
  run: TestRun,
  sink: VerdictSink,
  line: TestLine,
  rules: readonly Rule[] | undefined,
): Promise<void> | undefined {
  const answer = run.try(line, rules);
  if (!(answer instanceof Promise)) return sink.add(answer);
  return answer.then((verdict) => sink.add(verdict));
}
