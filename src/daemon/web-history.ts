import { isSingle, parseIp, widen } from '../base/index.ts';
import type { History } from '../web/index.ts';
import type { Persistence } from './persistence.ts';

/** Bans of the past that are looked at; the newest count. */
const mostBans = 20_000;
const mostNetworks = 15;
const mostJails = 12;
/** A picture of so many columns. */
const buckets = 48;
/** Reading them takes a while, and they hardly change. */
const freshSec = 10;
/** Networks that an attacker is likely to have as a whole. */
const prefixes = { 4: 24, 6: 48 } as const;

/** Bans over time and by network, from the database. */
export class WebHistory {
  readonly #persistence: Pick<Persistence, 'banTimes'>;
  readonly #nowSec: () => number;
  readonly #kept = new Map<number, History>();

  constructor(persistence: Pick<Persistence, 'banTimes'>, nowSec: () => number) {
    this.#persistence = persistence;
    this.#nowSec = nowSec;
  }

  /** The last so many seconds; an answer is at most ten seconds old. */
  of(spanSec: number): History {
    const nowSec = this.#nowSec();
    const kept = this.#kept.get(spanSec);
    if (kept !== undefined && Math.abs(nowSec - kept.toSec) < freshSec) return kept;
    const history = this.#read(spanSec, nowSec);
    this.#kept.set(spanSec, history);
    return history;
  }

  #read(spanSec: number, toSec: number): History {
    const fromSec = toSec - spanSec;
    const bucketSec = spanSec / buckets;
    const bans = this.#persistence.banTimes(fromSec, mostBans);
    const jails = new Map<string, number[]>();
    for (const { jail, timeSec } of bans) {
      const counts = jails.get(jail) ?? new Array<number>(buckets).fill(0);
      jails.set(jail, counts);
      const bucket = Math.min(Math.max(Math.floor((timeSec - fromSec) / bucketSec), 0), buckets - 1);
      counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    return {
      fromSec,
      toSec,
      bucketSec,
      isCut: bans.length >= mostBans,
      total: bans.length,
      jails: busiest(jails),
      networks: networksOf(bans.map(({ id }) => id)),
      ids: top(tally(bans.map(({ id }) => id))).map(([id, count]) => ({ id, bans: count })),
    };
  }
}

/** Those with most bans by name; the others together. */
function busiest(jails: ReadonlyMap<string, readonly number[]>): History['jails'] {
  const sorted = [...jails].toSorted(([a, x], [b, y]) => sum(y) - sum(x) || a.localeCompare(b));
  const named = sorted.slice(0, mostJails).map(([jail, counts]) => ({ jail, counts }));
  const rest = sorted.slice(mostJails).map(([, counts]) => counts);
  if (rest.length === 0) return named;
  const counts = Array.from({ length: buckets }, (_, index) => sum(rest.map((each) => each[index] ?? 0)));
  return [...named, { jail: 'others', counts }];
}

function networksOf(ids: readonly string[]): History['networks'] {
  const bans = new Map<string, { bans: number; ids: Set<string> }>();
  for (const id of ids) {
    const network = networkOf(id);
    if (network === undefined) continue;
    const entry = bans.get(network) ?? { bans: 0, ids: new Set() };
    bans.set(network, entry);
    entry.bans += 1;
    entry.ids.add(id);
  }
  return [...bans]
    .toSorted(([a, x], [b, y]) => y.bans - x.bans || a.localeCompare(b))
    .slice(0, mostNetworks)
    .map(([network, entry]) => ({ network, bans: entry.bans, ids: entry.ids.size }));
}

function networkOf(id: string): string | undefined {
  const ip = parseIp(id);
  if (ip === undefined) return undefined;
  return isSingle(ip) ? widen(ip, prefixes[ip.family]).text : ip.text;
}

function tally(ids: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const id of ids) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

function top(counts: ReadonlyMap<string, number>): (readonly [string, number])[] {
  return [...counts].toSorted(([a, x], [b, y]) => y - x || a.localeCompare(b)).slice(0, mostNetworks);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}
