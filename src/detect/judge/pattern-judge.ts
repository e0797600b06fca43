import {
  type Clock,
  describeError,
  escapeControl,
  type HelperProcess,
  type Logger,
} from '../../base/index.ts';
import { keyOfPattern, type Pattern, type PatternBound, type SuspectedPattern } from '../pattern.ts';
import type { Verdict } from './protocol.ts';
import type { StartJudge } from './start-judge.ts';

export interface JudgeOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly start: StartJudge;
  /** Judging begins so long after the last pattern came, when the start is over. */
  readonly delaySec: number;
  /** A pattern that takes longer is left to the watchdog. */
  readonly patienceSec: number;
}

/**
 * Knows which patterns may hold a line. Each is judged once, in a process of low priority that lives only while there is
 * something to judge, and whose time is bounded; a rule that was caught holding a line is known from then on.
 */
export class PatternJudge {
  readonly #options: JudgeOptions;
  readonly #listeners = new Set<(bound: PatternBound) => void>();
  readonly #bounds = new Map<string, PatternBound>();
  /** Those that were judged, or wait for it. */
  readonly #known = new Set<string>();
  #waiting: SuspectedPattern[] = [];
  #helper: HelperProcess<Pattern> | undefined;
  #cancelStart: (() => void) | undefined;
  #cancelPatience: (() => void) | undefined;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** What is known of patterns that are dangerous, or looked so. */
  get bounds(): readonly PatternBound[] {
    return [...this.#bounds.values()];
  }

  /** Tells what is found from now on of patterns that are dangerous, or looked so; the returned function ends it. */
  listen(listener: (bound: PatternBound) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Has patterns judged that were not yet, those first that look worst. */
  judge(patterns: readonly SuspectedPattern[]): void {
    for (const pattern of patterns) {
      const key = keyOfPattern(pattern);
      if (this.#known.has(key)) continue;
      this.#known.add(key);
      this.#waiting.push(pattern);
    }
    if (this.#waiting.length === 0 || this.#helper !== undefined) return;
    this.#waiting.sort(bySuspicion);
    this.#cancelStart?.();
    this.#cancelStart = this.#options.clock.after(this.#options.delaySec, () => this.#start());
  }

  /** The pattern has held a line: texts of more than `above` characters are for the bounded matcher. */
  bound(pattern: Pattern, above: number): void {
    const key = keyOfPattern(pattern);
    const before = this.#bounds.get(key);
    // It may have been caught while it was being judged.
    if (before !== undefined && before.above <= above) return;
    const { text, flags } = pattern;
    const bound = { text, flags, above };
    this.#known.add(key);
    this.#bounds.set(key, bound);
    for (const listener of this.#listeners) listener(bound);
  }

  /** Ends the process; what waits is forgotten. */
  stop(): void {
    this.#waiting = [];
    this.#cancelStart?.();
    this.#end();
  }

  #start(): void {
    if (this.#helper !== undefined || this.#waiting.length === 0) return;
    try {
      this.#helper = this.#options.start({
        onMessage: (verdict) => this.#take(verdict),
        // Out of memory, for instance: this pattern is not judged, the others are.
        onEnd: () => this.#giveUp(),
      });
    } catch (error) {
      this.#waiting = [];
      const message = `Regular expressions are not judged: ${describeError(error)}`;
      this.#options.logger.log('WARNING', 'fail2ban.filter', escapeControl(message));
      return;
    }
    this.#ask();
  }

  #ask(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#end();
      return;
    }
    this.#cancelPatience?.();
    this.#cancelPatience = this.#options.clock.after(this.#options.patienceSec, () => this.#giveUp());
    this.#helper?.send({ text: next.text, flags: next.flags });
  }

  #take({ above = Number.POSITIVE_INFINITY }: Verdict): void {
    const pattern = this.#waiting.shift();
    if (pattern !== undefined && Math.min(above, pattern.suspectedAbove) < Number.POSITIVE_INFINITY)
      this.bound(pattern, above);
    this.#ask();
  }

  /** The pattern in work is left to the watchdog. */
  #giveUp(): void {
    this.#waiting.shift();
    this.#end();
    this.#start();
  }

  #end(): void {
    this.#cancelPatience?.();
    this.#helper?.stop();
    this.#helper = undefined;
  }
}

function bySuspicion(one: SuspectedPattern, other: SuspectedPattern): number {
  return Math.sign(one.suspectedAbove - other.suspectedAbove) || 0;
}
