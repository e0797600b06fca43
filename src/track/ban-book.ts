import { contains, type IpNetwork, isSingle, parseIp } from '../base/index.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { createMatchMemory, type LineRing, nowhere } from './line-ring.ts';
import { NetworkSet } from './network-set.ts';
import { SharedFields } from './shared-fields.ts';
import type { Ban } from './types.ts';

/** What became of an attempt to add a ban. */
export type AddResult =
  | { readonly kind: 'added' }
  /** Its time is over already. */
  | { readonly kind: 'expired' }
  /** The id is banned; `prolonged` if the new ban would have ended later, and so this one now does. */
  | { readonly kind: 'known'; readonly ban: Ban; readonly prolonged: boolean };

/** One ban in force. */
interface Entry {
  /** Without its matches and fields, which are kept where they take less. */
  readonly ban: Ban;
  readonly fields: string;
  readonly lines: number;
  readonly lineCount: number;
  /** Its length is the jail's ban time and follows it. */
  readonly followsJail: boolean;
  readonly endSec: number;
  /** Still in the book; the queue keeps entries that are not. */
  live: boolean;
  order: number;
}

const noMatches: readonly string[] = [];
const noFields: Ban['fields'] = {};

/** The end of a ban, seconds since the epoch; Infinity for a permanent one. */
export function endOf(ban: Ban): number {
  return ban.banTimeSec < 0 ? Number.POSITIVE_INFINITY : ban.timeSec + ban.banTimeSec;
}

/**
 * The bans in force of one jail. Knows no clock: time comes with each call. A ban that comes out of it has of its matches
 * what the bound of their memory has left: all in quiet times, under attack those of the newest bans.
 */
export class BanBook {
  /** In the order in which they came into force. */
  readonly #entries = new Map<string, Entry>();
  readonly #queue = new ExpiryQueue<Entry>();
  readonly #networks = new NetworkSet();
  readonly #fields = new SharedFields();
  readonly #lines: LineRing;
  #total = 0;

  /** `lines` keeps the matches; who shares it with others shares its bound. */
  constructor(lines: LineRing = createMatchMemory().banned) {
    this.#lines = lines;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Bans that came into force since the start, restored ones included. */
  get total(): number {
    return this.#total;
  }

  /**
   * Adds a ban. `followsJail`: its length is the jail's ban time, and changes with it. If the id is banned already,
   * the ban that ends later wins, from the start of the older one (as fail2ban does).
   */
  add(ban: Ban, nowSec: number, followsJail: boolean): AddResult {
    if (endOf(ban) < nowSec) return { kind: 'expired' };
    const known = this.#entries.get(ban.id);
    if (known !== undefined) return this.#meet(known, ban);
    this.#enter(this.#entryOf(ban, followsJail));
    const network = parseIp(ban.id);
    if (network !== undefined && !isSingle(network)) this.#networks.add(network);
    this.#total++;
    return { kind: 'added' };
  }

  /** The ban of exactly this id. */
  get(id: string): Ban | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : this.#banOf(entry);
  }

  /** The ban that shuts this address or network out: its own, or that of a network around it. */
  holderOf(ip: IpNetwork): Ban | undefined {
    const own = this.get(ip.text);
    if (own !== undefined) return own;
    const holder = this.#networks.holderOf(ip);
    return holder === undefined ? undefined : this.get(holder);
  }

  /** The bans of networks that hold the whole of this address or network; its own ban is not among them. */
  around(ip: IpNetwork): Ban[] {
    return this.#networks.holdersOf(ip).flatMap((id) => (id === ip.text ? [] : (this.get(id) ?? [])));
  }

