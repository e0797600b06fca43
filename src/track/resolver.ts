import { lookup } from 'node:dns/promises';
import { type Clock, escapeControl, type Logger, parseIp } from '../base/index.ts';
import { isHostName } from './host-name.ts';

/** Finds the addresses of a name, or rejects with an error that has a `code` such as `ENOTFOUND`. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/** What bounds the lookups. */
export interface ResolverLimits {
  /** Lookups under way. Each holds one of four threads that file access needs as well. */
  readonly maxActive: number;
  /** Names that wait for their turn; beyond that a name counts as unknown, and the log says so. */
  readonly maxWaiting: number;
  readonly timeoutSec: number;
  /** How long an answer is kept, an empty one too. */
  readonly keepSec: number;
  readonly maxKept: number;
  /** Addresses of one name that are used. */
  readonly maxAddresses: number;
}

const defaultLimits: ResolverLimits = {
  maxActive: 2,
  maxWaiting: 1000,
  timeoutSec: 5,
  keepSec: 300,
  maxKept: 1000,
  maxAddresses: 64,
};

interface Answer {
  readonly addresses: readonly string[];
  readonly untilSec: number;
}

/** Both families, through the system's resolver, which knows /etc/hosts as fail2ban does. */
const systemLookup: Lookup = async (name) =>
  (await lookup(name, { all: true, order: 'ipv4first' })).map(({ address }) => address);

/** Host names to addresses: bounded in every way, remembered, and never an exception. One for all jails. */
export class Resolver {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lookup: Lookup;
  readonly #limits: ResolverLimits;
  readonly #kept = new Map<string, Answer>();
  readonly #pending = new Map<string, Promise<readonly string[]>>();
  readonly #waiting: (() => void)[] = [];
  #active = 0;
  #warnedAtSec = Number.NEGATIVE_INFINITY;

  constructor(
    clock: Clock,
    logger: Logger,
    lookupName: Lookup = systemLookup,
    limits: Partial<ResolverLimits> = {},
  ) {
    this.#clock = clock;
    this.#logger = logger;
    this.#lookup = lookupName;
    this.#limits = { ...defaultLimits, ...limits };
  }

  /**
   * The canonical addresses of a name, at most `maxAddresses`. Empty if there are none, if the text is no host name,
   * or if it took too long; the log says why. Never rejects.
   */
  resolve(name: string): Promise<readonly string[]> {
    if (!isHostName(name)) return Promise.resolve([]);
    const key = name.toLowerCase();
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilSec > this.#clock.nowSec()) return Promise.resolve(kept.addresses);
    const pending = this.#pending.get(key);
    if (pending !== undefined) return pending;
    if (this.#active >= this.#limits.maxActive && this.#waiting.length >= this.#limits.maxWaiting) {
      this.#warnOverflow(name);
      return Promise.resolve([]);
    }
    const started = this.#ask(key).finally(() => this.#pending.delete(key));
    this.#pending.set(key, started);
    return started;
  }

  /** Forgets every answer (fail2ban does so at reload). */
  clear(): void {
    this.#kept.clear();
  }

  async #ask(name: string): Promise<readonly string[]> {
    await this.#turn();
    let found: readonly string[] = [];
    try {
      found = await this.#lookupInTime(name);
    } catch (error) {
      this.#warn(`Unable to find a corresponding IP address for ${name}: ${reasonOf(error)}`);
    }
    const addresses = found.map((text) => parseIp(text)?.text).filter((text) => text !== undefined);
    const unique = [...new Set(addresses)].slice(0, this.#limits.maxAddresses);
    this.#keep(name, unique);
    return unique;
  }

  #turn(): Promise<void> {
    if (this.#active < this.#limits.maxActive) {
      this.#active++;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The turn is given on only when the lookup has really ended: until then it holds its thread. */
  #lookupInTime(name: string): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.#limits.timeoutSec, () =>
        reject(new Error(`no answer within ${this.#limits.timeoutSec} seconds`)),
      );
      const done = (): void => {
        cancel();
        const next = this.#waiting.shift();
        if (next === undefined) this.#active--;
        else next();
      };
      Promise.resolve(name).then(this.#lookup).finally(done).then(resolve, reject);
    });
  }

  #keep(name: string, addresses: readonly string[]): void {
    this.#kept.delete(name);
    for (const eldest of this.#kept.keys()) {
      if (this.#kept.size < this.#limits.maxKept) break;
      this.#kept.delete(eldest);
    }
    this.#kept.set(name, { addresses, untilSec: this.#clock.nowSec() + this.#limits.keepSec });
  }

  #warnOverflow(name: string): void {
    const nowSec = this.#clock.nowSec();
    if (Math.abs(nowSec - this.#warnedAtSec) < 60) return;
    this.#warnedAtSec = nowSec;
    this.#warn(
      `Too many host names wait for their addresses; ${escapeControl(name)} and others count as unknown`,
    );
  }

  #warn(message: string): void {
    this.#logger.log('WARNING', 'fail2ban.ipdns', message);
  }
}

/** The words of Python's resolver for the common cases, since fail2ban's log shows them. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOTFOUND') return '[Errno -2] Name or service not known';
  if (code === 'EAI_AGAIN') return '[Errno -3] Temporary failure in name resolution';
  return escapeControl(error instanceof Error ? error.message : String(error));
}
