/**
 * A map that forgets what was not asked for lately, in two generations: when the young one is full it becomes the old one, and
 * what was in the old one is gone. A single map whose oldest entry goes with each new one gets slow, since it has to pass over all
 * that went before.
 */
export class RecentMap<V> {
  readonly #mostYoung: number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();

  /** `most`: entries at the same time; at least half as many are kept. */
  constructor(most: number) {
    this.#mostYoung = Math.max(Math.floor(most / 2), 1);
  }

  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    this.#old.delete(key);
    if (this.#young.size >= this.#mostYoung && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: string): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }
}
