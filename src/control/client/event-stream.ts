import type { Socket } from 'node:net';
import { WarderError } from '../../base/index.ts';
import type { ControlEvent, EventFilter } from '../events/types.ts';
import { MessageReader } from '../socket/message-reader.ts';
import { connectSocket } from './client.ts';

/** What comes from the live stream. */
export type StreamMessage =
  /** The server listens; from now on nothing is missed. */
  | { readonly kind: 'open' }
  | { readonly kind: 'event'; readonly event: ControlEvent }
  /** So many events were left out, since we were too slow. */
  | { readonly kind: 'gap'; readonly lost: number }
  /** The server says good-bye. */
  | { readonly kind: 'end'; readonly reason: string };

export interface StreamOptions {
  /** Ends the stream without an error. */
  readonly signal: AbortSignal;
  /** For the connection, and for the first answer. */
  readonly timeoutMs?: number;
}

const usualTimeoutMs = 5000;

/**
 * Listens to a server's live stream until it ends, or `signal` does. Reads only as fast as it is asked. Throws the errors of the
 * system, `CLIENT_TIMEOUT` for a server that does not know the stream (fail2ban's own says nothing), `CLIENT_REFUSED`
 * when it says no, `CLIENT_ANSWER` when it says something strange.
 */
export async function* watchEvents(
  path: string,
  filter: EventFilter,
  { signal, timeoutMs = usualTimeoutMs }: StreamOptions,
): AsyncGenerator<StreamMessage> {
  if (signal.aborted) return;
  const socket = await connectSocket(path, timeoutMs);
  const abort = (): void => void socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  const timer = setTimeout(() => socket.destroy(unanswered()), timeoutMs);
  try {
    socket.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'subscribe', params: filter })}\n`);
    for await (const line of linesOf(socket)) {
      clearTimeout(timer);
      const message = readLine(line);
      if (message !== undefined) yield message;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    socket.destroy();
  }
}

async function* linesOf(socket: Socket): AsyncGenerator<string> {
  const reader = new MessageReader('\n');
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    for (const line of reader.push(chunk)) yield line.toString('utf8');
  }
}

/** Undefined for a sign of life, and for what a later server may add. */
function readLine(line: string): StreamMessage | undefined {
  const { method, params, result, error } = parse(line);
  if (error !== undefined) throw refused(error);
  if (result !== undefined) return { kind: 'open' };
  if (method === 'event') return { kind: 'event', event: params as unknown as ControlEvent };
  if (method === 'gap') return { kind: 'gap', lost: Number(params?.lost) };
  if (method === 'end') return { kind: 'end', reason: String(params?.reason) };
  return undefined;
}

interface Answer {
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: unknown;
  readonly error?: { readonly message?: unknown };
}

function parse(line: string): Answer {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below.
  }
  throw new WarderError('CLIENT_ANSWER', 'The server does not speak JSON-RPC');
}

function refused(error: { readonly message?: unknown }): WarderError {
  return new WarderError('CLIENT_REFUSED', `The server refuses: ${String(error.message)}`);
}

function unanswered(): WarderError {
  return new WarderError('CLIENT_TIMEOUT', 'The server does not answer', {
    hint: "fail2ban's own server has no live stream",
  });
}
