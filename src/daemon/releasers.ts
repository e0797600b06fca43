/**
 * Things to undo at the end, run last-in-first-out. One that fails is reported and the rest still run.
 */
export class Releasers {
  readonly #onError: (name: string, error: unknown) => void;
  #entries: { readonly name: string; readonly release: () => Promise<void> | void }[] = [];

  constructor(onError: (name: string, error: unknown) => void) {
    this.#onError = onError;
  }

  add(name: string, release: () => Promise<void> | void): void {
    this.#entries.push({ name, release });
  }

  /** Runs and forgets all of them. */
  async releaseAll(): Promise<void> {
    for (let entry = this.#entries.pop(); entry !== undefined; entry = this.#entries.pop()) {
      try {
        await entry.release();
      } catch (error) {
        this.#onError(entry.name, error);
      }
    }
  }
}
