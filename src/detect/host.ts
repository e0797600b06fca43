import { Backoff, describeError, type LogLevel, WarderError } from '../base/index.ts';
import type { Position } from '../source/index.ts';
import { Batches } from './host-batches.ts';
import { InsideLines } from './host-inside.ts';
import { HostJail, type MovedJail } from './host-jail.ts';
import { Recovery } from './host-recovery.ts';
import { reportLog } from './host-report.ts';
import { HostRequests } from './host-requests.ts';
import type { DetectionHostOptions, DetectionJail, DetectionStatus, HostParts } from './host-types.ts';
import { WorkerHandle } from './host-worker.ts';
import type { Answer, JailChange, LineKey, Overrun, WorkerBatch } from './protocol.ts';
import type { Suspect } from './watchdog-memory.ts';
import { workerCode } from './worker-url.ts';

const defaultBudgetMs = 250;
const defaultMemoryMb = 512;
const stopPatienceMs = 5000;

/**
 * One worker as the main thread sees it: reads and matches for its jails, is replaced when it is stuck or dies, and the host
 * knows at any time what a new one needs to go on without losing or repeating a failure.
 */
export class DetectionHost {
  readonly #options: DetectionHostOptions;
  readonly #parts: HostParts;
  readonly #jails = new Map<string, HostJail>();
  readonly #requests = new HostRequests((request) => this.#worker?.post(request));
  readonly #recovery: Recovery;
  readonly #backoff = new Backoff(0.1, 60);
  #worker: WorkerHandle | undefined;
  #cancelRestart: (() => void) | undefined;
  #startedAtSec = 0;
  #running = false;
  readonly #inside = new InsideLines();
  #endListening: (() => void) | undefined;
  readonly #batches: Batches;
  #onReady: (() => void) | undefined;
  #onStopped: (() => void) | undefined;

  constructor(options: DetectionHostOptions, parts: HostParts) {
    this.#options = options;
    this.#parts = parts;
    const { judge } = parts;
    const budgetMs = options.budgetMs ?? defaultBudgetMs;
    this.#batches = new Batches(options, this.#jails);
    this.#recovery = new Recovery({ ...options, budgetMs, judge }, () => this.#jails.values());
  }

