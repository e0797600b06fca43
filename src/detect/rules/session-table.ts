import type { Capture } from './sessions.ts';

/** A session that is remembered. */
export interface Session {
  readonly id: string;
  readonly capture: Capture;
  readonly endSec: number;
}

interface Entry extends Session {
  /** Another session whose id has the same number. */
  next: Entry | undefined;
  readonly hash: number;
  /** In the order. */
  place: number;
}

/** Places in the order that may be empty, since who was in them is gone. */
const mostPlaces = 1000;

/**
 * Sessions by id, and in the order in which they came. A Map of texts would do both; but to hash a part of a line costs it more
 * than a regex does to match the line, and to find its eldest entry again and again it steps over all who are gone.
 */
export class SessionTable {
  readonly #entries = new Map<number, Entry>();
  #order: (Entry | undefined)[] = [];
  #eldest = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: string): Session | undefined {
    return this.#find(id, hashOf(id));
  }

  /** Adds a session whose id is not there. */
  add({ id, capture, endSec }: Session): void {
    const hash = hashOf(id);
    if (this.#order.length >= mostPlaces) this.#closeRanks();
    const entry = { id, capture, endSec, hash, next: this.#entries.get(hash), place: this.#order.length };
    this.#entries.set(hash, entry);
    this.#order.push(entry);
    this.#size += 1;
  }

  delete(id: string): void {
    const entry = this.#find(id, hashOf(id));
    if (entry === undefined) return;
    this.#unlink(entry);
    this.#order[entry.place] = undefined;
  }

  /** Takes the eldest session out. */
  takeEldest(): Session | undefined {
    while (this.#eldest < this.#order.length) {
      const entry = this.#order[this.#eldest];
      this.#order[this.#eldest] = undefined;
      this.#eldest += 1;
      if (entry === undefined) continue;
      this.#unlink(entry);
      return entry;
    }
    return undefined;
  }

  /** The eldest first. */
  *[Symbol.iterator](): Generator<Session> {
    for (let place = this.#eldest; place < this.#order.length; place += 1) {
      const entry = this.#order[place];
      if (entry !== undefined) yield entry;
    }
  }

  #find(id: string, hash: number): Entry | undefined {
    let entry = this.#entries.get(hash);
    while (entry !== undefined && entry.id !== id) entry = entry.next;
    return entry;
  }

  #unlink(entry: Entry): void {
    this.#size -= 1;
    const first = this.#entries.get(entry.hash);
    if (first === entry) {
      if (entry.next === undefined) this.#entries.delete(entry.hash);
      else this.#entries.set(entry.hash, entry.next);
      return;
    }
    let before = first;
    while (before !== undefined && before.next !== entry) before = before.next;
    if (before !== undefined) before.next = entry.next;
  }

  #closeRanks(): void {
    const entries = this.#order.filter((entry) => entry !== undefined);
    for (const [place, entry] of entries.entries()) entry.place = place;
    this.#order = entries;
    this.#eldest = 0;
  }
}

/** A small integer for a text. Different texts may have the same one. */
function hashOf(text: string): number {
  let hash = 0;
  for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
  return hash & 0x3fffffff;
}
