import { type IpNetwork, parseIp } from '../../base/index.ts';
import { addressOf } from '../ban-tags.ts';
import type { BanItem } from '../types.ts';

export type IpFamily = 4 | 6;

/** One address or network that is to be shut out. */
export interface Element {
  /** Canonical. */
  readonly address: string;
  readonly family: IpFamily;
  /** A network, not a single address. */
  readonly isNetwork: boolean;
  /** Seconds since the epoch. Infinity: for ever. NaN: an earlier run left it, the kernel knows when it ends. */
  readonly endSec: number;
  /** Failures that led to it, where they are known. */
  readonly failures?: number;
}

/** The element of a ban; undefined for an id that is no address. */
export function elementOf(item: BanItem): Element | undefined {
  const ip = parseIp(addressOf(item));
  if (ip === undefined) return undefined;
  const { timeSec, banTimeSec, failures } = item.ban;
  return { ...elementFor(ip, banTimeSec < 0 ? Number.POSITIVE_INFINITY : timeSec + banTimeSec), failures };
}

/** The element for an address that the kernel told of. */
export function leftElement(address: string): Element | undefined {
  const ip = parseIp(address);
  return ip === undefined ? undefined : elementFor(ip, Number.NaN);
}

function elementFor(ip: IpNetwork, endSec: number): Element {
  const isNetwork = ip.prefix !== ip.bytes.length * 8;
  return { address: ip.text, family: ip.family, isNetwork, endSec };
}

/**
 * What an engine is to have in force: for each id of a ban its address. Several ids can stand for one address (a filter may
 * count by user); it stays until the last of them is gone.
 */
export class Wanted {
  readonly #byId = new Map<string, Element>();
  /** By address; a set only where there are several, since that takes more than all the rest. */
  readonly #idsOf = new Map<string, string | Set<string>>();
  readonly #counts = { 4: 0, 6: 0 };

  get size(): number {
    return this.#byId.size;
  }

  get(id: string): Element | undefined {
    return this.#byId.get(id);
  }

  /** Returns whether the address was wanted before. */
  set(id: string, element: Element): boolean {
    const old = this.#byId.get(id);
    if (old !== undefined && old.address !== element.address) this.delete(id);
    const ids = this.#idsOf.get(element.address);
    this.#byId.set(id, element);
    if (ids instanceof Set) ids.add(id);
    else if (ids === undefined) {
      this.#idsOf.set(element.address, id);
      this.#counts[element.family]++;
    } else if (ids !== id) this.#idsOf.set(element.address, new Set([ids, id]));
    return ids !== undefined;
  }

  /** Returns the element if nothing else wants its address. */
  delete(id: string): Element | undefined {
    const element = this.#byId.get(id);
    if (element === undefined) return undefined;
    this.#byId.delete(id);
    const ids = this.#idsOf.get(element.address);
    if (ids instanceof Set) {
      ids.delete(id);
      if (ids.size > 0) return undefined;
    }
    this.#idsOf.delete(element.address);
    this.#counts[element.family]--;
    return element;
  }

  clear(): void {
    this.#byId.clear();
    this.#idsOf.clear();
    this.#counts[4] = 0;
    this.#counts[6] = 0;
  }

  has(address: string): boolean {
    return this.#idsOf.has(address);
  }

  /** By address; of several ids for one, the one that lasts longest. */
  elements(family?: IpFamily): Map<string, Element> {
    const found = new Map<string, Element>();
    for (const element of this.#byId.values()) {
      if (family !== undefined && element.family !== family) continue;
      const known = found.get(element.address);
      if (known === undefined || !(known.endSec >= element.endSec)) found.set(element.address, element);
    }
    return found;
  }

  /** Addresses and networks of a family. */
  count(family: IpFamily): number {
    return this.#counts[family];
  }
}
