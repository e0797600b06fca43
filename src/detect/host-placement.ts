/** Where a jail goes, and which others have to come there. */
export interface Place {
  readonly host: number;
  readonly moves: readonly string[];
}

interface PlacedJail {
  readonly host: number;
  /** See `sharesOf`. */
  readonly shares: ReadonlySet<string>;
}

/** Left to ourselves we start a further worker only when each has so many groups of jails, since it costs memory. */
const groupsPerWorker = 4;
const mostAutomatic = 4;
/** With fewer processors than this a further worker gains nothing. */
const coresForTwo = 3;

/** Decides which jail is in which worker: jails that share something together, and the workers evenly used. */
export class Placement {
  readonly #jails = new Map<string, PlacedJail>();
  readonly #mostHosts: number;
  readonly #fill: number;

  /** `workers`: their number, or `auto`; `cores`: processors that can be used. */
  constructor(workers: number | 'auto', cores: number) {
    const automatic = cores < coresForTwo ? 1 : Math.min(cores - 1, mostAutomatic);
    this.#mostHosts = workers === 'auto' ? automatic : workers;
    this.#fill = workers === 'auto' ? groupsPerWorker : 1;
  }

  hostOf(jail: string): number | undefined {
    return this.#jails.get(jail)?.host;
  }

  jailsOf(host: number): string[] {
    return [...this.#jails].filter(([, jail]) => jail.host === host).map(([name]) => name);
  }

  /** Places a new jail. */
  add(name: string, shares: ReadonlySet<string>): Place {
    const place = this.#placeFor(name, shares) ?? { host: this.#leastUsed(), moves: [] };
    this.#jails.set(name, { host: place.host, shares });
    return place;
  }

  /** A jail reads something else now: it stays, unless it has come to share something elsewhere. */
  change(name: string, shares: ReadonlySet<string>): Place {
    const host = this.hostOf(name) ?? 0;
    this.#jails.set(name, { host, shares });
    return this.#placeFor(name, shares) ?? { host, moves: [] };
  }

  /** The jail is in that worker now. */
  moved(name: string, host: number): void {
    const jail = this.#jails.get(name);
    if (jail !== undefined) this.#jails.set(name, { ...jail, host });
  }

  remove(name: string): void {
    this.#jails.delete(name);
  }

  /** Together with all that it shares something with, directly or not; undefined if it is alone. The largest part stays. */
  #placeFor(name: string, shares: ReadonlySet<string>): Place | undefined {
    const group = this.#groupOf(name, shares);
    const counts = new Map<number, number>();
    for (const jail of group) {
      const host = this.hostOf(jail);
      if (host !== undefined) counts.set(host, (counts.get(host) ?? 0) + 1);
    }
    const [largest] = [...counts].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
    if (largest === undefined) return undefined;
    const [host] = largest;
    return { host, moves: group.filter((jail) => (this.hostOf(jail) ?? host) !== host) };
  }

  #groupOf(name: string, shares: ReadonlySet<string>): string[] {
    const group = new Set([name]);
    const waiting = [shares];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      for (const [other, jail] of this.#jails) {
        if (group.has(other) || jail.shares.isDisjointFrom(next)) continue;
        group.add(other);
        waiting.push(jail.shares);
      }
    }
    return [...group];
  }

  /** The worker with the fewest groups; a further one once each has its fill. */
  #leastUsed(): number {
    const groups = this.#groupsByHost();
    const least = Array.from(groups.keys()).reduce(
      (best, host) => (groups[host]! < groups[best]! ? host : best),
      0,
    );
    return groups[least]! >= this.#fill && groups.length < this.#mostHosts ? groups.length : least;
  }

  /** How many groups that share nothing there are in each worker; at least the first one is there. */
  #groupsByHost(): number[] {
    const groups = [0];
    const seen = new Set<string>();
    for (const [name, { host, shares }] of this.#jails) {
      while (groups.length <= host) groups.push(0);
      if (seen.has(name)) continue;
      groups[host]! += 1;
      for (const other of this.#groupOf(name, shares)) seen.add(other);
    }
    return groups;
  }
}
