import type { ControlEvent } from './types.ts';

/** Takes an event, together with its JSON, which is written once however many listen. */
export type EventListener = (event: ControlEvent, json: () => string) => void;

/**
 * Passes what happens in the daemon on to whoever listens. With nobody listening an event costs one comparison: it
 * is not even put together. A listener must not wait, and cannot harm the daemon: what it throws is dropped.
 */
export class EventHub {
  readonly #listeners = new Set<EventListener>();

  get listenerCount(): number {
    return this.#listeners.size;
  }

  /** Listens until the returned function is called. */
  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells everybody; `compose` is called only when there is somebody. */
  publish(compose: () => ControlEvent): void {
    if (this.#listeners.size === 0) return;
    try {
      const event = compose();
      let text: string | undefined;
      const json = (): string => {
        text ??= JSON.stringify(event);
        return text;
      };
      for (const listener of [...this.#listeners]) listener(event, json);
    } catch {
      // Watching is for people; banning goes on without it.
    }
  }
}
