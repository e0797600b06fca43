/** Answers that are not kept longer than this many, whatever is configured. */
const mostAnswers = 100_000;

/** Yes or no by key, for a time, and so many. At the bound the oldest goes. */
export class AnswerCache {
  readonly #maxCount: number;
  readonly #maxTimeSec: number;
  readonly #answers = new Map<string, { readonly answer: boolean; readonly atSec: number }>();

  constructor(limits: { readonly maxCount: number; readonly maxTimeSec: number }) {
    this.#maxCount = Math.min(Math.max(limits.maxCount, 1), mostAnswers);
    this.#maxTimeSec = limits.maxTimeSec;
  }

  get(key: string, nowSec: number): boolean | undefined {
    const kept = this.#answers.get(key);
    if (kept === undefined) return undefined;
    const ageSec = nowSec - kept.atSec;
    // A clock that was set back makes an answer old.
    if (ageSec >= 0 && ageSec < this.#maxTimeSec) return kept.answer;
    this.#answers.delete(key);
    return undefined;
  }

  set(key: string, answer: boolean, nowSec: number): void {
    this.#answers.delete(key);
    for (const eldest of this.#answers.keys()) {
      if (this.#answers.size < this.#maxCount) break;
      this.#answers.delete(eldest);
    }
    this.#answers.set(key, { answer, atSec: nowSec });
  }
}
