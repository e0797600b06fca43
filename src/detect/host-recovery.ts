import { type Clock, describeError, escapeControl, type Logger, type LogLevel } from '../base/index.ts';
import type { HostJail } from './host-jail.ts';
import { nameOfRule } from './host-suspension.ts';
import type { DetectionEvent } from './host-types.ts';
import type { PatternJudge } from './judge/index.ts';
import type { LineKey, Overrun } from './protocol.ts';
import type { Suspect } from './watchdog-memory.ts';

export interface RecoveryOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly budgetMs: number;
  /** Is told of rules that were caught. */
  readonly judge: PatternJudge;
  onEvent?(event: DetectionEvent): void;
}

const excerptCharacters = 300;

/** Decides what a line costs on which a worker had to be replaced, or a rule gave up: the line, and perhaps the rule; and says so. */
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
    this.#leftOut(jail, held, suspect.text);
    if (rule === undefined) return suspect.line;
    // The next time it gives up by itself, and no worker is lost.
    for (const pattern of jail.patternsOf(rule)) this.#options.judge.bound(pattern, 0);
    if (this.#strikes(jail, rule)) this.suspend(jail, rule);
    return suspect.line;
  }

  /** A rule gave up on a line. True if it counts, and has done so too often: it is to be suspended. */
  overrun(jail: HostJail, rule: number, { line, text }: Overrun, counts: boolean): boolean {
    // A worker that replaces this one comes by the line again to refresh its memory.
    if (line !== undefined) jail.skip(line);
    this.#leftOut(jail, `${nameOfRule(rule)} took too many steps on a line`, text);
    return counts && this.#strikes(jail, rule);
  }

  /** The configured rule does not run any more. */
  suspend(jail: HostJail, rule: number): void {
    jail.suspend(rule);
    const name = nameOfRule(rule);
    const what = jail.isSuspended
      ? `${name} is suspended, and with it the jail's detection`
      : `${name} is suspended`;
    this.#log('ERROR', `[${jail.name}] ${what}, until the jail is reloaded: it held too many lines`);
    this.#options.onEvent?.({ kind: 'rule suspended', jail: jail.name, rule: name });
  }

  /** The worker died. Returns the line that is left out from now on, if one is to blame. */
  died(error: unknown, suspect: Suspect | undefined): LineKey | undefined {
    const jail = this.#jailOf(suspect);
    const why = escapeControl(describeError(error));
    if (suspect === undefined || jail === undefined) {
      this.#log('ERROR', `The detection worker died: ${why}`);
      return undefined;
    }
    this.#log(
      'ERROR',
      `[${jail.name}] The detection worker died (${why}) at the line: ${excerpt(suspect.text)}`,
    );
    if (!jail.died(suspect.line)) return undefined;
    this.#log('WARNING', `[${jail.name}] The line is left out, since the worker died at it again`);
    return suspect.line;
  }

  #leftOut(jail: HostJail, why: string, text: string): void {
    this.#log('WARNING', `[${jail.name}] ${why}, the line is left out: ${excerpt(text)}`);
  }

  #strikes(jail: HostJail, rule: number): boolean {
    return jail.strike(rule, this.#options.clock.nowSec());
  }

  #jailOf(suspect: Suspect | undefined): HostJail | undefined {
    return [...this.#jails()].find((jail) => jail.index === suspect?.jail);
  }

  #log(level: LogLevel, message: string): void {
    this.#options.logger.log(level, 'fail2ban.filter', message);
  }
}

function excerpt(text: string): string {
  return `"${escapeControl(text.slice(0, excerptCharacters))}"`;
}
