import type { WebRequest } from '../protocol.ts';

type Told = Extract<WebRequest, { kind: 'event' | 'gap' }>;

/** Browsers that watch at the same time. */
export const mostWatchers = 16;
/** A sign of life, so that both sides notice a connection that is dead. */
const aliveMs = 15_000;
/** Characters that may wait for a browser that is slow; beyond that it is let go, and comes back. */
const mostWaiting = 512 * 1024;

/** Passes the daemon's events on to browsers, as server-sent events. */
export class EventFan {
  readonly #watchers = new Set<Watcher>();
  readonly #onWatched: (on: boolean) => void;

  /** `onWatched`: told when the first one comes and when the last one goes. */
  constructor(onWatched: (on: boolean) => void) {
    this.#onWatched = onWatched;
  }

  get isFull(): boolean {
    return this.#watchers.size >= mostWatchers;
  }

  /** The body of an answer that goes on. */
  open(): ReadableStream<Uint8Array> {
    const watcher = new Watcher(() => {
      if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#onWatched(false);
    });
    this.#watchers.add(watcher);
    if (this.#watchers.size === 1) this.#onWatched(true);
    return watcher.stream;
  }

  tell(told: Told): void {
    const text =
      told.kind === 'event'
        ? `data: ${JSON.stringify(told.event)}\n\n`
        : `event: gap\ndata: ${JSON.stringify({ lost: told.lost })}\n\n`;
    for (const watcher of [...this.#watchers]) watcher.tell(text);
  }
}

/** One browser. */
class Watcher {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #encoder = new TextEncoder();
  readonly #onEnd: () => void;
  readonly #timer: NodeJS.Timeout;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        cancel: () => this.#end(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: mostWaiting }),
    );
    this.#timer = setInterval(() => this.tell(': alive\n\n'), aliveMs);
    // Tells the browser that it is heard, before anything happens.
    this.tell('retry: 1000\n: hello\n\n');
  }

  tell(text: string): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    if ((controller.desiredSize ?? 0) > text.length) controller.enqueue(this.#encoder.encode(text));
    else {
      controller.close();
      this.#end();
    }
  }

  #end(): void {
    this.#controller = undefined;
    clearInterval(this.#timer);
    this.#onEnd();
  }
}