  /** Starts the worker; resolves when it runs. Rejects with DETECT_WORKER when it cannot. */
  async start(): Promise<void> {
    this.#running = true;
    this.#endListening = this.#parts.judge.listen((pattern) =>
      this.#worker?.post({ kind: 'bound', pattern }),
    );
    await new Promise<void>((resolve, reject) => {
      this.#onReady = resolve;
      this.#startWorker((error) => {
        this.#running = false;
        this.#endListening?.();
        reject(
          new WarderError('DETECT_WORKER', `the detection worker does not start: ${describeError(error)}`),
        );
      });
    });
  }

  /** Lets the worker hand over what it has, waits until that is done with, and ends it. */
  async stop(): Promise<void> {
    if (!this.#running) return;
    const worker = this.#worker;
    if (worker !== undefined) {
      await new Promise<void>((resolve) => {
        this.#onStopped = resolve;
        setTimeout(resolve, stopPatienceMs).unref();
        worker.post({ kind: 'stop' });
      });
    }
    this.#running = false;
    this.#endListening?.();
    this.#cancelRestart?.();
    this.#worker = undefined;
    await worker?.end();
    await this.#batches.idle();
    this.#requests.rejectAll(notRunning());
  }

  /**
   * Compiles a jail's rules and begins to read for it (unless idle). Rejects with what is wrong with the rules or the
   * settings of its source; then nothing has happened.
   */
  async addJail(jail: DetectionJail): Promise<void> {
    const name = jail.filter.jail;
    this.#checkRunning();
    if (this.#jails.has(name)) {
      throw new WarderError('DETECT_JAIL_EXISTS', `the jail '${name}' is there already`, { jail: name });
    }
    const entry = new HostJail(this.#parts.nextIndex(), jail);
    this.#jails.set(name, entry);
    try {
      await this.#requests.send({ kind: 'add', jail: { index: entry.index, ...jail } }, name);
    } catch (error) {
      this.#jails.delete(name);
      throw error;
    }
  }

  /**
   * Changes a running jail in place: rules, sources, idle. Its logs are read on where they are. Rejects, and changes
   * nothing, when the new rules or sources cannot be used.
   */
  async updateJail(name: string, change: JailChange): Promise<void> {
    const jail = this.#jail(name);
    await this.#requests.send({ kind: 'update', jail: name, change }, name);
    jail.change(change);
    if (jail.isSuspended) this.#worker?.post({ kind: 'update', id: 0, jail: name, change: { idle: true } });
  }

  /** Ends reading for a jail; resolves to its final positions when all that it found was handed over. */
  async removeJail(name: string): Promise<Position[]> {
    const jail = this.#jail(name);
    const positions = await this.#requests.send({ kind: 'remove', jail: name }, name);
    this.#jails.delete(name);
    await this.#batches.idle();
    for (const position of positions) jail.moved(position);
    return jail.positions;
  }

  /** Gives a jail away to another worker, with all that is known of it. */
  async release(name: string): Promise<MovedJail> {
    const jail = this.#jail(name);
    await this.removeJail(name);
    return { jail, inside: this.#inside.takeOf(name) };
  }

  /** Takes over a jail from another worker, where it left off. */
  async adopt({ jail, inside }: MovedJail): Promise<void> {
    this.#checkRunning();
    this.#jails.set(jail.name, jail);
    try {
      await this.#requests.send({ kind: 'add', jail: jail.specForNext() }, jail.name);
    } catch (error) {
      this.#jails.delete(jail.name);
      throw error;
    }
    for (const { text, timeSec } of inside) this.injectLine(jail.name, text, timeSec);
  }

  /** Has a jail's detector look at a line as if it had been read; `timeSec`: when it was written. */
  injectLine(jail: string, text: string, timeSec: number): void {
    if (!this.#jails.has(jail)) return;
    const line = this.#inside.add(jail, text, timeSec);
    if (line !== undefined) this.#worker?.post({ kind: 'inject', line });
    else this.#log('WARNING', 'Too many lines from inside wait for the detection worker, one is lost');
  }

  /** How a jail is doing; undefined if there is no such jail. */
  jailStatus(name: string): DetectionStatus | undefined {
    return this.#jails.get(name)?.status;
  }

  #startWorker(onFailure?: (error: unknown) => void): void {
    const options = this.#options;
    let failure = onFailure;
    const worker = new WorkerHandle({
      url: options.workerUrl ?? workerCode.url(),
      budgetMs: options.budgetMs ?? defaultBudgetMs,
      memoryMb: options.memoryMb ?? defaultMemoryMb,
      events: {
        answer: (answer) => {
          failure = undefined;
          this.#take(answer, worker);
        },
        crashed: (error, suspect) => {
          this.#worker = undefined;
          if (failure !== undefined) failure(error);
          else this.#crashed(error, suspect);
        },
        stuck: (suspect) => void this.#stuck(worker, suspect),
      },
    });
    this.#worker = worker;
    this.#startedAtSec = options.clock.nowSec();
    worker.start();
    for (const pattern of this.#parts.judge.bounds) worker.post({ kind: 'bound', pattern });
    this.#requests.begin();
    for (const jail of this.#jails.values()) {
      if (!this.#requests.isAdding(jail.name)) {
        worker.post({ kind: 'add', id: 0, jail: jail.specForNext() });
      }
    }
    this.#requests.resend();
    for (const line of this.#inside.waiting) worker.post({ kind: 'inject', line });
  }

  #take(answer: Answer, worker: WorkerHandle): void {
    switch (answer.kind) {
      case 'ready':
        this.#onReady?.();
        break;
      case 'stopped':
        this.#onStopped?.();
        break;
      case 'reply':
        if (answer.id === 0 && answer.error !== undefined) this.#log('ERROR', answer.error.message);
        this.#requests.reply(answer);
        break;
      case 'batch':
        this.#takeBatch(answer, worker);
        break;
      case 'log':
        this.#options.logger.log(answer.level, answer.logger, answer.message);
        break;
      case 'report':
        {
          const jail = this.#jails.get(answer.jail);
          if (jail !== undefined) reportLog(jail, answer, this.#options);
        }
        break;
      case 'compiled':
        this.#parts.judge.judge(answer.patterns);
        break;
      case 'overrun':
        this.#overrun(answer);
        break;
      case 'operating':
        this.#jails.get(answer.jail)?.caughtUp(answer.path);
        break;
      case 'idle':
        this.#jails.get(answer.jail)?.setIdle();
        this.#options.onEvent?.({ kind: 'idle', jail: answer.jail });
    }
  }

  #takeBatch(batch: WorkerBatch, worker: WorkerHandle): void {
    this.#inside.doneUpTo(batch.insideUpTo);
    this.#batches.take(batch, () => {
      if (worker === this.#worker) worker.post({ kind: 'credit' });
    });
  }

  /** The worker holds on to a line: it is replaced, and the line left out. */
  async #stuck(worker: WorkerHandle, suspect: Suspect | undefined): Promise<void> {
    await worker.end();
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#leaveOut(this.#recovery.stuck(suspect));
    this.#onStopped?.();
    if (this.#onStopped === undefined) this.#startWorker();
  }

  /** A rule gave up on a line, and the worker has gone on. */
  #overrun(overrun: Overrun): void {
    const jail = this.#jails.get(overrun.jail);
    if (jail === undefined) return;
    const rule = jail.configuredRule(overrun.rule);
    // While its rules are being changed, none of them is judged.
    const counts = !this.#requests.isPending(jail.name);
    if (!this.#recovery.overrun(jail, rule, overrun, counts)) return;
    // The worker's rules are numbered anew once it has answered.
    this.#requests
      .send({ kind: 'update', jail: jail.name, change: jail.changeWithout(rule) }, jail.name)
      .then(() => this.#recovery.suspend(jail, rule))
      .catch((error) => this.#log('ERROR', describeError(error)));
  }

  #crashed(error: unknown, suspect: Suspect | undefined): void {
    this.#leaveOut(this.#recovery.died(error, suspect));
    const { clock } = this.#options;
    if (clock.nowSec() - this.#startedAtSec > 60) this.#backoff.reset();
    this.#onStopped?.();
    if (this.#onStopped !== undefined) return;
    this.#cancelRestart = clock.after(this.#backoff.nextSec(), () => this.#startWorker());
  }

  #leaveOut(line: LineKey | undefined): void {
    if (line?.kind === 'inside') this.#inside.leaveOut(line.id);
  }

  #jail(name: string): HostJail {
    this.#checkRunning();
    const jail = this.#jails.get(name);
    if (jail === undefined)
      throw new WarderError('DETECT_NO_JAIL', `there is no jail '${name}'`, { jail: name });
    return jail;
  }

  #checkRunning(): void {
    if (!this.#running) throw notRunning();
  }

  #log(level: LogLevel, message: string): void {
    this.#options.logger.log(level, 'fail2ban.filter', message);
  }
}

function notRunning(): WarderError {
  return new WarderError('DETECT_NOT_RUNNING', 'detection does not run');
}
