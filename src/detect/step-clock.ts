import type { Clock } from '../base/index.ts';

/** A clock that stands still for a moment's work: to ask for the time at every line costs more than reading its date. */
export class StepClock implements Clock {
  readonly #clock: Clock;
  #nowSec: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#nowSec = clock.nowSec();
  }

  /** The next piece of work begins. */
  step(): void {
    this.#nowSec = this.#clock.nowSec();
  }

  nowSec(): number {
    return this.#nowSec;
  }

  after(delaySec: number, callback: () => void): () => void {
    return this.#clock.after(delaySec, callback);
  }
}
