import { type Clock, isSingle, parseIp } from '../base/index.ts';
import { isHostName } from './host-name.ts';
import { NetworkSet } from './network-set.ts';
import type { OwnAddresses } from './own-addresses.ts';
import type { Resolver } from './resolver.ts';

/**
 * Why an id must not be banned: `ip`, `dns` and `ignoreself rule` are fail2ban's words and rules. Beyond them, a network
 * that a log line names must not cover an own or ignored address (`covers`) nor be huge (`too wide`). `no`: it may be
 * banned. `unready`: host names of the list are being looked up; ask again after `ready()`.
 */
export type IgnoreVerdict = 'no' | 'unready' | 'ip' | 'dns' | 'ignoreself rule' | 'covers' | 'too wide';

/** Refused even without an ignore list: no log line may shut out more than this. */
const widestPrefix = { 4: 8, 6: 16 };

/** The addresses of host names are good for this long, and renewed in the second half of it. */
const namesKeptSec = 120;

/** Answers kept; they are only a shortcut, so at the bound all are thrown away. */
const maxVerdicts = 20_000;

export interface IgnoreListParts {
  readonly clock: Clock;
  readonly own: OwnAddresses;
  readonly resolver: Resolver;
}

/** Who is never banned by a log line: `ignoreip` and `ignoreself` of one jail. */
export class IgnoreList {
  readonly #parts: IgnoreListParts;
  readonly #ignoreSelf: boolean;
  /** Every entry as written, without repetitions; raw ids are found here. */
  readonly #exact = new Set<string>();
  readonly #networks = new NetworkSet();
  readonly #names: string[] = [];
  readonly #named = new Map<string, readonly string[]>();
  readonly #namedAddresses = new NetworkSet();
  readonly #verdicts = new Map<string, IgnoreVerdict>();
  #namesUntilSec = Number.NEGATIVE_INFINITY;
  #lookingUp: Promise<void> | undefined;
  #ownGeneration = -1;

  /** `entries`: addresses, networks, host names, raw ids. */
  constructor(entries: readonly string[], ignoreSelf: boolean, parts: IgnoreListParts) {
    this.#parts = parts;
    this.#ignoreSelf = ignoreSelf;
    for (const entry of entries) {
      if (entry === '') continue;
      const ip = parseIp(entry);
      if (ip !== undefined) this.#networks.add(ip);
      else if (isHostName(entry) && !this.#exact.has(entry)) this.#names.push(entry);
      this.#exact.add(ip?.text ?? entry);
    }
  }

  /** Whether a log line may ban this id, and if not, why. */
  check(id: string): IgnoreVerdict {
    const freshSec = this.#namesFreshSec();
    if (freshSec <= 0) return 'unready';
    if (freshSec < namesKeptSec / 2) void this.#renew();
    const generation = this.#parts.own.generation();
    if (generation !== this.#ownGeneration || this.#verdicts.size > maxVerdicts) {
      this.#ownGeneration = generation;
      this.#verdicts.clear();
    }
    const kept = this.#verdicts.get(id);
    if (kept !== undefined) return kept;
    const verdict = this.#judge(id);
    this.#verdicts.set(id, verdict);
    return verdict;
  }

  /** Settles when the host names have their addresses, or could not be looked up. Never rejects. */
  ready(): Promise<void> {
    return this.#namesFreshSec() > 0 ? Promise.resolve() : this.#renew();
  }

  /** How long the addresses of the names are still good. A clock that was set back makes them old. */
  #namesFreshSec(): number {
    if (this.#names.length === 0) return namesKeptSec;
    const leftSec = this.#namesUntilSec - this.#parts.clock.nowSec();
    return leftSec <= namesKeptSec ? leftSec : 0;
  }

  #renew(): Promise<void> {
    this.#lookingUp ??= this.#lookUpNames().finally(() => {
      this.#lookingUp = undefined;
    });
    return this.#lookingUp;
  }

  #judge(id: string): IgnoreVerdict {
    const ip = parseIp(id);
    if (ip === undefined) return this.#exact.has(id) ? 'ip' : 'no';
    const { own } = this.#parts;
    if (isSingle(ip)) {
      if (this.#ignoreSelf && own.touches(ip)) return 'ignoreself rule';
      if (this.#networks.holderOf(ip) !== undefined) return 'ip';
      return this.#namedAddresses.holderOf(ip) === undefined ? 'no' : 'dns';
    }
    if (this.#networks.holderOf(ip) !== undefined) return 'ip';
    if (ip.prefix < widestPrefix[ip.family]) return 'too wide';
    return own.touches(ip) || this.#networks.hasWithin(ip) || this.#namedAddresses.hasWithin(ip)
      ? 'covers'
      : 'no';
  }

  async #lookUpNames(): Promise<void> {
    const { clock, resolver } = this.#parts;
    await Promise.all(
      this.#names.map(async (name) => {
        const addresses = await resolver.resolve(name);
        // A name that cannot be looked up just now keeps the addresses it had: better than to ban the administrator.
        if (addresses.length > 0) this.#named.set(name, addresses);
      }),
    );
    this.#namedAddresses.clear();
    for (const text of [...this.#named.values()].flat()) this.#namedAddresses.add(parseIp(text)!);
    this.#verdicts.clear();
    this.#namesUntilSec = clock.nowSec() + namesKeptSec;
  }
}
