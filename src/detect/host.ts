import { Backoff, describeError, type LogLevel, WarderError } from '../base/index.ts';
import type { Position } from '../source/index.ts';
import { HostJail, nameOfRule, positionsOf } from './host-jail.ts';
import { Recovery } from './host-recovery.ts';
import { reportLog } from './host-report.ts';
import { HostRequests } from './host-requests.ts';
import type { DetectionBatch, DetectionHostOptions, DetectionJail, DetectionStatus } from './host-types.ts';
import { WorkerHandle } from './host-worker.ts';
import type { Answer, InsideLine, JailChange, LineKey, WorkerBatch } from './protocol.ts';
import type { Suspect } from './watchdog-memory.ts';
import { workerUrl } from './worker-url.ts';

const defaultBudgetMs = 250;
const defaultMemoryMb = 512;
/** Lines from inside that wait for a worker, at most. */
const mostInside = 10_000;
const stopPatienceMs = 5000;

/** Makes the host of detection; `start` starts its worker. */
export function createDetectionHost(options: DetectionHostOptions): DetectionHost {
  return new DetectionHost(options);
}

/**
 * Detection as the main thread sees it: owns the worker that reads and matches for all jails, replaces it when it is
 * stuck or dies, and knows at any time what a new one needs to go on without losing or repeating a failure.
 */
export class DetectionHost {
  readonly #options: DetectionHostOptions;
  readonly #jails = new Map<string, HostJail>();
  readonly #requests = new HostRequests((request) => this.#worker?.post(request));
  readonly #recovery: Recovery;
  readonly #backoff = new Backoff(0.1, 60);
  #worker: WorkerHandle | undefined;
  #cancelRestart: (() => void) | undefined;
  #startedAtSec = 0;
  #running = false;
  #nextIndex = 1;
  #nextInside = 1;
  #inside: InsideLine[] = [];
  /** The batches before this one are done with when it settles. */
  #handled: Promise<void> = Promise.resolve();
  #onReady: (() => void) | undefined;
  #onStopped: (() => void) | undefined;

  constructor(options: DetectionHostOptions) {
    this.#options = options;
    const budgetMs = options.budgetMs ?? defaultBudgetMs;
    this.#recovery = new Recovery({ ...options, budgetMs }, () => this.#jails.values());
  }

  /** Starts the worker; resolves when it runs. Rejects with DETECT_WORKER when it cannot. */
  async start(): Promise<void> {
    this.#running = true;
    await new Promise<void>((resolve, reject) => {
      this.#onReady = resolve;
      this.#startWorker((error) => {
        this.#running = false;
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
    this.#cancelRestart?.();
    this.#worker = undefined;
    await worker?.end();
    await this.#handled;
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
    const entry = new HostJail(this.#nextIndex, jail);
    this.#nextIndex += 1;
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
    await this.#handled;
    for (const position of positions) jail.moved(position);
    return jail.positions;
  }

  /** Has a jail's detector look at a line as if it had been read; `timeSec`: when it was written. */
  injectLine(jail: string, text: string, timeSec: number): void {
    if (!this.#jails.has(jail)) return;
    if (this.#inside.length >= mostInside) {
      this.#log('WARNING', 'Too many lines from inside wait for the detection worker, one is lost');
      return;
    }
    const line = { id: this.#nextInside, jail, text, timeSec };
    this.#nextInside += 1;
    this.#inside.push(line);
    this.#worker?.post({ kind: 'inject', line });
  }

  /** How a jail is doing; undefined if there is no such jail. */
  jailStatus(name: string): DetectionStatus | undefined {
    const jail = this.#jails.get(name);
    if (jail === undefined) return undefined;
    return {
      backend: this.backendOf(name),
      files: [...jail.logs].map(([path, status]) => ({ path, ...status })),
      journal: jail.journal,
      suspendedRules: jail.suspendedRules.map(nameOfRule),
      suspended: jail.isSuspended,
    };
  }

  /** `pyinotify`, `polling` or `systemd`. */
  backendOf(name: string): string {
    const backend = this.#jails.get(name)?.source.backend ?? '';
    return backend === 'auto' || backend === 'gamin' ? 'pyinotify' : backend;
  }

  /** Files of a jail that are there and followed. */
  filesOf(name: string): readonly string[] {
    const logs = this.#jails.get(name)?.logs ?? new Map();
    return [...logs].filter(([, { state }]) => state !== 'missing').map(([path]) => path);
  }

  #startWorker(onFailure?: (error: unknown) => void): void {
    const options = this.#options;
    let failure = onFailure;
    const worker = new WorkerHandle({
      url: options.workerUrl ?? workerUrl(),
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
    this.#requests.begin();
    for (const jail of this.#jails.values()) {
      if (!this.#requests.isAdding(jail.name)) {
        worker.post({ kind: 'add', id: 0, jail: jail.specForNext() });
      }
    }
    this.#requests.resend();
    for (const line of this.#inside) worker.post({ kind: 'inject', line });
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
      case 'operating':
        this.#jails.get(answer.jail)?.caughtUp(answer.path);
        break;
      case 'idle':
        this.#jails.get(answer.jail)?.setIdle();
        this.#options.onEvent?.({ kind: 'idle', jail: answer.jail });
    }
  }

  /** The positions hold from now on, since the batch will be handled, whatever becomes of its worker. */
  #takeBatch(batch: WorkerBatch, worker: WorkerHandle): void {
    for (const jail of this.#jails.values()) {
      for (const position of positionsOf(batch, jail.name)) jail.moved(position);
    }
    for (const { jail, cursor } of batch.warmUpFrom) this.#jails.get(jail)?.warmUpFrom(cursor);
    this.#inside = this.#inside.filter((line) => line.id > batch.insideUpTo);
    const { failures, positions, caughtUp, lines, readSec } = batch;
    const timing = readSec === undefined ? {} : { readSec };
    this.#handled = this.#handled.then(async () => {
      await this.#handle({ failures, positions, caughtUp, lines, ...timing });
      if (worker === this.#worker) worker.post({ kind: 'credit' });
    });
  }

  async #handle(batch: DetectionBatch): Promise<void> {
    try {
      await this.#options.onBatch(batch);
    } catch (error) {
      this.#log('ERROR', `What was found could not be handled: ${describeError(error)}`);
    }
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

  #crashed(error: unknown, suspect: Suspect | undefined): void {
    this.#leaveOut(this.#recovery.died(error, suspect));
    const { clock } = this.#options;
    if (clock.nowSec() - this.#startedAtSec > 60) this.#backoff.reset();
    this.#onStopped?.();
    if (this.#onStopped !== undefined) return;
    this.#cancelRestart = clock.after(this.#backoff.nextSec(), () => this.#startWorker());
  }

  #leaveOut(line: LineKey | undefined): void {
    if (line?.kind === 'inside') this.#inside = this.#inside.filter((other) => other.id !== line.id);
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
