import type { Ban } from '../track/index.ts';
import type { BanOrder, BanPage, BanRow, Question } from '../web/index.ts';
import type { JailPipeline } from './jail.ts';

type BansQuestion = Extract<Question, { what: 'bans' }>;

const orders: Readonly<Record<BanOrder, (a: Ban, b: Ban) => number>> = {
  newest: (a, b) => b.timeSec - a.timeSec,
  oldest: (a, b) => a.timeSec - b.timeSec,
  ends: (a, b) => endOf(a) - endOf(b),
  id: (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  count: (a, b) => b.banCount - a.banCount || b.timeSec - a.timeSec,
};

/** One page of the bans in force. The search looks at id, jail and captured fields, in any letter case. */
export function banPage(jails: Iterable<JailPipeline>, question: BansQuestion): BanPage {
  const { search, jail: only, order, offset, count } = question;
  const wanted = search.trim().toLowerCase();
  const found = Array.from(jails)
    .filter(({ name }) => only === undefined || name === only)
    .flatMap((jail) => jail.bans().filter((ban) => wanted === '' || matches(ban, wanted)))
    .sort(orders[order]);
  return { total: found.length, offset, bans: found.slice(offset, offset + count).map(rowOf) };
}

function matches({ id, jail, fields }: Ban, wanted: string): boolean {
  if (id.toLowerCase().includes(wanted) || jail.toLowerCase().includes(wanted)) return true;
  return Object.values(fields).some((value) => value.toLowerCase().includes(wanted));
}

function rowOf({ jail, id, timeSec, banTimeSec, banCount, failures, byHand }: Ban): BanRow {
  return { jail, id, sinceSec: timeSec, banTimeSec, banCount, failures, isByHand: byHand === true };
}

function endOf({ timeSec, banTimeSec }: Ban): number {
  return banTimeSec < 0 ? Number.MAX_VALUE : timeSec + banTimeSec;
}
