import { describeError } from '../base/index.ts';
import type { HostJail } from './host-jail.ts';
import type { DetectionHostOptions } from './host-types.ts';
import { unpackFailures } from './packed-failures.ts';
import type { WorkerBatch } from './protocol.ts';
import type { Failure } from './types.ts';

/** Hands what a worker sends to the daemon, one batch after the other. */
export class Batches {
  readonly #options: Pick<DetectionHostOptions, 'onBatch' | 'logger'>;
  readonly #jails: ReadonlyMap<string, HostJail>;
  /** The batches so far are done with when it settles. */
  #handled: Promise<void> = Promise.resolve();

  constructor(
    options: Pick<DetectionHostOptions, 'onBatch' | 'logger'>,
    jails: ReadonlyMap<string, HostJail>,
  ) {
    this.#options = options;
    this.#jails = jails;
  }

  /** The positions hold from now on, since the batch will be handled, whatever becomes of its worker. */
  take(batch: WorkerBatch, onDone: () => void): void {
    for (const { jail, position } of batch.positions) this.#jails.get(jail)?.moved(position);
    for (const { jail, cursor } of batch.warmUpFrom) this.#jails.get(jail)?.warmUpFrom(cursor);
    const failures = unpackFailures(batch.failures).map((failure) => this.#asConfigured(failure));
    this.#handled = this.#handled.then(async () => {
      await this.#handle(batch, failures);
      onDone();
    });
  }

  /** Resolves when all batches so far are done with. */
  idle(): Promise<void> {
    return this.#handled;
  }

  async #handle(batch: WorkerBatch, failures: readonly Failure[]): Promise<void> {
    const { positions, caughtUp, lines, readSec } = batch;
    const timing = readSec === undefined ? {} : { readSec };
    try {
      await this.#options.onBatch({ failures, positions, caughtUp, lines, ...timing });
    } catch (error) {
      const message = `What was found could not be handled: ${describeError(error)}`;
      this.#options.logger.log('ERROR', 'fail2ban.filter', message);
    }
  }

  /** With the number of the rule as configured, where suspended ones were left out. */
  #asConfigured(failure: Failure): Failure {
    const jail = this.#jails.get(failure.jail);
    if (failure.rule === undefined || jail === undefined || jail.suspendedRules.length === 0) return failure;
    return { ...failure, rule: jail.configuredRule(failure.rule) };
  }
}
