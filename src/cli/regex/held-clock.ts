import type { Clock } from '../../base/index.ts';

/** A clock that can be made to stand still. */
export class HeldClock implements Clock {
  readonly #clock: Clock;
  #heldSec: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  nowSec(): number {
    return this.#heldSec ?? this.#clock.nowSec();
  }

  after(delaySec: number, callback: () => void): () => void {
    return this.#clock.after(delaySec, callback);
  }

  /** From now on it is now, which is returned. */
  hold(): number {
    this.#heldSec = this.#clock.nowSec();
    return this.#heldSec;
  }

  release(): void {
    this.#heldSec = undefined;
  }
}
