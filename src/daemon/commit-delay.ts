import type { Clock } from '../base/index.ts';

/** What may wait is written together with what comes within so long. */
const usualSec = 0.1;
/** It waits so many times as long as it took to write the last time, but not longer than that. */
const factor = 4;
const longestSec = 1;

/** Decides how long changes that are not urgent wait for others: the longer, the more writing costs. */
export class CommitDelay {
  readonly #clock: Clock;
  readonly #commit: () => void;
  #cancel: (() => void) | undefined;
  #delaySec = usualSec;

  /** `commit` is called when it is time. */
  constructor(clock: Clock, commit: () => void) {
    this.#clock = clock;
    this.#commit = commit;
  }

  /** Something is to be committed soon. */
  start(): void {
    this.#cancel ??= this.#clock.after(this.#delaySec, this.#commit);
  }

  /** Nothing waits any more. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Writes, and learns from it how long the next changes wait. */
  write(work: () => void): void {
    const startedMs = performance.now();
    work();
    const tookSec = (performance.now() - startedMs) / 1000;
    this.#delaySec = Math.min(Math.max(usualSec, factor * tookSec), longestSec);
  }
}
