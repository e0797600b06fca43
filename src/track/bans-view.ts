import { parseIp } from '../base/index.ts';
import type { BanBook } from './ban-book.ts';
import { canonical } from './canonical.ts';
import type { Ban } from './types.ts';

/** The bans in force of one jail, for who looks at them; ids in any spelling. */
export class BansView {
  readonly #book: BanBook;

  constructor(book: BanBook) {
    this.#book = book;
  }

  size(): number {
    return this.#book.size;
  }

  /** In the order in which they were made, one by one; nothing may happen to the jail meanwhile. */
  list(): Iterable<Ban> {
    return this.#book.each();
  }

  /** Their ids, in the same order. */
  ids(): readonly string[] {
    return this.#book.ids();
  }

  /** Whether exactly this id is banned (`get <jail> banned <id>`). */
  has(id: string): boolean {
    // Most are asked for as they are spelled here.
    return this.#book.has(id) || this.#book.has(canonical(id));
  }

  /** The ban of exactly this id. */
  get(id: string): Ban | undefined {
    return this.#book.get(id) ?? this.#book.get(canonical(id));
  }

  /** The ban that shuts an id out: its own, or that of a network around it. */
  holderOf(id: string): Ban | undefined {
    const ip = parseIp(id);
    return ip === undefined ? this.#book.get(id) : this.#book.holderOf(ip);
  }
}
