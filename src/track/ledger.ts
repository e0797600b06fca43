import type { Failure } from '../detect/index.ts';
import type { Ban, BanRecord, ParkedFailure } from './types.ts';

/** What the ledger noted since somebody last took it. */
export interface LedgerPage {
  readonly records: readonly BanRecord[];
  readonly parked: readonly ParkedFailure[];
  readonly settled: readonly number[];
}

/** Notes, in order, what the database has to learn about bans and undecided failures of one jail. */
export class Ledger {
  #records: BanRecord[] = [];
  #settled: number[] = [];
  readonly #parked = new Map<number, Failure>();
  /** What the records come to, by id: the newest ban, or null for forgotten. */
  readonly #outcome = new Map<string, Ban | null>();
  #forgotAll = false;

  get isEmpty(): boolean {
    return this.#records.length === 0 && this.#settled.length === 0 && this.#parked.size === 0;
  }

  ban(ban: Ban): void {
    this.#records.push({ kind: 'ban', ban });
    this.#outcome.set(ban.id, ban);
  }

  /** Forgets ban and history of an id. */
  forget(id: string): void {
    this.#records.push({ kind: 'forget', id });
    this.#outcome.set(id, null);
  }

  /** Forgets every ban of the jail, so also what was noted before. */
  forgetAll(): void {
    this.#records = [{ kind: 'forget-all' }];
    this.#outcome.clear();
    this.#forgotAll = true;
  }

  /** What the database will know of an id beyond what it was told: its newest ban, or null, that it is forgotten. */
  outcomeOf(id: string): Ban | null | undefined {
    return this.#outcome.get(id) ?? (this.#forgotAll || this.#outcome.has(id) ? null : undefined);
  }

  park(seq: number, failure: Failure): void {
    this.#parked.set(seq, failure);
  }

  settle(seq: number): void {
    // If the database never saw it, it need not hear of its end.
    if (!this.#parked.delete(seq)) this.#settled.push(seq);
  }

  /** Returns the notes and starts a new page. */
  take(): LedgerPage {
    const page = {
      records: this.#records,
      parked: Array.from(this.#parked, ([seq, failure]) => ({ seq, failure })),
      settled: this.#settled,
    };
    this.#records = [];
    this.#settled = [];
    this.#parked.clear();
    this.#outcome.clear();
    this.#forgotAll = false;
    return page;
  }
}
