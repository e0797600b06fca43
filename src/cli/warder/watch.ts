import { describeError, escapeControl, formatLogTime, WarderError } from '../../base/index.ts';
import {
  type EventFilter,
  type EventType,
  eventTypes,
  type StreamMessage,
  watchEvents,
} from '../../control/index.ts';
import { openSession } from '../client.ts';
import { failure, type Program, success } from '../program.ts';
import { reportUnreachable, type Session } from '../session.ts';
import type { GivenOptions } from './commands.ts';
import { eventLine } from './event-line.ts';

/** Signals that end the watching, cleanly; a test passes its own source. */
export interface WatchParts {
  readonly signal: AbortSignal;
  /** Waits before the next attempt to connect. */
  readonly pause: (signal: AbortSignal) => Promise<void>;
}

/** `warder watch [JAIL…]`: the live stream, until Ctrl-C, or until nobody reads it any more. */
export async function watch(
  program: Program,
  jails: readonly string[],
  given: GivenOptions,
): Promise<number> {
  const types = typesOf(given.get('type'));
  if (typeof types === 'string') {
    program.log.error(`there are no events ${types}; the types are ${eventTypes.join(', ')}`);
    return failure;
  }
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const filter = { ...(jails.length === 0 ? {} : { jails }), ...(types === undefined ? {} : { types }) };
    return await follow(program, filter, { signal: controller.signal, pause: usualPause });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

/** Follows the stream through every restart of the daemon. Fails only when there is no server at the beginning. */
export async function follow(program: Program, filter: EventFilter, parts: WatchParts): Promise<number> {
  const session = await openSession(program);
  const view = new View(session, program.options.verbosity > 1);
  while (!parts.signal.aborted && !view.isClosed) {
    try {
      for await (const message of watchEvents(session.socketPath, filter, { signal: parts.signal })) {
        view.show(message);
        if (view.isClosed) return success;
      }
    } catch (error) {
      if (error instanceof WarderError && error.code !== 'CLIENT_TIMEOUT') return refused(session, error);
      if (!view.hasOpened) {
        await reportUnreachable(session, error, false);
        return failure;
      }
    }
    if (parts.signal.aborted) break;
    view.lost();
    await parts.pause(parts.signal);
  }
  return success;
}

/** What the person, or the program behind the pipe, gets to see. */
class View {
  readonly #session: Session;
  readonly #withMatches: boolean;
  #state: 'new' | 'open' | 'lost' = 'new';

  constructor(session: Session, withMatches: boolean) {
    this.#session = session;
    this.#withMatches = withMatches;
  }

  get hasOpened(): boolean {
    return this.#state !== 'new';
  }

  get isClosed(): boolean {
    return this.#session.terminal.isClosed === true;
  }

  show(message: StreamMessage): void {
    const { terminal, json } = this.#session;
    if (message.kind === 'open') this.#open();
    else if (message.kind === 'gap') {
      const text = `${message.lost} events were left out, since they were not read fast enough`;
      if (json) this.#json({ type: 'gap', lost: message.lost });
      else terminal.out(`${formatLogTime(Date.now() / 1000)} ${text}\n`);
    } else if (message.kind === 'event') {
      if (json) this.#json(message.event);
      else terminal.out(eventLine(message.event, terminal.isTerminal, this.#withMatches));
    }
  }

  /** The server is gone; said once. */
  lost(): void {
    if (this.#state === 'lost') return;
    this.#state = 'lost';
    this.#session.terminal.err('warder: the server is gone; waiting for it to come back\n');
    if (this.#session.json) this.#json({ type: 'disconnected' });
  }

  #open(): void {
    if (this.#state === 'lost') {
      this.#session.terminal.err('warder: the server is back\n');
      if (this.#session.json) this.#json({ type: 'reconnected' });
    }
    this.#state = 'open';
  }

  #json(value: unknown): void {
    this.#session.terminal.out(`${JSON.stringify(value)}\n`);
  }
}

function refused(session: Session, error: WarderError): number {
  if (session.json) {
    session.terminal.out(`${JSON.stringify({ error: { type: error.code, message: error.message } })}\n`);
  } else session.log.error(escapeControl(describeError(error)));
  return failure;
}

/** The types asked for; undefined for all; as a text, one that is none. */
function typesOf(text: string | undefined): readonly EventType[] | string | undefined {
  if (text === undefined) return undefined;
  const names = text.split(',').map((name) => name.trim());
  const known: readonly string[] = eventTypes;
  const strange = names.find((name) => !known.includes(name));
  return strange === undefined ? (names as EventType[]) : JSON.stringify(strange);
}

const pauseMs = 500;

function usualPause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, pauseMs);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
