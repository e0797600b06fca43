import { type Clock, WarderError } from '../base/index.ts';
import type { ActionStep, Outcome } from './types.ts';

/** How one action is. */
export interface ActionStatus {
  readonly name: string;
  /** Decisions that wait for it. */
  readonly waiting: number;
  /** Bans that it has made. */
  readonly held: number;
  readonly problem: ActionProblem | undefined;
}

/** The last thing that went wrong, until it goes well. */
export interface ActionProblem {
  readonly sinceSec: number;
  /** Absent for an action that was refused. */
  readonly step?: ActionStep;
  /** What failed, and the tool's own words. */
  readonly text: string;
}

/** Remembers what is wrong with each action of a jail. */
export class Health {
  readonly #clock: Clock;
  /** Settings that cannot be used. */
  readonly #refusals = new Map<string, ActionProblem>();
  /** Steps that failed last. */
  readonly #failures = new Map<string, ActionProblem>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A failure stays until the same step, or a ban or a repair, goes well. */
  note(outcome: Outcome): void {
    const { action, step, ok, reason, error } = outcome;
    if (outcome.queued) return;
    const known = this.#failures.get(action);
    if (ok) {
      if (known?.step === step || step === 'ban' || step === 'reban' || step === 'repair')
        this.#failures.delete(action);
      return;
    }
    const text = [reason ?? `${step} failed`, error].filter((word) => word !== undefined).join(': ');
    this.#failures.set(action, { sinceSec: known?.sinceSec ?? this.#clock.nowSec(), step, text });
  }

  /** The settings of the action cannot be used. Returns whether that is news. */
  refuse(action: string, text: string): boolean {
    if (this.#refusals.get(action)?.text === text) return false;
    this.#refusals.set(action, { sinceSec: this.#clock.nowSec(), text });
    return true;
  }

  /** Whether the settings of the action could not be used. */
  isRefused(action: string): boolean {
    return this.#refusals.has(action);
  }

  /** The settings of the action are in use. */
  accept(action: string): void {
    this.#refusals.delete(action);
  }

  forget(action: string): void {
    this.#refusals.delete(action);
    this.#failures.delete(action);
  }

  /** Forgets actions that are no longer configured. */
  keepOnly(actions: readonly string[]): void {
    for (const problems of [this.#refusals, this.#failures]) {
      for (const action of [...problems.keys()]) {
        if (!actions.includes(action)) problems.delete(action);
      }
    }
  }

  problemOf(action: string): ActionProblem | undefined {
    return this.#refusals.get(action) ?? this.#failures.get(action);
  }

  problems(): ReadonlyMap<string, string> {
    const all = [...this.#failures, ...this.#refusals];
    return new Map(all.map(([action, problem]) => [action, problem.text]));
  }

  get hasProblems(): boolean {
    return this.#failures.size + this.#refusals.size > 0;
  }
}

/** Why an action cannot be used, whatever was thrown. */
export function refusalOf(action: string, jail: string, error: unknown): WarderError {
  if (error instanceof WarderError) return error;
  return new WarderError('ACTION_REFUSED', `the action ${action} cannot be used`, { jail, cause: error });
}
