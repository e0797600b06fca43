import { Backoff, type Clock, describeError, escapeControl, type Logger } from '../../base/index.ts';
import { Fifo } from '../fifo.ts';
import { limits } from './limits.ts';
import { DeliveryError } from './trouble.ts';

/** One notice to be delivered. */
export interface Job {
  /** Jobs with the same key go in their order, one at a time. */
  readonly key: string;
  /** For the log: `[sshd] sendmail: mail about the ban of 192.0.2.1`. */
  readonly label: string;
  readonly timeoutSec: number;
  readonly retries: number;
  /** Jobs of this key that may wait. */
  readonly mostWaiting: number;
  /** Tries once. Rejects with a `DeliveryError`, or anything else for what another attempt would not change. */
  attempt(signal: AbortSignal): Promise<void>;
  /** Told once, at the end; `reason` when it was not delivered. */
  onEnd(reason: string | undefined): void;
}

interface Waiting {
  readonly job: Job;
  readonly sinceSec: number;
}

interface Queue {
  readonly waiting: Fifo<Waiting>;
  /** The one whose turn it is, delivered just now or between two attempts. */
  busy: boolean;
  dropped: number;
  droppedLoggedSec: number;
}

const logger = 'fail2ban.actions';
const dropLogSec = 60;

/**
 * Delivers notices behind the firewall's back: in the order of each action, several actions at once, with retries, each
 * within its time. Whoever posts never waits. One for the whole daemon.
 */
export class NoticeQueue {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #queues = new Map<string, Queue>();
  readonly #underWay = new Set<AbortController>();
  /** Attempts that wait for one of the few places. */
  readonly #places = new Fifo<() => void>();
  readonly #wakeUps = new Set<() => void>();
  #idleCallbacks: (() => void)[] = [];
  #stopping = false;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#logger = log;
  }

  /** Takes a job; returns whether there was room for it. */
  post(job: Job): boolean {
    const queue = this.#queue(job.key);
    if (queue.waiting.size >= job.mostWaiting || this.#stopping) {
      this.#drop(queue, job);
      return false;
    }
    queue.waiting.push({ job, sinceSec: this.#clock.nowSec() });
    if (!queue.busy) this.#next(job.key, queue);
    return true;
  }

  /** Jobs of a key that wait or are under way. */
  waiting(key: string): number {
    const queue = this.#queues.get(key);
    return queue === undefined ? 0 : queue.waiting.size + (queue.busy ? 1 : 0);
  }

  /** Settles when nothing waits and nothing is under way. */
  idle(): Promise<void> {
    if (this.#queues.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idleCallbacks.push(resolve));
  }

  /** Delivers what waits, each with one attempt and all within `drainSec`; what is left then is dropped and told of. */
  async stop(drainSec: number): Promise<void> {
    this.#stopping = true;
    for (const wake of [...this.#wakeUps]) wake();
    let cancel = (): void => undefined;
    const timeIsUp = new Promise<void>((resolve) => {
      cancel = this.#clock.after(drainSec, resolve);
    });
    await Promise.race([this.idle(), timeIsUp]);
    cancel();
    let lost = 0;
    for (const queue of this.#queues.values()) lost += queue.waiting.takeAll().length + (queue.busy ? 1 : 0);
    for (const controller of this.#underWay) controller.abort();
    if (lost > 0) this.#logger.log('WARNING', logger, `${lost} notices were not delivered before the stop`);
  }

  #queue(key: string): Queue {
    const known = this.#queues.get(key);
    if (known !== undefined) return known;
    const queue: Queue = {
      waiting: new Fifo(),
      busy: false,
      dropped: 0,
      droppedLoggedSec: Number.NEGATIVE_INFINITY,
    };
    this.#queues.set(key, queue);
    return queue;
  }

  #next(key: string, queue: Queue): void {
    if (queue.waiting.size === 0) {
      this.#queues.delete(key);
      if (this.#queues.size > 0) return;
      const callbacks = this.#idleCallbacks;
      this.#idleCallbacks = [];
      for (const callback of callbacks) callback();
      return;
    }
    const next = queue.waiting.shift();
    if (next === undefined) return;
    queue.busy = true;
    void this.#deliver(key, queue, next);
  }

  async #deliver(key: string, queue: Queue, { job, sinceSec }: Waiting): Promise<void> {
    const backoff = new Backoff(limits.firstPauseSec, limits.longestPauseSec);
    let reason: string | undefined;
    for (let attempt = 0; ; attempt++) {
      const trouble = await this.#attempt(job);
      reason = trouble?.message;
      const isLast = attempt >= job.retries || this.#stopping || this.#isOld(sinceSec);
      if (trouble === undefined || !trouble.mayRetry || isLast) break;
      const pauseSec = Math.max(backoff.nextSec(), trouble.afterSec ?? 0);
      this.#logger.log(
        'INFO',
        logger,
        `${job.label} failed (${escapeControl(trouble.message)}); tried again in ${Math.round(pauseSec)} seconds`,
      );
      await this.#pause(pauseSec);
    }
    if (reason !== undefined)
      this.#logger.log('ERROR', logger, `${job.label} was not delivered: ${escapeControl(reason)}`);
    job.onEnd(reason);
    queue.busy = false;
    this.#next(key, queue);
  }

  async #attempt(job: Job): Promise<DeliveryError | undefined> {
    const controller = new AbortController();
    await this.#place(controller);
    let cancel = (): void => undefined;
    try {
      const gaveUp = new Promise<never>((_, reject) => {
        controller.signal.addEventListener('abort', () =>
          reject(new DeliveryError('no answer in time', { mayRetry: true })),
        );
        cancel = this.#clock.after(job.timeoutSec, () => controller.abort());
      });
      await Promise.race([job.attempt(controller.signal), gaveUp]);
      return undefined;
    } catch (error) {
      if (error instanceof DeliveryError) return error;
      return new DeliveryError(describeError(error), { mayRetry: false });
    } finally {
      cancel();
      this.#underWay.delete(controller);
      this.#places.shift()?.();
    }
  }

  /** Waits until there is room for one more attempt. */
  async #place(controller: AbortController): Promise<void> {
    while (this.#underWay.size >= limits.atOnce) {
      await new Promise<void>((resolve) => this.#places.push(resolve));
    }
    this.#underWay.add(controller);
  }

  #pause(sec: number): Promise<void> {
    if (this.#stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#wakeUps.delete(wake);
        resolve();
      };
      const cancel = this.#clock.after(sec, wake);
      this.#wakeUps.add(wake);
    });
  }

  #isOld(sinceSec: number): boolean {
    return this.#clock.nowSec() - sinceSec > limits.longestAgeSec;
  }

  /** A long overflow is told of now and then, with the count. */
  #drop(queue: Queue, job: Job): void {
    queue.dropped++;
    const nowSec = this.#clock.nowSec();
    if (Math.abs(nowSec - queue.droppedLoggedSec) < dropLogSec) return;
    queue.droppedLoggedSec = nowSec;
    const others = queue.dropped > 1 ? ` and ${queue.dropped - 1} others` : '';
    this.#logger.log(
      'WARNING',
      logger,
      `${job.label}${others} dropped: ${job.mostWaiting} notices wait already`,
    );
    queue.dropped = 0;
    if (queue.waiting.size === 0 && !queue.busy) this.#queues.delete(job.key);
  }
}
