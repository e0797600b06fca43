import { type Clock, describeError, type LogLevel, WarderError } from '../base/index.ts';
import type { Store, StoreOptions } from '../state/index.ts';

export interface StandInParts {
  /** The database that is asked for. */
  readonly file: string;
  readonly clock: Clock;
  readonly create: (options: Pick<StoreOptions, 'file' | 'seedFile' | 'limits'>) => Store;
  readonly log: (level: LogLevel, message: string) => void;
}

/** Between two tries to use the database after all. */
const retrySec = 30;

/** The main thread waits with a try; another process may hold the file for long. */
const retryLimits = { openTimeoutMs: 100 } as const;

/** What may pass by itself or by somebody's doing: the disk is full or read-only, or another process holds the file. */
const passing: ReadonlySet<string> = new Set(['STATE_LOCKED', 'STATE_UNUSABLE']);

/**
 * Opens the database, or, where it cannot be used, one in memory in its place. Where it may be used later, that begins
 * with what can be read of the file, so that its bans come into force; and when it can be used, it takes its place
 * again and is told what happened meanwhile.
 */
export class StandIn {
  readonly #parts: StandInParts;
  #cancel: (() => void) | undefined;

  constructor(parts: StandInParts) {
    this.#parts = parts;
  }

  /** Opens the one or the other. `onReplaced` is called once the real one is in use after all. */
  open(onReplaced: (store: Store) => void): Store | undefined {
    const { file, create, log } = this.#parts;
    const store = create({ file });
    try {
      store.open();
      return store;
    } catch (error) {
      const mayPass = error instanceof WarderError && passing.has(error.code);
      const outlook = mayPass
        ? 'Going on in memory with what can be read of it, and trying again'
        : 'Nothing will survive a restart';
      log('ERROR', `${outlook}, the database cannot be used: ${describeError(error)}`);
      return this.#inMemory(mayPass, onReplaced);
    }
  }

  /** Tries no longer. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #inMemory(mayPass: boolean, onReplaced: (store: Store) => void): Store | undefined {
    const { file, create, log } = this.#parts;
    const store = create({ file: ':memory:', ...(mayPass ? { seedFile: file } : {}) });
    try {
      store.open();
    } catch (error) {
      log('ERROR', `There is no database in memory either: ${describeError(error)}`);
      return undefined;
    }
    if (mayPass) this.#retryLater(store, onReplaced);
    return store;
  }

  #retryLater(standIn: Store, onReplaced: (store: Store) => void): void {
    this.#cancel = this.#parts.clock.after(retrySec, () => {
      const store = this.#retry();
      if (store === undefined) this.#retryLater(standIn, onReplaced);
      else this.#replace(standIn, store, onReplaced);
    });
  }

  /** Fails in silence: the log has the reason. */
  #retry(): Store | undefined {
    const { file, create } = this.#parts;
    const store = create({ file, limits: retryLimits });
    try {
      store.open();
      return store;
    } catch {
      return undefined;
    }
  }

  #replace(standIn: Store, store: Store, onReplaced: (store: Store) => void): void {
    store.maxMatches = standIn.maxMatches;
    store.purgeAgeSec = standIn.purgeAgeSec;
    const known = standIn.known();
    for (const { jail } of known.changes ?? []) store.enableJail(jail);
    store.commit(known);
    onReplaced(store);
    standIn.close();
    this.#parts.log('NOTICE', `Database '${this.#parts.file}' is in use again, with what happened meanwhile`);
  }
}
