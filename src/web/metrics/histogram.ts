/** A histogram as Prometheus has it, not yet summed up from bucket to bucket. */
export interface HistogramFigures {
  /** Upper bounds, ascending; the last bucket is without one. */
  readonly bounds: readonly number[];
  /** Observations by bucket, one more than there are bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Bounds for what an action takes, in seconds: from an engine's transaction to a command's timeout. */
export const actionBoundsSec = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
/** Bounds for the way of a line to the ban in force. */
export const dropBoundsSec = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];

/** Counts observations by their size. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: number[];
  #sum = 0;

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array<number>(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    const size = Number.isFinite(value) ? Math.max(value, 0) : 0;
    const found = this.#bounds.findIndex((bound) => size <= bound);
    const index = found < 0 ? this.#bounds.length : found;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += size;
  }

  figures(): HistogramFigures {
    return { bounds: this.#bounds, counts: [...this.#counts], sum: this.#sum };
  }
}
