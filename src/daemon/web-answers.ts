import type { TarpitReport, WhyReport } from '../control/index.ts';
import type { Figures, Question } from '../web/index.ts';
import { compatibleVersion, warderVersion } from './version.ts';
import { banPage } from './web-bans.ts';
import type { WebHistory } from './web-history.ts';
import { jailFigures, type OverviewParts, overviewOf } from './web-overview.ts';

/** What the page's process can ask for is answered with these. */
export interface WebAnswersParts extends OverviewParts {
  readonly history: WebHistory;
  readonly tarpit: () => Promise<TarpitReport>;
  readonly why: (id: string) => Promise<WhyReport>;
  /** Ends bans of an id in one jail, or in all; resolves to how many. */
  readonly unban: (id: string, jail: string | undefined) => Promise<number>;
  readonly lostEvents: () => number;
}

/** Answers one question of the page's process. Throws what the commands of the socket throw, such as `UNKNOWN_JAIL`. */
export async function answerWeb(question: Question, parts: WebAnswersParts): Promise<unknown> {
  switch (question.what) {
    case 'overview':
      return overviewOf(parts);
    case 'bans':
      return banPage(parts.jails(), question);
    case 'history':
      return parts.history.of(question.spanSec);
    case 'why':
      return parts.why(question.id);
    case 'unban':
      return { ended: await parts.unban(question.id, question.jail) };
    case 'tarpit':
      return parts.tarpit();
    case 'figures':
      return figures(parts);
  }
}

async function figures(parts: WebAnswersParts): Promise<Figures> {
  const { mostHeld, figures: sums } = await parts.tarpit();
  const { held, accepted, refused, wastedSec } = sums;
  const health = parts.persistence.health();
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    version: warderVersion,
    compatibleVersion,
    nodeVersion: process.versions.node,
    startedSec: parts.startedSec,
    jails: Array.from(parts.jails(), (jail) => jailFigures(jail, parts)),
    actions: parts.counters.actions(),
    database:
      health === undefined ? null : { waiting: health.waiting, isDegraded: health.trouble !== undefined },
    tarpit: { held, mostHeld, accepted, refused, wastedSec },
    memory: { residentBytes: rss, heapBytes: heapUsed, cpuSec: (user + system) / 1_000_000 },
    lostEvents: parts.lostEvents(),
  };
}
