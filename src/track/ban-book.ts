import { contains, type IpNetwork, isSingle, parseIp, RowTable } from '../base/index.ts';
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

/** What is known of a ban, in numbers. `queued`: which place in the queue is that of its end. */
const column = {
  timeSec: 0,
  banTimeSec: 1,
  banCount: 2,
  failures: 3,
  lines: 4,
  lineCount: 5,
  flags: 6,
  queued: 7,
  fieldsNumber: 8,
} as const;
const columns = 9;
/** `followsJail`: its length is the jail's ban time and follows it. */
const flag = { followsJail: 1, byHand: 2 } as const;
const notQueued = -1;

/** The end of a ban, seconds since the epoch; Infinity for a permanent one. */
export function endOf(ban: Ban): number {
  return ban.banTimeSec < 0 ? Number.POSITIVE_INFINITY : ban.timeSec + ban.banTimeSec;
}

/**
 * The bans in force of one jail. Knows no clock: time comes with each call. A ban that comes out of it has of its matches
 * what the bound of their memory has left: all in quiet times, under attack those of the newest bans.
 */
export class BanBook {
  /** In the order in which they came into force, with their fields. */
  readonly #table = new RowTable(columns);
  /** May hold ends that no longer are some: the row is that of another ban, or the ban has another end. */
  readonly #queue = new ExpiryQueue();
  readonly #networks = new NetworkSet();
  readonly #fields = new SharedFields();
  readonly #lines: LineRing;
  #jail = '';
  #total = 0;

  /** `lines` keeps the matches; who shares it with others shares its bound. */
  constructor(lines: LineRing = createMatchMemory().banned) {
    this.#lines = lines;
  }

  get size(): number {
    return this.#table.size;
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
    const known = this.#table.find(ban.id);
    if (known !== undefined) return this.#meet(known, ban);
    this.#insert(ban, followsJail);
    const network = parseIp(ban.id);
    if (network !== undefined && !isSingle(network)) this.#networks.add(network);
    this.#total++;
    return { kind: 'added' };
  }

  /** Whether exactly this id is banned. */
  has(id: string): boolean {
    return this.#table.find(id) !== undefined;
  }

  /** The ban of exactly this id. */
  get(id: string): Ban | undefined {
    const row = this.#table.find(id);
    return row === undefined ? undefined : this.#banAt(row);
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
    return this.ids().filter((id) => {
      const ip = parseIp(id);
      return ip !== undefined && contains(network, ip);
    });
  }

  /** Takes a ban out of the book. */
  remove(id: string): Ban | undefined {
    const row = this.#table.find(id);
    if (row === undefined) return undefined;
    const ban = this.#banAt(row);
    this.#table.set(row, column.queued, notQueued);
    this.#table.remove(row);
    const network = parseIp(id);
    if (network !== undefined) this.#networks.delete(network);
    this.#compact();
    return ban;
  }

