import { Worker } from 'node:worker_threads';
import type { Answer, Request } from './protocol.ts';
import { Watchdog } from './watchdog.ts';
import { type Suspect, WatchdogMemory } from './watchdog-memory.ts';

export interface WorkerEvents {
  answer(answer: Answer): void;
  /** It ended by itself; `error` says why, `suspect` what it was at, as far as that is known. */
  crashed(error: unknown, suspect: Suspect | undefined): void;
  /** It does not go on; it has not ended yet. */
  stuck(suspect: Suspect | undefined): void;
}

export interface WorkerOptions {
  readonly url: URL;
  readonly budgetMs: number;
  /** What it may use at most; beyond, it ends. */
  readonly memoryMb: number;
  readonly events: WorkerEvents;
}

const youngGenerationMb = 16;

/** One worker thread with the watchdog over it. */
export class WorkerHandle {
  readonly #options: WorkerOptions;
  readonly #memory = new WatchdogMemory();
  readonly #watchdog: Watchdog;
  #worker: Worker | undefined;
  #ending = false;
  #error: unknown;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.#watchdog = new Watchdog({
      memory: this.#memory,
      budgetMs: options.budgetMs,
      onStuck: (suspect) => options.events.stuck(suspect),
    });
  }

  start(): void {
    const { url, events, memoryMb } = this.#options;
    const worker = new Worker(url, {
      workerData: { memory: this.#memory.buffer },
      resourceLimits: { maxOldGenerationSizeMb: memoryMb, maxYoungGenerationSizeMb: youngGenerationMb },
    });
    this.#worker = worker;
    worker.on('message', (answer: Answer) => events.answer(answer));
    worker.on('error', (error) => {
      this.#error = error;
    });
    worker.on('exit', (code) => {
      this.#watchdog.stop();
      if (this.#ending) return;
      const error = this.#error ?? new Error(`the worker ended with code ${code}`);
      events.crashed(error, this.#memory.isBusy ? this.#memory.suspect() : undefined);
    });
    this.#watchdog.start();
  }

  post(request: Request): void {
    this.#worker?.postMessage(request);
  }

  /** Ends the thread; what it sent before has arrived when this resolves. */
  async end(): Promise<void> {
    this.#ending = true;
    this.#watchdog.stop();
    await this.#worker?.terminate();
  }
}
