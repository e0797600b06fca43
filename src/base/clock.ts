/** The source of time. Injected everywhere, so that tests set it. */
export interface Clock {
  /** Seconds since the epoch, with a fraction. */
  nowSec(): number;
  /** Calls `callback` once after `delaySec` seconds; the returned function cancels it. */
  after(delaySec: number, callback: () => void): () => void;
}

/** setTimeout holds at most a signed 32-bit count of milliseconds; longer waits are cut into steps. */
const longestTimerMs = 2_147_483_647;

/** The machine's clock. Its timers do not keep the process alive. */
export const systemClock: Clock = {
  nowSec: () => Date.now() / 1000,
  after(delaySec, callback) {
    const endMs = Date.now() + delaySec * 1000;
    let timer: NodeJS.Timeout;
    const arm = (): void => {
      const leftMs = endMs - Date.now();
      timer = setTimeout(
        leftMs > longestTimerMs ? arm : callback,
        Math.min(Math.max(leftMs, 0), longestTimerMs),
      );
      timer.unref();
    };
    arm();
    return () => clearTimeout(timer);
  },
};

/** A clock for tests: time stands still until `advance` or `set` moves it, which runs what has become due, in order. */
export class ManualClock implements Clock {
  #nowSec: number;
  #due: { atSec: number; callback: () => void }[] = [];

  constructor(nowSec = 1_700_000_000) {
    this.#nowSec = nowSec;
  }

  nowSec(): number {
    return this.#nowSec;
  }

  after(delaySec: number, callback: () => void): () => void {
    const entry = { atSec: this.#nowSec + delaySec, callback };
    this.#due.push(entry);
    return () => {
      this.#due = this.#due.filter((other) => other !== entry);
    };
  }

  /** Moves time ahead by `sec` seconds. */
  advance(sec: number): void {
    this.set(this.#nowSec + sec);
  }

  /** Sets the time (also backwards), running on the way every timer that has become due. */
  set(nowSec: number): void {
    for (;;) {
      const next = this.#due.filter((entry) => entry.atSec <= nowSec).sort((a, b) => a.atSec - b.atSec)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((entry) => entry !== next);
      this.#nowSec = Math.max(this.#nowSec, next.atSec);
      next.callback();
    }
    this.#nowSec = nowSec;
  }
}
