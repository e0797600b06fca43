import { Prefilter } from '../../detect/index.ts';
import type { BufferedOutput } from './buffered-output.ts';
import type { LineChunk } from './file-chunks.ts';
import { type Walk, type WalkGuard, walkGuarded } from './guarded-walk.ts';
import type { TestLog } from './lines.ts';
import type { VerdictSink } from './sinks.ts';
import type { TestRun } from './test-run.ts';
import { TimeLimit } from './time-limit.ts';
import { ChunkTrial, tryOne } from './try-chunk.ts';
import { type DividedLog, tryParts } from './try-parts.ts';
import type { TestLine } from './verdict.ts';

/** Told that so many more lines are done. */
export type OnLines = (lines: number) => void;

/**
 * Tries a log, and tells a sink what becomes of each line. Where the rules say what a line has to contain, the others are
 * passed over as bytes. Returns how many seconds it took. `output`: where the sink prints. `divide`: how a file may be tried in
 * parts by several threads.
 */
export async function tryLines(
  run: TestRun,
  log: TestLog,
  sink: VerdictSink,
  output: BufferedOutput,
  onLines: OnLines = () => undefined,
  divide?: Omit<DividedLog, 'file'>,
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
    const trial = new ChunkTrial(run, new Prefilter([needs]), needs, bytes.codec);
    const tryChunk = (chunk: LineChunk): Promise<void> => trial.try(chunk, sink, guard);
    const { file } = bytes;
    const isDone =
      divide !== undefined && file !== undefined && (await tryParts(run, { ...divide, file }, tryChunk));
    if (!isDone) for (const chunk of bytes.chunks) await tryChunk(chunk);
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