  /** Takes out every ban whose end has come, in the order of their ends. */
  takeExpired(nowSec: number): Ban[] {
    const expired: Ban[] = [];
    while (this.nextEndSec() <= nowSec) expired.push(this.#takeNext()!);
    return expired;
  }

  /** Takes out the ban that ends first, before its time. Permanent bans stay. */
  takeFirstToEnd(): Ban | undefined {
    return this.nextEndSec() === Number.POSITIVE_INFINITY ? undefined : this.#takeNext();
  }

  /** When the next ban ends; Infinity if none does. */
  nextEndSec(): number {
    for (let next = this.#queue.peek(); next !== undefined; next = this.#queue.peek()) {
      if (this.#table.get(next.row, column.queued) === next.order) return next.endSec;
      this.#queue.pop();
    }
    return Number.POSITIVE_INFINITY;
  }

  /** The jail's ban time has changed: bans that follow it get the new length. Returns them. */
  setBanTime(banTimeSec: number): Ban[] {
    const table = this.#table;
    const following = [...table.rows()].filter(
      (row) => this.#hasFlag(row, flag.followsJail) && table.get(row, column.banTimeSec) !== banTimeSec,
    );
    return following.map((row) => this.#prolong(row, banTimeSec, true));
  }

  /** Gives a ban a length of its own. Undefined if the id is not banned. */
  setLength(id: string, banTimeSec: number): Ban | undefined {
    const row = this.#table.find(id);
    return row === undefined ? undefined : this.#prolong(row, banTimeSec, false);
  }

  /** Every ban, in the order in which they came into force. */
  bans(): Ban[] {
    return [...this.each()];
  }

  /** The same one by one, for who does not keep them. The book must not change meanwhile. */
  *each(): Generator<Ban> {
    for (const row of this.#table.rows()) yield this.#banAt(row);
  }

  /** Every banned id, in the same order. */
  ids(): string[] {
    return Array.from(this.#table.rows(), (row) => this.#table.idOf(row));
  }

  #meet(known: number, ban: Ban): AddResult {
    if (endOf(ban) <= this.#endAt(known)) {
      return { kind: 'known', ban: this.#banAt(known), prolonged: false };
    }
    const sinceSec = this.#table.get(known, column.timeSec);
    const banTimeSec = ban.banTimeSec < 0 ? -1 : ban.banTimeSec + Math.max(ban.timeSec - sinceSec, 0);
    return { kind: 'known', ban: this.#prolong(known, banTimeSec, false), prolonged: true };
  }

  #insert(ban: Ban, followsJail: boolean): void {
    const { id, matches, fields } = ban;
    this.#jail = ban.jail;
    let lines = nowhere;
    for (const line of matches) lines = this.#lines.add(line, lines);
    const table = this.#table;
    const packed = this.#fields.pack(fields, id);
    const row = table.insert(id, packed.text);
    table.set(row, column.fieldsNumber, packed.number);
    table.set(row, column.timeSec, ban.timeSec);
    table.set(row, column.banTimeSec, ban.banTimeSec);
    table.set(row, column.banCount, ban.banCount);
    table.set(row, column.failures, ban.failures);
    table.set(row, column.lines, lines);
    table.set(row, column.lineCount, matches.length);
    table.set(row, column.flags, (followsJail ? flag.followsJail : 0) | (ban.byHand ? flag.byHand : 0));
    this.#queueEnd(row);
  }

  /** Matches and fields are looked up when they are asked for: a list of all bans seldom needs them. */
  #banAt(row: number): Ban {
    const table = this.#table;
    const ring = this.#lines;
    const shared = this.#fields;
    const packed = { text: table.textOf(row), number: table.get(row, column.fieldsNumber) };
    const id = table.idOf(row);
    const lines = table.get(row, column.lines);
    const lineCount = table.get(row, column.lineCount);
    return {
      jail: this.#jail,
      id,
      timeSec: table.get(row, column.timeSec),
      banTimeSec: table.get(row, column.banTimeSec),
      banCount: table.get(row, column.banCount),
      failures: table.get(row, column.failures),
      get fields() {
        return shared.unpack(packed, id);
      },
      get matches() {
        return ring.read(lines, lineCount);
      },
      ...(this.#hasFlag(row, flag.byHand) ? { byHand: true } : {}),
    };
  }

  #hasFlag(row: number, which: number): boolean {
    return (this.#table.get(row, column.flags) & which) !== 0;
  }

  /** Infinity for a permanent one. */
  #endAt(row: number): number {
    const banTimeSec = this.#table.get(row, column.banTimeSec);
    return banTimeSec < 0 ? Number.POSITIVE_INFINITY : this.#table.get(row, column.timeSec) + banTimeSec;
  }

  /** Gives a ban another length, and the queue its new end. */
  #prolong(row: number, banTimeSec: number, followsJail: boolean): Ban {
    const table = this.#table;
    const others = table.get(row, column.flags) & ~flag.followsJail;
    table.set(row, column.banTimeSec, banTimeSec);
    table.set(row, column.flags, others | (followsJail ? flag.followsJail : 0));
    this.#queueEnd(row);
    this.#compact();
    return this.#banAt(row);
  }

  #queueEnd(row: number): void {
    const endSec = this.#endAt(row);
    const isQueued = endSec !== Number.POSITIVE_INFINITY;
    this.#table.set(row, column.queued, isQueued ? this.#queue.push(endSec, row) : notQueued);
  }

  /** Takes out the ban that `nextEndSec` told of. */
  #takeNext(): Ban | undefined {
    const next = this.#queue.pop();
    return next === undefined ? undefined : this.remove(this.#table.idOf(next.row));
  }

  /** Ends of bans that left the book early stay in the queue until their time; too many of them are swept out. */
  #compact(): void {
    // An empty table has no rows any more.
    if (this.size > 0 && this.#queue.size <= 2 * this.size + 64) return;
    this.#queue.clear();
    for (const row of this.#table.rows()) this.#queueEnd(row);
  }
}
