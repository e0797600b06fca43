import type { Clock } from '../../base/index.ts';
import type { Element } from './wanted.ts';

interface Held {
  /** When the kernel ends it, by a clock that nobody sets. */
  readonly endsMs: number;
  /** The kernel cannot count as far as it is wanted. */
  readonly clamped: boolean;
}

/** A clamped timeout is renewed when less than this is left. */
const renewMs = 3_600_000;

/** Works out the timeouts that are given to the kernel, and remembers when it will have ended what. */
export class Timeouts {
  readonly #clock: Clock;
  readonly #longestSec: number;
  readonly #held = new Map<string, Held>();

  constructor(clock: Clock, longestSec: number) {
    this.#clock = clock;
    this.#longestSec = longestSec;
  }

  /**
   * Seconds that an element is to last: 0 for ever, undefined when it is over already. The address is held from now on.
   */
  take(element: Element): number | undefined {
    const { address, endSec } = element;
    if (!Number.isFinite(endSec)) {
      this.#held.set(address, { endsMs: Number.POSITIVE_INFINITY, clamped: false });
      return 0;
    }
    const leftSec = Math.ceil(endSec - this.#clock.nowSec());
    if (leftSec <= 0) return undefined;
    const seconds = Math.min(leftSec, this.#longestSec);
    this.#held.set(address, { endsMs: performance.now() + seconds * 1000, clamped: leftSec > seconds });
    return seconds;
  }

  /** Whether the kernel has ended the element by now, so that there is nothing to delete. */
  isOver(address: string): boolean {
    const held = this.#held.get(address);
    return held !== undefined && performance.now() > held.endsMs;
  }

  /** It was given to the kernel, which has not ended it yet. */
  isHeld(address: string): boolean {
    return this.#held.has(address) && !this.isOver(address);
  }

  /** How many the kernel has to hold now. */
  heldCount(): number {
    const nowMs = performance.now();
    let count = 0;
    for (const { endsMs } of this.#held.values()) if (endsMs > nowMs) count++;
    return count;
  }

  forget(address: string): void {
    this.#held.delete(address);
  }

  clear(): void {
    this.#held.clear();
  }

  /** Addresses that the kernel will let go too early. */
  renewals(): string[] {
    const soonMs = performance.now() + renewMs;
    return Array.from(this.#held)
      .filter(([, { clamped, endsMs }]) => clamped && endsMs < soonMs)
      .map(([address]) => address);
  }
}
