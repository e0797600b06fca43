import { WarderError } from '../../base/index.ts';
import { type ControlEvent, watchEvents } from '../../control/index.ts';

type Take = (event: ControlEvent) => boolean;

/** The daemon's live stream: every event is told once, remembered, and can be waited for. */
export class News {
  readonly #events: ControlEvent[] = [];
  readonly #waiting = new Set<() => void>();
  #hasEnded = false;

  /** How many events there were; `until` can look from here on. */
  get count(): number {
    return this.#events.length;
  }

  /** Begins to listen; nothing is missed once this resolves. */
  listen(socketPath: string, signal: AbortSignal, onEvent: (event: ControlEvent) => void): Promise<void> {
    return new Promise((resolve, reject) => {
      void this.#read(socketPath, signal, onEvent, resolve).catch(reject);
    });
  }

  /**
   * The first event since `from` that `isIt` takes. Throws `DEMO_STEP` when it is not there in time, or cannot come any more, and the
   * reason of `signal` when that ends the waiting.
   */
  async until(
    what: string,
    isIt: Take,
    wait: { readonly from: number; readonly limitMs: number; readonly signal: AbortSignal },
  ): Promise<ControlEvent> {
    const found = (): ControlEvent | undefined => this.#events.slice(wait.from).find(isIt);
    const event = await this.#waitFor(found, wait.limitMs, wait.signal);
    wait.signal.throwIfAborted();
    if (event !== undefined) return event;
    const reason = this.#hasEnded ? 'the daemon is gone' : `not within ${Math.round(wait.limitMs / 1000)} s`;
    throw new WarderError('DEMO_STEP', `what should have come did not: ${what} (${reason})`);
  }

  #waitFor<T>(found: () => T | undefined, limitMs: number, signal: AbortSignal): Promise<T | undefined> {
    return new Promise((resolve) => {
      const look = (): void => {
        const value = found();
        if (value !== undefined || this.#hasEnded || signal.aborted) finish(value);
      };
      const finish = (value: T | undefined): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        signal.removeEventListener('abort', look);
        resolve(value);
      };
      const timer = setTimeout(() => finish(found()), limitMs);
      this.#waiting.add(look);
      signal.addEventListener('abort', look);
      look();
    });
  }

  async #read(
    socketPath: string,
    signal: AbortSignal,
    onEvent: (event: ControlEvent) => void,
    onOpen: () => void,
  ): Promise<void> {
    try {
      for await (const message of watchEvents(socketPath, {}, { signal })) {
        if (message.kind === 'open') onOpen();
        else if (message.kind === 'event') {
          this.#events.push(message.event);
          onEvent(message.event);
          for (const look of [...this.#waiting]) look();
        }
      }
    } finally {
      this.#hasEnded = true;
      for (const look of [...this.#waiting]) look();
    }
  }
}
