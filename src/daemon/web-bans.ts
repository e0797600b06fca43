import type { Ban } from '../track/index.ts';
import type { BanOrder, BanPage, BanRow, Question } from '../web/index.ts';
import type { JailPipeline } from './jail.ts';

type BansQuestion = Extract<Question, { what: 'bans' }>;

/** Further into the list all of it is sorted. */
const mostSelected = 1000;

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
    .flatMap((jail) => (wanted === '' ? jail.bans() : jail.bans().filter((ban) => matches(ban, wanted))));
  const page = firstOf(found, orders[order], offset + count).slice(offset);
  return { total: found.length, offset, bans: page.map(rowOf) };
}

/**
 * The first so many in an order. A jail may have hundreds of thousands, and the daemon has no time to sort them all for the
 * few that are looked at.
 */
function firstOf(bans: readonly Ban[], compare: (a: Ban, b: Ban) => number, most: number): Ban[] {
  if (most > mostSelected) return bans.toSorted(compare).slice(0, most);
  const first: Ban[] = [];
  if (most === 0) return first;
  // The newest are the last, and the first that are asked for.
  for (const ban of bans.toReversed()) {
    if (first.length >= most && compare(ban, first.at(-1)!) >= 0) continue;
    let [low, high] = [0, first.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(ban, first[middle]!) < 0) high = middle;
      else low = middle + 1;
    }
    first.splice(low, 0, ban);
    if (first.length > most) first.pop();
  }
  return first;
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
