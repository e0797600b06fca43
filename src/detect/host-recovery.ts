import { type Clock, describeError, escapeControl, type Logger, type LogLevel } from '../base/index.ts';
import { type HostJail, nameOfRule } from './host-jail.ts';
import type { DetectionEvent } from './host-types.ts';
import type { LineKey } from './protocol.ts';
import type { Suspect } from './watchdog-memory.ts';

export interface RecoveryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly budgetMs: number;
  onEvent?(event: DetectionEvent): void;
}

const excerptCharacters = 300;

/** Decides what a worker that had to be replaced costs: a line, and perhaps a rule; and says so. */
export class Recovery {
  readonly #options: RecoveryOptions;
  readonly #jails: () => Iterable<HostJail>;

  constructor(options: RecoveryOptions, jails: () => Iterable<HostJail>) {
    this.#options = options;
    this.#jails = jails;
  }

  /** The worker did not go on. Returns the line that is left out from now on. */
  stuck(suspect: Suspect | undefined): LineKey | undefined {
    const jail = this.#jailOf(suspect);
    if (suspect === undefined || jail === undefined) {
      this.#log('ERROR', 'The detection worker does not go on; it is replaced');
      return undefined;
    }
    jail.skip(suspect.line);
    const rule = suspect.rule === undefined ? undefined : jail.configuredRule(suspect.rule);
    const name = rule === undefined ? 'Something' : nameOfRule(rule);
    const held = `${name} held a line for more than ${this.#options.budgetMs} ms`;
    this.#log('WARNING', `[${jail.name}] ${held}, the line is left out: ${excerpt(suspect)}`);
    if (rule !== undefined && jail.strike(rule, this.#options.clock.nowSec())) this.#suspended(jail, name);
    return suspect.line;
  }

  /** The worker died. Returns the line that is left out from now on, if one is to blame. */
  died(error: unknown, suspect: Suspect | undefined): LineKey | undefined {
    const jail = this.#jailOf(suspect);
    const why = escapeControl(describeError(error));
    if (suspect === undefined || jail === undefined) {
      this.#log('ERROR', `The detection worker died: ${why}`);
      return undefined;
    }
    this.#log('ERROR', `[${jail.name}] The detection worker died (${why}) at the line: ${excerpt(suspect)}`);
    if (!jail.died(suspect.line)) return undefined;
    this.#log('WARNING', `[${jail.name}] The line is left out, since the worker died at it again`);
    return suspect.line;
  }

  #suspended(jail: HostJail, rule: string): void {
    const what = jail.isSuspended
      ? `${rule} is suspended, and with it the jail's detection`
      : `${rule} is suspended`;
    this.#log('ERROR', `[${jail.name}] ${what}, until the jail is reloaded: it held too many lines`);
    this.#options.onEvent?.({ kind: 'rule suspended', jail: jail.name, rule });
  }

  #jailOf(suspect: Suspect | undefined): HostJail | undefined {
    return [...this.#jails()].find((jail) => jail.index === suspect?.jail);
  }

  #log(level: LogLevel, message: string): void {
    this.#options.logger.log(level, 'fail2ban.filter', message);
  }
}

function excerpt(suspect: Suspect): string {
  return `"${escapeControl(suspect.text.slice(0, excerptCharacters))}"`;
}
