import { contains, type IpNetwork, isSingle, parseIp } from '../base/index.ts';
import { ExpiryQueue } from './expiry-queue.ts';
import { NetworkSet } from './network-set.ts';
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
  ban: Ban;
  /** Its length is the jail's ban time and follows it. */
  readonly followsJail: boolean;
  readonly endSec: number;
  /** Still in the book; the queue keeps entries that are not. */
  live: boolean;
}

/** The end of a ban, seconds since the epoch; Infinity for a permanent one. */
export function endOf(ban: Ban): number {
  return ban.banTimeSec < 0 ? Number.POSITIVE_INFINITY : ban.timeSec + ban.banTimeSec;
}

/** The bans in force of one jail. Knows no clock: time comes with each call. */
export class BanBook {
  /** In the order in which they came into force. */
  readonly #entries = new Map<string, Entry>();
  readonly #queue = new ExpiryQueue<Entry>();
  readonly #networks = new NetworkSet();
  #total = 0;

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
    this.#enter({ ban, followsJail, endSec: endOf(ban), live: true });
    const network = parseIp(ban.id);
    if (network !== undefined && !isSingle(network)) this.#networks.add(network);
    this.#total++;
    return { kind: 'added' };
  }

  /** The ban of exactly this id. */
  get(id: string): Ban | undefined {
    return this.#entries.get(id)?.ban;
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
    return entry.ban;
  }

  /** Takes out every ban whose end has come, in the order of their ends. */
  takeExpired(nowSec: number): Ban[] {
    const expired: Ban[] = [];
    for (let end = this.nextEndSec(); end <= nowSec; end = this.nextEndSec()) {
      const entry = this.#queue.pop()!;
      this.remove(entry.ban.id);
      expired.push(entry.ban);
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
    return following.map((entry) => {
      const ban = { ...entry.ban, banTimeSec };
      this.#replace(entry, ban, true);
      return ban;
    });
  }

  /** Gives a ban a length of its own. Undefined if the id is not banned. */
  setLength(id: string, banTimeSec: number): Ban | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const ban = { ...entry.ban, banTimeSec };
    this.#replace(entry, ban, false);
    return ban;
  }

  /** Every ban, in the order in which they came into force. */
  bans(): Ban[] {
    return Array.from(this.#entries.values(), (entry) => entry.ban);
  }

  /** Every banned id, in the same order. */
  ids(): string[] {
    return [...this.#entries.keys()];
  }

  #meet(known: Entry, ban: Ban): AddResult {
    if (endOf(ban) <= known.endSec) return { kind: 'known', ban: known.ban, prolonged: false };
    const banTimeSec =
      ban.banTimeSec < 0 ? -1 : ban.banTimeSec + Math.max(ban.timeSec - known.ban.timeSec, 0);
    const prolonged = { ...known.ban, banTimeSec };
    this.#replace(known, prolonged, false);
    return { kind: 'known', ban: prolonged, prolonged: true };
  }

  #replace(entry: Entry, ban: Ban, followsJail: boolean): void {
    entry.live = false;
    this.#enter({ ban, followsJail, endSec: endOf(ban), live: true });
    this.#compact();
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
