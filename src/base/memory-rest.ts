import { getHeapStatistics } from 'node:v8';
import type { Clock } from './clock.ts';

/** Work is over when there was none for so long. */
const restSec = 20;
/** A collection is worth its few hundredths of a second only if the heap has grown by so much since the last one. */
const worthBytes = 4 << 20;

/** What is looked at and done; a test gives its own. */
export interface Heap {
  /** What the heap has of the machine's memory. */
  bytes(): number;
  /** Collects all garbage, after which the runtime gives back what it does not need. */
  collect(): void;
}

/**
 * Gives memory back after work: the runtime keeps what a start or an attack made it take, since it collects garbage only
 * when it needs room again, and a program at rest never does. Waits for the end of the work; at rest it has no timer. One for
 * each thread.
 */
export class MemoryRest {
  readonly #clock: Clock;
  readonly #heap: Heap;
  #workedAtSec = 0;
  #cancel: (() => void) | undefined;
  #bytesAfter = 0;

  constructor(clock: Clock, heap: Heap = threadHeap()) {
    this.#clock = clock;
    this.#heap = heap;
  }

  /** There is work. */
  noteWork(): void {
    this.#workedAtSec = this.#clock.nowSec();
    this.#cancel ??= this.#clock.after(restSec, () => this.#look());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #look(): void {
    this.#cancel = undefined;
    const leftSec = this.#workedAtSec + restSec - this.#clock.nowSec();
    // A clock that was set back must not make it wait for long.
    if (leftSec > 0 && leftSec <= restSec) {
      this.#cancel = this.#clock.after(leftSec, () => this.#look());
      return;
    }
    if (this.#heap.bytes() - this.#bytesAfter < worthBytes) return;
    this.#heap.collect();
    this.#bytesAfter = this.#heap.bytes();
  }
}

/** This thread's heap. Only where the runtime was started with `--expose-gc` can it be told to collect. */
function threadHeap(): Heap {
  const { gc } = globalThis as { gc?: (how: Readonly<Record<string, string>>) => void };
  return {
    bytes: () => getHeapStatistics().total_physical_size,
    // The thorough way, which also closes gaps: nobody waits.
    collect: () => gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' }),
  };
}
