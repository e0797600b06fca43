import { describeError, escapeControl } from '../base/index.ts';
import type { Decision } from '../track/index.ts';
import type { Action } from './action.ts';
import { Fifo } from './fifo.ts';
import type { ActionProblem, ActionStatus } from './health.ts';
import { HeldBans, type HeldBansParts } from './held-bans.ts';
import type { BanHold } from './types.ts';

export interface LaneParts extends HeldBansParts {
  /** Passes a decision on to the next action, once this one has done with it. */
  readonly passOn: (decision: Decision) => void;
  /** Decisions that may wait. */
  readonly maxWaiting: number;
}

/** Who asks how a ban stands does not wait longer for an action that is busy. */
const lookSec = 2;
/** A long overflow is told of once in this time. */
const overflowLogSec = 60;

/**
 * One action with the decisions that wait for it, worked through in order, one step at a time.
 *
 * When more decisions wait than may, the newest are dropped here, which loses nothing: the bans in force are known to
 * their owner, and once the queue is empty whatever differs from them is made or ended. The same brings an action
 * up to date after a restart, after a repair, or when it is new.
 */
export class Lane {
  readonly action: Action;
  readonly held: HeldBans;
  readonly #parts: LaneParts;
  readonly #waiting = new Fifo<Decision>();
  readonly #tasks = new Fifo<() => Promise<void>>();
  /** Ids of which the action has not what is in force. */
  #mending = new Fifo<string>();
  #mendsAsRestored = false;
  #comparison: 'none' | 'plain' | 'as-restored' = 'none';
  #overflowLoggedSec = Number.NEGATIVE_INFINITY;
  #running = false;
  #working = false;
  /** Something new came while the worker was busy. */
  #woken = false;
  #idleCallbacks: (() => void)[] = [];

  constructor(parts: LaneParts) {
    this.action = parts.action;
    this.held = new HeldBans(parts);
    this.#parts = parts;
  }

  /** Decisions that wait. */
  get waiting(): number {
    return this.#waiting.size + this.#mending.size;
  }

  status(problem: ActionProblem | undefined): ActionStatus {
    return { name: this.action.name, waiting: this.waiting, held: this.held.size, problem };
  }

  /** How a ban stands in this action. Looks whether its environment is there, unless it is busy for longer. */
  async holdOf(id: string): Promise<BanHold> {
    const { name, engine } = this.action;
    const look = this.exclusively(() => this.action.check(false)).catch(() => undefined);
    const { promise: late, resolve } = Promise.withResolvers<undefined>();
    const cancel = this.#parts.clock.after(lookSec, () => resolve(undefined));
    const looked = await Promise.race([look, late]);
    cancel();
    return {
      action: name,
      ...(engine === undefined ? {} : { engine }),
      state: this.held.stateOf(id),
      ...(looked === undefined ? {} : { sound: looked.ok }),
      waiting: this.waiting,
    };
  }

