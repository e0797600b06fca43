import { Worker } from 'node:worker_threads';
import type { Clock } from '../base/index.ts';
import type { Verdict } from './judge-thread.ts';
import { keyOfPattern, type Pattern, type PatternBound } from './pattern.ts';
import { workerCode } from './worker-url.ts';

export interface JudgeOptions {
  readonly clock: Clock;
  /** Judging begins so long after the last pattern came, when the start is over. */
  readonly delaySec: number;
  /** A pattern that takes longer is left to the watchdog. */
  readonly patienceSec: number;
  /** The thread's module; a test has its own. */
  readonly url?: URL;
}

/** How the thread that judges is told from a worker that detects. */
export interface JudgeStart {
  readonly judge: true;
}

const youngGenerationMb = 8;
const oldGenerationMb = 256;

/**
 * Knows which patterns may hold a line. Each is judged once, in a thread of low priority that lives only while there is
 * something to judge, and whose time is bounded; a rule that was caught holding a line is known from then on.
 */
export class PatternJudge {
  readonly #options: JudgeOptions;
  readonly #listeners = new Set<(bound: PatternBound) => void>();
  readonly #bounds = new Map<string, PatternBound>();
  /** Those that were judged, or wait for it. */
  readonly #known = new Set<string>();
  #waiting: Pattern[] = [];
  #thread: Worker | undefined;
  #cancelStart: (() => void) | undefined;
  #cancelPatience: (() => void) | undefined;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** All patterns that are dangerous, as far as is known. */
  get bounds(): readonly PatternBound[] {
    return [...this.#bounds.values()];
  }

  /** Tells of dangerous patterns found from now on; the returned function ends it. */
  listen(listener: (bound: PatternBound) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Has patterns judged that were not yet. */
  judge(patterns: readonly Pattern[]): void {
    for (const pattern of patterns) {
      const key = keyOfPattern(pattern);
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.#waiting.push(pattern);
    }
    if (this.#waiting.length === 0 || this.#thread !== undefined) return;
    this.#cancelStart?.();
    this.#cancelStart = this.#options.clock.after(this.#options.delaySec, () => this.#start());
  }

  /** The pattern has held a line: texts of more than `above` characters are for the bounded matcher. */
  bound(pattern: Pattern, above: number): void {
    const key = keyOfPattern(pattern);
    const before = this.#bounds.get(key);
    if (before !== undefined && before.above <= above) return;
    const bound = { ...pattern, above };
    this.#known.add(key);
    this.#bounds.set(key, bound);
    for (const listener of this.#listeners) listener(bound);
  }

  /** Ends the thread; what waits is forgotten. */
  async stop(): Promise<void> {
    this.#waiting = [];
    this.#cancelStart?.();
    await this.#end();
  }

  #start(): void {
    if (this.#thread !== undefined || this.#waiting.length === 0) return;
    const thread = new Worker(this.#options.url ?? workerCode.url(), {
      workerData: { judge: true } satisfies JudgeStart,
      resourceLimits: {
        maxOldGenerationSizeMb: oldGenerationMb,
        maxYoungGenerationSizeMb: youngGenerationMb,
      },
    });
    this.#thread = thread;
    thread.unref();
    thread.on('message', (verdict: Verdict) => {
      if (thread === this.#thread) this.#take(verdict);
    });
    // Out of memory, for instance: this pattern is not judged, the others are.
    thread.on('error', () => undefined);
    thread.on('exit', () => {
      if (thread === this.#thread) this.#giveUp();
    });
    this.#ask(thread);
  }

  #ask(thread: Worker): void {
    this.#cancelPatience = this.#options.clock.after(this.#options.patienceSec, () => this.#giveUp());
    thread.postMessage(this.#waiting[0]);
  }

  #take({ above }: Verdict): void {
    this.#cancelPatience?.();
    const pattern = this.#waiting.shift();
    if (pattern !== undefined && above !== Number.POSITIVE_INFINITY) this.bound(pattern, above);
    if (this.#thread === undefined) return;
    if (this.#waiting.length === 0) void this.#end();
    else this.#ask(this.#thread);
  }

  /** The pattern in work is left to the watchdog. */
  #giveUp(): void {
    this.#waiting.shift();
    void this.#end();
    this.#start();
  }

  async #end(): Promise<void> {
    const thread = this.#thread;
    this.#thread = undefined;
    this.#cancelPatience?.();
    await thread?.terminate();
  }
}
