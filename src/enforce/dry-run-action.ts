import { describeError, escapeControl, type Logger } from '../base/index.ts';
import type { Action, ActionTraits } from './action.ts';
import type { ActionProperties } from './action-properties.ts';
import { addressOf } from './ban-tags.ts';
import type { ActionStep, BanItem, Outcome } from './types.ts';

export interface DryRunParts {
  readonly jail: string;
  readonly logger: Logger;
  /** The action in whose place it stands. */
  readonly action: Action;
}

/** How the action shows itself where others name their engine. */
export const dryRunEngine = 'dry-run';

const verbs = { ban: 'ban', reban: 'ban', unban: 'unban', prolong: 'prolong the ban of' } as const;

/**
 * Stands in the place of an action of a jail with `dryrun = true`: says in the log what the action would do, and does nothing. Only
 * what an earlier run, not dry yet, left in force is taken away when it starts.
 */
export class DryRunAction implements Action {
  readonly engine = dryRunEngine;
  readonly #parts: DryRunParts;

  constructor(parts: DryRunParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.action.name;
  }

  get properties(): ActionProperties {
    return this.#parts.action.properties;
  }

  traits(): ActionTraits {
    const { skipsRestored, prolongs, holdsState } = this.#parts.action.traits();
    return {
      batchLimit: 1000,
      skipsRestored,
      prolongs,
      holdsState,
      hasTimeouts: false,
      flushes: true,
      adopts: false,
    };
  }

  async adopt(): Promise<readonly string[]> {
    return [];
  }

  clearLeftovers(): Promise<void> {
    return this.#parts.action.clearLeftovers();
  }

  async start(): Promise<Outcome> {
    this.#log('NOTICE', 'nothing is enforced; the log says what would be');
    await this.#endEarlierBans();
    return this.#done('start');
  }

  async ban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#tell('ban', bans);
  }

  async reban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#tell('reban', bans);
  }

  async unban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#tell('unban', bans);
  }

  async prolong(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#tell('prolong', bans);
  }

  async flush(): Promise<Outcome> {
    this.#log('INFO', 'would end all bans');
    return this.#done('flush');
  }

  async reload(): Promise<Outcome> {
    return this.#done('reload');
  }

  async check(): Promise<Outcome> {
    return this.#done('check');
  }

  async stop(): Promise<Outcome> {
    return this.#done('stop');
  }

  lossesOf(): number {
    return 0;
  }

  totalLosses(): number {
    return 0;
  }

  /** An action that kept its bans over the restart would keep them for ever. */
  async #endEarlierBans(): Promise<void> {
    const { action } = this.#parts;
    try {
      if (!action.traits().adopts || (await action.adopt()).length === 0) return;
      if (action.traits().flushes) await action.flush();
      await action.stop();
      this.#log('NOTICE', 'bans of an earlier run were ended');
    } catch (error) {
      this.#log(
        'WARNING',
        `bans of an earlier run may be in force still: ${escapeControl(describeError(error))}`,
      );
    }
  }

  #tell(step: keyof typeof verbs, bans: readonly BanItem[]): Outcome[] {
    return bans.map((item) => {
      this.#log('INFO', `would ${verbs[step]} ${escapeControl(addressOf(item))}`);
      return this.#done(step, item.ban.id);
    });
  }

  #done(step: ActionStep, id?: string): Outcome {
    const { jail } = this.#parts;
    return { jail, action: this.name, step, ...(id === undefined ? {} : { id }), ok: true, durationMs: 0 };
  }

  #log(level: 'INFO' | 'NOTICE' | 'WARNING', what: string): void {
    const { jail, logger } = this.#parts;
    logger.log(level, 'fail2ban.actions', `[${jail}] dry run: action '${this.name}' ${what}`);
  }
}
