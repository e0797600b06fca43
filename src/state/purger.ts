import type { DatabaseSync } from 'node:sqlite';
import { type Clock, describeError, escapeControl, type LogLevel } from '../base/index.ts';
import { purgeSteps } from './purge.ts';

/** As often as fail2ban. */
const intervalSec = 3600;

/** The first time when every jail has long started: what is stored of a jail that is not enabled may go. */
const firstSec = 600;

/** Between two steps, for others to work. */
const pauseSec = 0.005;

export interface PurgerParts {
  readonly clock: Clock;
  readonly purgeAgeSec: number;
  readonly maxFileBytes: number;
  /** The database that is open just now. */
  readonly database: () => DatabaseSync | undefined;
  readonly log: (level: LogLevel, message: string) => void;
}

/** Purges the database every hour, in steps so short that nobody notices. */
export class Purger {
  purgeAgeSec: number;
  readonly #parts: PurgerParts;
  #cancel: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopped = true;

  constructor(parts: PurgerParts) {
    this.#parts = parts;
    this.purgeAgeSec = parts.purgeAgeSec;
  }

  start(): void {
    this.#stopped = false;
    this.#schedule(firstSec);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  /** Purges now, or joins the purge under way. Never rejects; the next one is in an hour. */
  purge(): Promise<void> {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  #schedule(delaySec: number): void {
    this.#cancel?.();
    this.#cancel = this.#parts.clock.after(delaySec, () => void this.purge());
  }

  async #run(): Promise<void> {
    const db = this.#parts.database();
    if (db === undefined) return;
    const { clock, maxFileBytes } = this.#parts;
    const steps = purgeSteps(db, {
      nowSec: clock.nowSec(),
      purgeAgeSec: this.purgeAgeSec,
      maxFileBytes,
      onTooBig: (rows) =>
        this.#parts.log('WARNING', `The database is too big: purged ${rows} rows before dbpurgeage`),
    });
    try {
      // Another database in its place, or none, ends this purge.
      while (this.#parts.database() === db && steps.next().done !== true) await this.#pause();
    } catch (error) {
      this.#parts.log('WARNING', `Cannot purge the database: ${escapeControl(describeError(error))}`);
    }
    if (!this.#stopped) this.#schedule(intervalSec);
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => this.#parts.clock.after(pauseSec, resolve));
  }
}
