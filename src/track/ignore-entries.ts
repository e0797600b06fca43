import { type IpNetwork, parseIp } from '../base/index.ts';
import { isHostName } from './host-name.ts';
import { NetworkSet } from './network-set.ts';

/** Entries of an ignore list, sorted by what they are. */
export class IgnoreEntries {
  /** Host names, to be looked up. They may also be ids as they stand. */
  readonly names: readonly string[];
  readonly #exact = new Set<string>();
  readonly #networks = new NetworkSet();

  /** `entries`: addresses, networks, host names, raw ids. */
  constructor(entries: readonly string[]) {
    const names: string[] = [];
    for (const entry of entries) {
      if (entry === '') continue;
      const ip = parseIp(entry);
      if (ip !== undefined) this.#networks.add(ip);
      else if (isHostName(entry) && !this.#exact.has(entry)) names.push(entry);
      this.#exact.add(ip?.text ?? entry);
    }
    this.names = names;
  }

  /** Whether an id that is no address stands here. */
  hasText(id: string): boolean {
    return this.#exact.has(id);
  }

  /** Whether an address or network lies within one that stands here. */
  holds(ip: IpNetwork): boolean {
    return this.#networks.holderOf(ip) !== undefined;
  }

  /** The entry that spares an id; undefined where none does. */
  entryFor(id: string): string | undefined {
    const ip = parseIp(id);
    if (ip === undefined) return this.#exact.has(id) ? id : undefined;
    return this.#networks.holderOf(ip);
  }

  /** Whether a network covers one that stands here. */
  isWithin(network: IpNetwork): boolean {
    return this.#networks.hasWithin(network);
  }
}
