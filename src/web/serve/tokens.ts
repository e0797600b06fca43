import { createHash, timingSafeEqual } from 'node:crypto';

/** What a token opens. */
export type Grant = 'all' | 'metrics';

/** Wrong tokens of one address within a minute; further ones are told to wait. */
const mostWrong = 10;
const windowMs = 60_000;
const mostAddresses = 1000;

/** What is known of one address. */
interface Misses {
  count: number;
  readonly sinceMs: number;
}

/**
 * Compares tokens, in constant time, by their hashes. Whoever sends wrong ones is told to wait; the right one works at any
 * time, or else everybody behind the same proxy could lock the administrator out. It has 192 bits: nobody guesses it.
 */
export class Tokens {
  readonly #hash: Buffer;
  readonly #metricsHash: Buffer | undefined;
  readonly #misses = new Map<string, Misses>();
  readonly #onMiss: (address: string) => void;

  /** `onMiss`: told of each wrong token. */
  constructor(hash: string, metricsHash: string | undefined, onMiss: (address: string) => void) {
    this.#hash = Buffer.from(hash, 'hex');
    this.#metricsHash = metricsHash === undefined ? undefined : Buffer.from(metricsHash, 'hex');
    this.#onMiss = onMiss;
  }

  /** What an Authorization header opens; `missing` without a token, `slow down` after too many wrong ones. */
  check(header: string | undefined, address: string): Grant | 'missing' | 'wrong' | 'slow down' {
    const token = /^Bearer +([\x21-\x7e]{1,1024})$/i.exec(header ?? '')?.[1];
    if (token === undefined) return 'missing';
    const hash = createHash('sha256').update(token).digest();
    const opensAll = timingSafeEqual(hash, this.#hash);
    const opensMetrics = this.#metricsHash !== undefined && timingSafeEqual(hash, this.#metricsHash);
    if (opensAll) return 'all';
    if (opensMetrics) return 'metrics';
    this.#onMiss(address);
    return this.#miss(address) > mostWrong ? 'slow down' : 'wrong';
  }

  #miss(address: string): number {
    const nowMs = performance.now();
    const known = this.#misses.get(address);
    const misses =
      known === undefined || nowMs - known.sinceMs > windowMs ? { count: 0, sinceMs: nowMs } : known;
    misses.count += 1;
    this.#misses.delete(address);
    this.#misses.set(address, misses);
    if (this.#misses.size > mostAddresses) this.#misses.delete(this.#misses.keys().next().value ?? '');
    return misses.count;
  }
}
