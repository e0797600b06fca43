import { readFileSync } from 'node:fs';
import type { Suspect, WatchdogMemory } from './watchdog-memory.ts';

export interface WatchdogOptions {
  readonly memory: WatchdogMemory;
  /** The rules of a jail may hold a line for so much time of the processor. */
  readonly budgetMs: number;
  /** The worker does not go on. `what` was it at, if it can be told. */
  onStuck(what: Suspect | undefined): void;
  /** Time that a thread has spent on the processor, by its kernel number; undefined if it cannot be told. */
  readonly cpuTimeMs?: (thread: number) => number | undefined;
}

/** Looks within one budget. */
const looksPerBudget = 8;
/** Work without any rule (reading, waiting for a disk, our own faults) may take so many budgets without progress. */
const patience = 120;

/**
 * Watches a worker from the main thread while it works, and only then: idle it costs no timer. Time is the worker's own
 * on the processor, so that a busy or sleeping machine is not taken for a stuck rule.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;
  #last = { pulse: -1, beat: -1, lineSinceMs: 0, sinceMs: 0, looks: 0 };

  constructor(options: WatchdogOptions) {
    this.#options = options;
  }

  start(): void {
    void this.#wait();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#options.memory.release();
  }

  async #wait(): Promise<void> {
    const { memory, budgetMs } = this.#options;
    await memory.untilBusy();
    if (this.#stopped) return;
    this.#timer = setInterval(() => this.#look(), budgetMs / looksPerBudget);
    this.#timer.unref();
  }

  #look(): void {
    const { memory, budgetMs, onStuck } = this.#options;
    if (!memory.isBusy) {
      clearInterval(this.#timer);
      void this.#wait();
      return;
    }
    const { pulse, beat } = memory;
    const last = this.#last;
    const nowMs = this.#spentMs();
    if (beat !== last.beat) {
      this.#last = { pulse, beat, lineSinceMs: nowMs, sinceMs: nowMs, looks: 0 };
      return;
    }
    last.looks += 1;
    if (pulse !== last.pulse) {
      last.pulse = pulse;
      last.sinceMs = nowMs;
    }
    // Many rules that are slow together hold a line as one does. What has not to do with rules must stand still.
    const isRule = (pulse & 1) === 1;
    const spentMs = nowMs - (isRule ? last.lineSinceMs : last.sinceMs);
    // After a sleep of the machine the clock has jumped, but we have looked only once.
    if (last.looks < looksPerBudget || spentMs < (isRule ? budgetMs : budgetMs * patience)) return;
    this.stop();
    onStuck(memory.suspect());
  }

  #spentMs(): number {
    const cpuTimeMs = this.#options.cpuTimeMs ?? threadCpuTimeMs;
    return cpuTimeMs(this.#options.memory.thread) ?? performance.now();
  }
}

/** From the scheduler's statistics; undefined where the kernel has none. */
export function threadCpuTimeMs(thread: number): number | undefined {
  try {
    const spentNs = Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    return spentNs > 0 ? spentNs / 1e6 : undefined;
  } catch {
    return undefined;
  }
}
