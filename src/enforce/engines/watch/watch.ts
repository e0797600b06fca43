import type { DestroyEvent, Engine } from '../engine.ts';
import type { NftMonitor } from './nft-monitor.ts';

export interface WatchParts {
  readonly engine: Engine;
  readonly monitor: NftMonitor;
  /** Looks; resolves to whether something may be missing. */
  readonly glance: () => Promise<boolean>;
  /** Brings everything back. */
  readonly repair: () => Promise<void>;
  /** Makes again what the kernel would end too early. */
  readonly renew: () => Promise<void>;
}

/** Changes of others come in bunches. */
const gatherMs = 100;
/** Between two looks, where nobody tells of changes. */
const usualPauseMs = 1200;
/** Where changes are told of, a look all the same now and then. */
const restingPauseMs = 60_000;
/** A look may take no more than this part of the time. */
const costFactor = 5;

/** Notices that somebody else took away what an engine holds: at once where the kernel tells, else by looking. */
export class Watch {
  readonly #parts: WatchParts;
  #unlisten: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #running = false;
  #lookedMs = 0;

  constructor(parts: WatchParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    const { engine, monitor } = this.#parts;
    if (engine.watching.listens) this.#unlisten = monitor.listen((event) => this.#hear(event));
    this.#lookedMs = performance.now();
    this.#schedule(usualPauseMs);
  }

  stop(): void {
    this.#running = false;
    this.#unlisten?.();
    this.#unlisten = undefined;
    clearTimeout(this.#timer);
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
  }

  #hear(event: DestroyEvent): void {
    if (this.#gathering !== undefined || !this.#parts.engine.watching.concerns(event)) return;
    this.#gathering = setTimeout(() => {
      this.#gathering = undefined;
      void this.#parts.repair();
    }, gatherMs);
    this.#gathering.unref();
  }

  #schedule(pauseMs: number): void {
    if (!this.#running) return;
    this.#timer = setTimeout(() => void this.#look(), pauseMs);
    this.#timer.unref();
  }

  async #look(): Promise<void> {
    const { engine, monitor, glance, repair, renew } = this.#parts;
    const startedMs = performance.now();
    const resting = monitor.works && !engine.watching.alwaysGlance;
    // A repair is no look: the next one need not wait for as long.
    let lookMs = 0;
    if (!resting || startedMs - this.#lookedMs > restingPauseMs) {
      this.#lookedMs = startedMs;
      const broken = await glance();
      lookMs = performance.now() - startedMs;
      if (broken) await repair();
    }
    await renew();
    this.#schedule(Math.max(usualPauseMs, lookMs * costFactor));
  }
}
