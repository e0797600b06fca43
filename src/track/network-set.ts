import { contains, type IpNetwork, widen } from '../base/index.ts';

/** A set of addresses and networks that answers quickly which of them holds an address, however many there are. */
export class NetworkSet {
  readonly #all = new Map<string, IpNetwork>();
  /** How many members have a prefix length: `prefixes[family][length]`. */
  readonly #prefixes = { 4: new Map<number, number>(), 6: new Map<number, number>() };

  add(network: IpNetwork): void {
    if (this.#all.has(network.text)) return;
    this.#all.set(network.text, network);
    const lengths = this.#prefixes[network.family];
    lengths.set(network.prefix, (lengths.get(network.prefix) ?? 0) + 1);
  }

  delete(network: IpNetwork): void {
    if (!this.#all.delete(network.text)) return;
    const lengths = this.#prefixes[network.family];
    const left = (lengths.get(network.prefix) ?? 1) - 1;
    if (left === 0) lengths.delete(network.prefix);
    else lengths.set(network.prefix, left);
  }

  clear(): void {
    this.#all.clear();
    this.#prefixes[4].clear();
    this.#prefixes[6].clear();
  }

  /** A member that holds the whole of `ip`, in canonical spelling. */
  holderOf(ip: IpNetwork): string | undefined {
    for (const length of this.#prefixes[ip.family].keys()) {
      if (length > ip.prefix) continue;
      const { text } = widen(ip, length);
      if (this.#all.has(text)) return text;
    }
    return undefined;
  }

  /** Every member that holds the whole of `ip`, in canonical spelling. */
  holdersOf(ip: IpNetwork): string[] {
    const lengths = [...this.#prefixes[ip.family].keys()].filter((length) => length <= ip.prefix);
    return lengths.map((length) => widen(ip, length).text).filter((text) => this.#all.has(text));
  }

  /** Whether a member lies within `network`. Looks at every member. */
  hasWithin(network: IpNetwork): boolean {
    for (const member of this.#all.values()) if (contains(network, member)) return true;
    return false;
  }
}
