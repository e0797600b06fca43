import { errorCode, isAbsent } from './file-system.ts';
import type { LogState } from './types.ts';

/** An absence shorter than this is a rotation in progress. */
const absenceGraceSec = 5;

/** How a log is doing, and for how long it has been gone. */
export class LogHealth {
  #state: LogState | undefined;
  #reason = '';
  #absentSinceSec: number | undefined;

  /** Undefined before the first look. */
  get state(): LogState | undefined {
    return this.#state;
  }

  /** Why it is not being read; empty if it is. */
  get reason(): string {
    return this.#reason;
  }

  /** The log is there. Returns whether that is news. */
  isFound(): boolean {
    this.#absentSinceSec = undefined;
    return this.#change('reading', '');
  }

  /** The log could not be looked at. `isKnown`: it could before. Returns whether its state changed by that. */
  hasFailed(error: unknown, isKnown: boolean, nowSec: number): boolean {
    if (!isAbsent(error)) {
      return this.#change('unreadable', errorCode(error) || (error instanceof Error ? error.message : ''));
    }
    this.#absentSinceSec ??= nowSec;
    const isNews = !isKnown || nowSec - this.#absentSinceSec >= absenceGraceSec;
    return isNews && this.#change('missing', 'there is no such file');
  }

  /** How long it has been gone; 0 if it is there. */
  absentSec(nowSec: number): number {
    return this.#absentSinceSec === undefined ? 0 : nowSec - this.#absentSinceSec;
  }

  #change(state: LogState, reason: string): boolean {
    if (this.#state === state) return false;
    this.#state = state;
    this.#reason = reason;
    return true;
  }
}
