import type { Clock } from '../../base/index.ts';
import type { EventHub } from './hub.ts';
import type { ControlEvent, EventFilter } from './types.ts';

/** The end of a connection that a subscription writes to. */
export interface EventPort {
  /** Writes; `done` is called when the client has taken it. One write is under way at a time. */
  write(text: string, done: () => void): void;
  /** Ends a client that takes nothing. */
  drop(reason: string): void;
}

/** Bounds of one subscription. */
export interface SubscriptionLimits {
  /** Characters that may wait for a client that is slow; what comes beyond is left out, and counted. */
  readonly maxWaiting: number;
  /** A client that takes nothing for so long is dropped. */
  readonly stalledSec: number;
  /** Between two signs of life while nothing happens. */
  readonly aliveSec: number;
}

export const defaultSubscriptionLimits: SubscriptionLimits = {
  maxWaiting: 256 * 1024,
  stalledSec: 30,
  aliveSec: 60,
};

/**
 * The events that one client asked for, as JSON-RPC notifications. It never waits for the client: what does not fit
 * into a bounded queue is left out, and the client is told how much as soon as it reads again.
 */
export class Subscription {
  readonly #hub: EventHub;
  readonly #port: EventPort;
  readonly #clock: Clock;
  readonly #limits: SubscriptionLimits;
  #filter: EventFilter = {};
  #stopListening: (() => void) | undefined;
  #queue: string[] = [];
  #waiting = 0;
  #lost = 0;
  #farewell = '';
  #isWriting = false;
  #isScheduled = false;
  #cancelStalled: (() => void) | undefined;
  #cancelAlive: (() => void) | undefined;

  constructor(hub: EventHub, port: EventPort, clock: Clock, limits = defaultSubscriptionLimits) {
    this.#hub = hub;
    this.#port = port;
    this.#clock = clock;
    this.#limits = limits;
  }

  get isActive(): boolean {
    return this.#stopListening !== undefined;
  }

  /** Begins, or goes on with another filter. */
  start(filter: EventFilter): void {
    this.#filter = filter;
    if (this.isActive) return;
    this.#stopListening = this.#hub.listen((event, json) => {
      if (this.#wants(event)) this.#add(`{"jsonrpc":"2.0","method":"event","params":${json()}}\n`);
    });
    this.#awaitSilence();
  }

  /** Ends. With a reason the client hears it, behind what still waits. */
  stop(reason?: string): void {
    if (!this.isActive) return;
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#cancelAlive?.();
    if (reason !== undefined) this.#farewell = notification('end', { reason });
    this.#flush();
    if (!this.#isWriting) this.#cancelStalled?.();
  }

  /** Sends a sign of life, which shows whether the client is still there. */
  probe(): void {
    this.#add(notification('alive', { timeSec: this.#clock.nowSec() }));
  }

  /** The client is gone. */
  abandon(): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
    this.#cancelAlive?.();
    this.#cancelStalled?.();
    this.#queue = [];
    this.#waiting = 0;
  }

  #wants({ jail, type }: ControlEvent): boolean {
    const { jails, types } = this.#filter;
    return (jails === undefined || jails.includes(jail)) && (types === undefined || types.includes(type));
  }

  #add(line: string): void {
    if (this.#waiting + line.length > this.#limits.maxWaiting || this.#lost > 0) {
      this.#lost += 1;
    } else {
      this.#queue.push(line);
      this.#waiting += line.length;
    }
    this.#schedule();
  }

  /** Many events of one turn of the event loop become one write. */
  #schedule(): void {
    if (this.#isScheduled || this.#isWriting) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#isWriting) return;
    const gap = this.#lost > 0 ? notification('gap', { lost: this.#lost }) : '';
    const text = this.#queue.join('') + gap + this.#farewell;
    if (text === '') return;
    this.#farewell = '';
    this.#queue = [];
    this.#waiting = 0;
    this.#lost = 0;
    this.#isWriting = true;
    this.#cancelStalled = this.#clock.after(this.#limits.stalledSec, () =>
      this.#port.drop('it does not fetch its events'),
    );
    this.#port.write(text, () => this.#written());
  }

  #written(): void {
    this.#isWriting = false;
    this.#cancelStalled?.();
    this.#cancelStalled = undefined;
    if (this.isActive) this.#awaitSilence();
    this.#flush();
  }

  /** A sign of life lets both sides notice a connection that is dead. */
  #awaitSilence(): void {
    this.#cancelAlive?.();
    this.#cancelAlive = this.#clock.after(this.#limits.aliveSec, () => {
      this.probe();
      this.#awaitSilence();
    });
  }
}

function notification(method: string, params: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`;
}
