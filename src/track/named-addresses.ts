import { type Clock, type IpNetwork, parseIp } from '../base/index.ts';
import { NetworkSet } from './network-set.ts';
import type { Resolver } from './resolver.ts';

/** Addresses are asked for again after this time, in the background, while somebody needs them. */
const renewSec = 60;

/** The same, when a name got no answer. */
const retrySec = 20;

/** Older answers, or failures to get one, are not trusted: whoever needs them waits. */
const waitSec = 300;

export interface NamedAddressesParts {
  readonly clock: Clock;
  readonly resolver: Resolver;
}

/** The addresses of the host names of one ignore list, kept up to date while they are needed. */
export class NamedAddresses {
  readonly #parts: NamedAddressesParts;
  readonly #found = new Map<string, readonly string[]>();
  readonly #addresses = new NetworkSet();
  #names: readonly string[] = [];
  #triedAtSec = Number.NEGATIVE_INFINITY;
  #renewAfterSec = renewSec;
  #underWay: Promise<void> | undefined;
  #generation = 0;

  constructor(parts: NamedAddressesParts) {
    this.#parts = parts;
  }

  /** Changes whenever the addresses may have changed. */
  get generation(): number {
    return this.#generation;
  }

  /** Takes over other names. What is known of those that stay is kept. */
  setNames(names: readonly string[]): void {
    const next = new Set(names);
    const isNew = [...next].some((name) => !this.#names.includes(name));
    this.#names = [...next];
    for (const name of this.#found.keys()) if (!next.has(name)) this.#found.delete(name);
    if (isNew) this.#triedAtSec = Number.NEGATIVE_INFINITY;
    this.#rebuild();
  }

  /** Whether the addresses can be used; starts to renew them when it is time. A clock that was set back makes them old. */
  isReady(): boolean {
    if (this.#names.length === 0) return true;
    const ageSec = this.#parts.clock.nowSec() - this.#triedAtSec;
    if (ageSec < 0 || ageSec > waitSec) return false;
    if (ageSec > this.#renewAfterSec) void this.#renew();
    return true;
  }

  /** Settles when `isReady`. Never rejects. */
  ready(): Promise<void> {
    return this.isReady() ? Promise.resolve() : this.#renew();
  }

  holds(ip: IpNetwork): boolean {
    return this.#addresses.holderOf(ip) !== undefined;
  }

  isWithin(network: IpNetwork): boolean {
    return this.#addresses.hasWithin(network);
  }

  #renew(): Promise<void> {
    this.#underWay ??= this.#lookUp().finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #lookUp(): Promise<void> {
    const { clock, resolver } = this.#parts;
    const names = this.#names;
    const answers = await Promise.all(names.map((name) => resolver.find(name, { urgent: true })));
    // Names that came meanwhile are looked up next.
    if (names !== this.#names) return;
    for (const [index, { addresses }] of answers.entries()) {
      // A name that has no address just now keeps those that it had: better than to ban the administrator.
      if (addresses.length > 0) this.#found.set(names[index]!, addresses);
    }
    this.#renewAfterSec = answers.every(({ isFinal }) => isFinal) ? renewSec : retrySec;
    this.#triedAtSec = clock.nowSec();
    this.#rebuild();
  }

  #rebuild(): void {
    this.#addresses.clear();
    for (const text of [...this.#found.values()].flat()) {
      const ip = parseIp(text);
      if (ip !== undefined) this.#addresses.add(ip);
    }
    this.#generation++;
  }
}