  /** Takes a decision; never blocks. */
  push(decision: Decision): void {
    if (this.#waiting.size < this.#parts.maxWaiting) this.#waiting.push(decision);
    else this.#overflow();
    this.#wake();
  }

  /** Begins to work through what waits. */
  run(): void {
    this.#running = true;
    this.#wake();
  }

  /** Ends work after the step under way. Returns the decisions that waited; they are no longer ours. */
  async halt(): Promise<readonly Decision[]> {
    this.#running = false;
    this.#mending.takeAll();
    this.#comparison = 'none';
    const waiting = this.#waiting.takeAll();
    await this.idle();
    return waiting;
  }

  /** Settles when nothing is under way and nothing waits. */
  idle(): Promise<void> {
    if (!this.#working) return Promise.resolve();
    return new Promise((resolve) => this.#idleCallbacks.push(resolve));
  }

  /** Runs a task between two steps, before the decisions that wait; also where the lane does not run (yet). */
  exclusively<T>(task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#tasks.push(() => task().then(resolve, reject));
      this.#wake();
    });
  }

  /**
   * Once nothing waits, makes what is missing of the bans in force and ends what is too much. `asRestored`: what is
   * missing counts as restored, so that a new mail action does not tell of old bans.
   */
  compare(asRestored: boolean): void {
    if (this.#comparison !== 'as-restored') this.#comparison = asRestored ? 'as-restored' : 'plain';
    this.#wake();
  }

  #wake(): void {
    this.#woken = true;
    if (this.#working) return;
    this.#working = true;
    void this.#work();
  }

  async #work(): Promise<void> {
    // Whoever pushes goes on first, so that a batch is complete when its first part is taken.
    await Promise.resolve();
    for (;;) {
      this.#woken = false;
      const task = this.#tasks.shift();
      if (task !== undefined) await task();
      else if (!(this.#running && (await this.#safeStep())) && !this.#woken) break;
    }
    this.#working = false;
    const callbacks = this.#idleCallbacks;
    this.#idleCallbacks = [];
    for (const callback of callbacks) callback();
  }

  /** A fault in an action costs the decisions in its hands, not the ones behind them. */
  async #safeStep(): Promise<boolean> {
    try {
      return await this.#step();
    } catch (error) {
      this.#logFault(error);
      return true;
    } finally {
      if (this.held.takeRepaired()) this.compare(false);
    }
  }

  /** Does the most urgent thing. Returns false when there is nothing to do. */
  async #step(): Promise<boolean> {
    if (this.#waiting.size > 0) {
      if (!(await this.#endAllAtOnce())) await this.#carryOut(this.#takeWaiting());
      return true;
    }
    if (this.#comparison !== 'none') {
      this.#mendsAsRestored = this.#comparison === 'as-restored';
      this.#comparison = 'none';
      this.#mending = new Fifo();
      for (const id of this.held.differences()) this.#mending.push(id);
    }
    if (this.#mending.size === 0) return false;
    await this.#mend();
    return true;
  }

  /** Nobody is banned any more, and more than one ban is to end: one flush does it. */
  async #endAllAtOnce(): Promise<boolean> {
    const next = this.#waiting.peek();
    if (next?.kind !== 'unban' || next.reason === 'expired') return false;
    if (this.held.size < 2 || this.#parts.bansInForce.size() > 0) return false;
    try {
      return await this.held.flush(next.reason === 'stop');
    } catch (error) {
      this.#logFault(error);
      return false;
    }
  }

  /** Decisions of one kind, as many as the action takes at once. */
  #takeWaiting(): Decision[] {
    const batch: Decision[] = [];
    const { batchLimit } = this.action.traits();
    for (let next = this.#waiting.peek(); next !== undefined; next = this.#waiting.peek()) {
      if (batch.length >= batchLimit || next.kind !== (batch[0] ?? next).kind) break;
      batch.push(next);
      this.#waiting.shift();
    }
    return batch;
  }

  /** Carries out the next differences of one kind, those that still are some. */
  async #mend(): Promise<void> {
    const batch: Decision[] = [];
    const { batchLimit } = this.action.traits();
    for (let id = this.#mending.peek(); id !== undefined; id = this.#mending.peek()) {
      const next = this.held.differenceOf(id, this.#mendsAsRestored);
      if (next !== undefined && (batch.length >= batchLimit || next.kind !== (batch[0] ?? next).kind)) break;
      this.#mending.shift();
      if (next !== undefined) batch.push(next);
    }
    if (batch[0]?.kind !== 'recheck') await this.#carryOut(batch);
    else for (const { ban } of batch) await this.held.makeAgain(ban);
  }

  async #carryOut(batch: readonly Decision[]): Promise<void> {
    try {
      await this.held.carryOut(batch);
    } finally {
      for (const decision of batch) this.#parts.passOn(decision);
    }
  }

  #overflow(): void {
    this.compare(false);
    const nowSec = this.#parts.clock.nowSec();
    if (Math.abs(nowSec - this.#overflowLoggedSec) < overflowLogSec) return;
    this.#overflowLoggedSec = nowSec;
    this.#log(
      'WARNING',
      `action '${this.action.name}' is behind by ${this.#parts.maxWaiting} decisions; it takes further ones from the list of bans when it has caught up`,
    );
  }

  #logFault(error: unknown): void {
    const text = escapeControl(describeError(error));
    this.#log('ERROR', `unhandled error in action '${this.action.name}': ${text}`);
  }

  #log(level: 'WARNING' | 'ERROR', message: string): void {
    this.#parts.logger.log(level, 'fail2ban.actions', `[${this.#parts.jail}] ${message}`);
  }
}
