import type { Logger } from '../base/index.ts';
import type { EventHub } from '../control/index.ts';
import type { DetectionBatch, DetectionEvent, Failure } from '../detect/index.ts';
import type { Outcome } from '../enforce/index.ts';
import type { Decision } from '../track/index.ts';
import { BanStories } from './ban-stories.ts';
import { CatchUp } from './catch-up.ts';
import { Counters } from './counters.ts';
import { EventSource } from './event-source.ts';

/** Everybody who looks on at what the stages do: the live stream, the counters, how far logs are read, and what `why` remembers. */
export class Observers {
  readonly stories: BanStories;
  readonly counters: Counters;
  readonly catchUp: CatchUp;
  readonly #events: EventSource;

  constructor(hub: EventHub, nowSec: () => number, logger: Logger) {
    this.stories = new BanStories(nowSec);
    this.counters = new Counters(nowSec);
    this.catchUp = new CatchUp({ nowSec, logger });
    this.#events = new EventSource(hub, nowSec);
  }

  /** Around the handling of a batch. */
  handling(batch: DetectionBatch, handle: () => void): void {
    this.counters.batch(batch);
    try {
      handle();
    } finally {
      this.counters.batchDone();
      this.catchUp.batch(batch);
    }
  }

  /** A failure that counts. */
  found(failure: Failure): void {
    this.counters.found(failure);
    this.stories.found(failure);
    this.#events.found(failure);
  }

  decided(decisions: readonly Decision[]): void {
    this.counters.decided(decisions);
    this.#events.decided(decisions);
  }

  enforced(outcome: Outcome): void {
    this.counters.enforced(outcome);
    this.stories.enforced(outcome);
    this.#events.enforced(outcome);
  }

  detection(event: DetectionEvent): void {
    this.#events.detection(event);
  }

  jail(type: 'started' | 'stopped' | 'degraded', jail: string, message?: string): void {
    if (type !== 'degraded') this.catchUp.forget(jail);
    this.#events.jail(type, jail, message);
  }
}
