import type { BufferedOutput } from './buffered-output.ts';
import type { VerdictSink } from './sinks.ts';
import type { TestRun } from './test-run.ts';
import type { TimeLimit } from './time-limit.ts';
import type { TestLine } from './verdict.ts';

/** Lines of a log, one after the other. */
export interface Walk {
  /** How many lines are done. */
  readonly done: number;
  readonly isOver: boolean;
  /** Tries the line at hand and tells what becomes of it, then goes on to the next; what it returns is waited for. */
  step(): Promise<void> | undefined;
  line(): TestLine;
  /** Goes on to the next line. */
  skip(): void;
}

/** What a walk is guarded with. */
export interface WalkGuard {
  readonly limit: TimeLimit;
  /** Held while lines are tried, since a reader who takes his time must not count against a rule. */
  readonly output: BufferedOutput;
  /** Told that so many more lines are done. */
  readonly onLines: (lines: number) => void;
}

/** Lines are tried together for about so long, since a limit of time costs more than a line. */
const groupMs = 50;
/** Lines between looks at the clock. */
const linesPerLook = 16;
/** One line may take so long. */
const lineLimitMs = 1000;
/** A line is tried so often before what interrupts it is taken for its own doing. */
const mostTries = 3;

/** Walks to the end. A line that a rule holds for too long is given up and says so, and the next lines are tried. */
export async function walkGuarded(
  walk: Walk,
  run: TestRun,
  sink: VerdictSink,
  { limit, output, onLines }: WalkGuard,
): Promise<void> {
  const before = run.number;
  let tries = 1;
  let told = 0;
  while (!walk.isOver) {
    let waits: Promise<void> | undefined;
    output.hold();
    const outcome = limit.run(() => {
      waits = goOn(walk);
    }, groupMs + lineLimitMs);
    output.release();
    if (waits !== undefined) await waits;
    onLines(walk.done - told);
    told = walk.done;
    if (outcome === 'done') {
      tries = 1;
      continue;
    }
    run.disturb();
    run.number = before + walk.done;
    tries += 1;
    if (outcome === 'interrupted' && tries <= mostTries) continue;
    tries = 1;
    await sink.add(run.giveUp(walk.line(), lineLimitMs));
    walk.skip();
  }
  onLines(walk.done - told);
}

/** Some lines, up to one that has to be waited for. */
function goOn(walk: Walk): Promise<void> | undefined {
  const endMs = performance.now() + groupMs;
  for (let count = 1; !walk.isOver; count += 1) {
    const waits = walk.step();
    if (waits !== undefined) return waits;
    if (count % linesPerLook === 0 && performance.now() >= endMs) return undefined;
  }
  return undefined;
}
