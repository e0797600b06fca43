import { setTimeout as delay } from 'node:timers/promises';
import type { BenchServer } from '../support/index.ts';

/** Asks a server all the time, on a connection of its own, and keeps the longest that an answer took. */
export class Pings {
  slowestMs = 0;
  readonly #server: BenchServer;
  #stopped = false;
  #asking: Promise<unknown> = Promise.resolve();

  constructor(server: BenchServer) {
    this.#server = server;
  }

  start(): void {
    this.#asking = this.#run().then(
      () => undefined,
      (error: unknown) => error,
    );
  }

  /** Throws what kept it from asking. */
  async stop(): Promise<void> {
    this.#stopped = true;
    const error = await this.#asking;
    if (error !== undefined) throw error;
  }

  async #run(): Promise<void> {
    const client = await this.#server.connect();
    while (!this.#stopped) {
      const startedMs = performance.now();
      await client.send(['ping']);
      this.slowestMs = Math.max(this.slowestMs, performance.now() - startedMs);
      await delay(5);
    }
    client.close();
  }
}
