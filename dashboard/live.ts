import type { ControlEvent } from '../src/control/events/types.ts';
import { ApiError, send } from './api.ts';

/** An event with a number of its own, so that a list can tell it from others. */
export interface Numbered {
  readonly key: number;
  readonly event: ControlEvent;
}

export type Connection = 'connecting' | 'live' | 'lost';

export interface LiveListener {
  onEvent(event: ControlEvent): void;
  onConnection(connection: Connection): void;
  onUnauthorized(): void;
}

const longestPauseMs = 15_000;

/**
 * Listens to the daemon's events until the returned function is called, and comes back when the connection breaks. Not by
 * EventSource, which cannot send a token.
 */
export function listen(listener: LiveListener): () => void {
  const abort = new AbortController();
  void keepListening(listener, abort.signal);
  return () => abort.abort();
}

async function keepListening(listener: LiveListener, signal: AbortSignal): Promise<void> {
  let pauseMs = 500;
  while (!signal.aborted) {
    try {
      const response = await send('/api/events', { signal });
      listener.onConnection('live');
      pauseMs = 500;
      await read(response, listener);
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof ApiError && error.kind === 'unauthorized') {
        listener.onUnauthorized();
        return;
      }
    }
    if (signal.aborted) return;
    listener.onConnection('lost');
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(pauseMs * 2, longestPauseMs);
  }
}

/** Server-sent events: blocks with an empty line between them. */
async function read(response: Response, listener: LiveListener): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const lines = block.split('\n');
      const data = lines.find((line) => line.startsWith('data: '))?.slice(6);
      if (data !== undefined && !lines.some((line) => line.startsWith('event: ')))
        listener.onEvent(JSON.parse(data) as ControlEvent);
    }
  }
}
