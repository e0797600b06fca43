import { WarderError } from '../base/index.ts';
import type { FailedJail, ReloadOptions } from '../control/index.ts';

/** What `config-error` says of a jail, from our own reading and from a foreign client's alike. */
const skippedJail = /^Jail '([^']*)' skipped, because of wrong configuration: ([\s\S]*)$/;

/** One reload under way: what it covers, and what became of it so far. */
export class Reload {
  readonly options: ReloadOptions;
  /** Undefined: all jails. */
  readonly #jail: string | undefined;
  /** Jails that were there at the beginning and got no `start` yet. */
  readonly #waiting: Set<string>;
  readonly #misconfigured = new Map<string, FailedJail>();
  readonly #taken = new Set<string>();

  constructor(jail: string | undefined, options: ReloadOptions, covered: Iterable<string>) {
    this.#jail = jail;
    this.options = options;
    this.#waiting = new Set(covered);
  }

  /** Whether the jail is to be changed in place rather than added. */
  covers(jail: string): boolean {
    return this.#waiting.has(jail);
  }

  /** Takes in a jail that is left alone unless the configuration speaks of it. Returns false when it is too late. */
  takeIn(jail: string): boolean {
    if (this.#jail !== undefined || this.#taken.has(jail)) return false;
    this.#taken.add(jail);
    this.#waiting.add(jail);
    return true;
  }

  /** The jail has its new settings. */
  done(jail: string): void {
    this.#waiting.delete(jail);
  }

  /** Notes what `config-error` said: the jail that it names must not be taken for one that is gone. */
  noteConfigError(message: string): void {
    const [, jail, reason] = skippedJail.exec(message) ?? [];
    if (jail === undefined) return;
    this.#misconfigured.set(jail, {
      jail,
      error: new WarderError('JAIL_CONFIG', reason ?? message, { jail, hint: 'correct it and reload again' }),
    });
  }

  /** Every jail that could not get its new settings. */
  allFailed(failed: readonly FailedJail[]): readonly FailedJail[] {
    const known = new Set(failed.map(({ jail }) => jail));
    return [...failed, ...[...this.#misconfigured.values()].filter(({ jail }) => !known.has(jail))];
  }

  /** Of the jails that were covered, those that the configuration no longer has, and those that stay as they were. */
  leftOver(failed: readonly FailedJail[]): {
    readonly gone: readonly string[];
    readonly kept: readonly string[];
  } {
    const broken = new Set(failed.map(({ jail }) => jail));
    const waiting = [...this.#waiting];
    return {
      gone: waiting.filter((jail) => !broken.has(jail)),
      kept: waiting.filter((jail) => broken.has(jail)),
    };
  }
}