  /** Banned ids that lie within a network, in the order of the book. */
  within(network: IpNetwork): string[] {
    return [...this.#entries.keys()].filter((id) => {
      const ip = parseIp(id);
      return ip !== undefined && contains(network, ip);
    });
  }

  /** Takes a ban out of the book. */
  remove(id: string): Ban | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    entry.live = false;
    const network = parseIp(id);
    if (network !== undefined) this.#networks.delete(network);
    this.#compact();
    return this.#banOf(entry);
  }

  /** Takes out every ban whose end has come, in the order of their ends. */
  takeExpired(nowSec: number): Ban[] {
    const expired: Ban[] = [];
    for (let end = this.nextEndSec(); end <= nowSec; end = this.nextEndSec()) {
      const entry = this.#queue.pop()!;
      expired.push(this.remove(entry.ban.id)!);
    }
    return expired;
  }

  /** Takes out the ban that ends first, before its time. Permanent bans stay. */
  takeFirstToEnd(): Ban | undefined {
    return this.nextEndSec() === Number.POSITIVE_INFINITY
      ? undefined
      : this.remove(this.#queue.pop()!.ban.id);
  }

  /** When the next ban ends; Infinity if none does. */
  nextEndSec(): number {
    for (;;) {
      const next = this.#queue.peek();
      if (next === undefined) return Number.POSITIVE_INFINITY;
      if (next.live) return next.endSec;
      this.#queue.pop();
    }
  }

  /** The jail's ban time has changed: bans that follow it get the new length. Returns them. */
  setBanTime(banTimeSec: number): Ban[] {
    const following = [...this.#entries.values()].filter(
      (entry) => entry.followsJail && entry.ban.banTimeSec !== banTimeSec,
    );
    return following.map((entry) => this.#prolong(entry, banTimeSec, true));
  }

  /** Gives a ban a length of its own. Undefined if the id is not banned. */
  setLength(id: string, banTimeSec: number): Ban | undefined {
    const entry = this.#entries.get(id);
    return entry === undefined ? undefined : this.#prolong(entry, banTimeSec, false);
  }

  /** Every ban, in the order in which they came into force. */
  bans(): Ban[] {
    return Array.from(this.#entries.values(), (entry) => this.#banOf(entry));
  }

  /** Every banned id, in the same order. */
  ids(): string[] {
    return [...this.#entries.keys()];
  }

  #meet(known: Entry, ban: Ban): AddResult {
    if (endOf(ban) <= known.endSec) return { kind: 'known', ban: this.#banOf(known), prolonged: false };
    const banTimeSec =
      ban.banTimeSec < 0 ? -1 : ban.banTimeSec + Math.max(ban.timeSec - known.ban.timeSec, 0);
    return { kind: 'known', ban: this.#prolong(known, banTimeSec, false), prolonged: true };
  }

  #entryOf(ban: Ban, followsJail: boolean): Entry {
    const { matches, fields, ...rest } = ban;
    let lines = nowhere;
    for (const line of matches) lines = this.#lines.add(line, lines);
    return {
      ban: { ...rest, matches: noMatches, fields: noFields },
      fields: this.#fields.pack(fields, ban.id),
      lines,
      lineCount: matches.length,
      followsJail,
      endSec: endOf(ban),
      live: true,
      order: 0,
    };
  }

  /** The matches are looked up when they are asked for: a list of all bans seldom needs them. */
  #banOf({ ban, fields, lines, lineCount }: Entry): Ban {
    if (lineCount === 0 && fields === '') return ban;
    const ring = this.#lines;
    return {
      ...ban,
      fields: this.#fields.unpack(fields, ban.id),
      get matches() {
        return ring.read(lines, lineCount);
      },
    };
  }

  /** Gives a ban another length: a new entry, since the queue goes by the end of the old one. */
  #prolong(entry: Entry, banTimeSec: number, followsJail: boolean): Ban {
    const ban = { ...entry.ban, banTimeSec };
    const prolonged = { ...entry, ban, followsJail, endSec: endOf(ban) };
    entry.live = false;
    this.#enter(prolonged);
    this.#compact();
    return this.#banOf(prolonged);
  }

  #enter(entry: Entry): void {
    this.#entries.set(entry.ban.id, entry);
    if (entry.endSec !== Number.POSITIVE_INFINITY) this.#queue.push(entry);
  }

  /** Entries that left the book early stay in the queue until their time; too many of them are swept out. */
  #compact(): void {
    if (this.#queue.size <= 2 * this.#entries.size + 64) return;
    this.#queue.clear();
    for (const entry of this.#entries.values()) {
      if (entry.endSec !== Number.POSITIVE_INFINITY) this.#queue.push(entry);
    }
  }
}
