interface Waiter {
  readonly rank: number;
  readonly begin: () => void;
}

/**
 * Lets one task run at a time: the lock that serialises all shell commands of the daemon (FACTS 20). Of those that
 * wait, the one of the lowest rank is next, then the one that came first; so the firewall, which stands first in a
 * jail's list of actions, goes before the mails of all jails.
 *
 * How many can wait is bounded by the number of actions: each waits with one command at most.
 */
export class ShellLock {
  #busy = false;
  readonly #waiters: Waiter[] = [];

  /** Runs the task as soon as it is its turn, and resolves or rejects as it does. */
  async run<T>(rank: number, task: () => Promise<T>): Promise<T> {
    if (this.#busy) await new Promise<void>((begin) => this.#queue({ rank, begin }));
    this.#busy = true;
    try {
      return await task();
    } finally {
      this.#passOn();
    }
  }

  #queue(waiter: Waiter): void {
    const at = this.#waiters.findIndex((other) => other.rank > waiter.rank);
    this.#waiters.splice(at < 0 ? this.#waiters.length : at, 0, waiter);
  }

  /** Stays busy while somebody waits, so that no newcomer slips in before the one whose turn it is. */
  #passOn(): void {
    const next = this.#waiters.shift();
    if (next === undefined) this.#busy = false;
    else next.begin();
  }
}
