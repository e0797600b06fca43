import {
  type Clock,
  describeError,
  escapeControl,
  type HelperProcess,
  type Logger,
} from '../../base/index.ts';
import { keyOfPattern, type Pattern, type PatternBound } from '../pattern.ts';
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

/** Repeats something that repeats, or that has alternatives: these are judged first, since nearly all dangerous ones are among them. */
const nestedRepeat = /(?:[*+?}]|\|[^()]*)\)[*+]/;

function looksDangerous({ text }: Pattern): boolean {
  return nestedRepeat.test(text);
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
  #waiting: Pattern[] = [];
  #helper: HelperProcess<Pattern> | undefined;
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
    if (this.#waiting.length === 0 || this.#helper !== undefined) return;
    this.#waiting.sort((a, b) => Number(looksDangerous(b)) - Number(looksDangerous(a)));
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
    this.#helper?.send(next);
  }

  #take({ above }: Verdict): void {
    const pattern = this.#waiting.shift();
    if (pattern !== undefined && above !== undefined) this.bound(pattern, above);
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
