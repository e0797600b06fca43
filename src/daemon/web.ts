import type { Clock, Logger } from '../base/index.ts';
import type { EventHub, ServerApi } from '../control/index.ts';
import { type StartWeb, WebProcess, type WebSettings } from '../web/index.ts';
import type { Persistence } from './persistence.ts';
import { answerWeb, type WebAnswersParts } from './web-answers.ts';
import { WebHistory } from './web-history.ts';

export interface WebParts
  extends Omit<WebAnswersParts, 'history' | 'lostEvents' | 'startedSec' | 'unban' | 'why'> {
  readonly server: Pick<ServerApi, 'unban' | 'jail' | 'why'>;
  /** Undefined: no page is wanted. */
  readonly settings: WebSettings | undefined;
  readonly start: StartWeb | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventHub;
  readonly persistence: Pick<Persistence, 'health' | 'banTimes'>;
}

/** The supervisor of the page's process, where a page is wanted. */
export function createWeb(parts: WebParts): WebProcess | undefined {
  const { server, settings, start, clock, logger, events, persistence, nowSec } = parts;
  if (settings === undefined) return undefined;
  const answers: WebAnswersParts = {
    ...parts,
    startedSec: nowSec(),
    history: new WebHistory(persistence, nowSec),
    why: (id) => server.why(id),
    unban: async (id, jail) =>
      jail === undefined ? server.unban([id]) : (await server.jail(jail).unban([id])).ended,
    lostEvents: () => web.lostEvents,
  };
  const web = new WebProcess({
    settings,
    clock,
    logger,
    events,
    answer: (question) => answerWeb(question, answers),
    ...(start === undefined ? {} : { start }),
  });
  return web;
}
