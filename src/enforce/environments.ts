import type { Logger } from '../base/index.ts';
import type { ActionProperties, CommandName } from './action-properties.ts';
import { addressOf, familyOf } from './ban-tags.ts';
import type { CommandResult, ShellCommands } from './shell-commands.ts';
import type { BanItem, Family } from './types.ts';

export interface EnvironmentsParts {
  readonly jail: string;
  readonly name: string;
  readonly properties: ActionProperties;
  readonly commands: ShellCommands;
  readonly logger: Logger;
  readonly allowIpv6: () => boolean;
}

interface Environment {
  /** The start command that made it; the same text for another family made that one's as well. */
  readonly startText: string;
  holdsBans: boolean;
}

const logger = 'fail2ban.CommandAction';
const done: CommandResult = { ok: true, durationMs: 0 };

/**
 * What an action sets up once to hold its bans (a chain, a set, a table), for each family where they differ: started,
 * checked, repaired, flushed and stopped. Behaviour: fail2ban's CommandAction, see FACTS 18 and 19.
 */
export class Environments {
  readonly #parts: EnvironmentsParts;
  readonly #started = new Map<Family, Environment>();
  /** Families that were started since the last stop, broken ones included: there may be something to clear away. */
  readonly #touched = new Set<Family>();
  /** The start commands that failed last. */
  readonly #failedStarts = new Map<Family, string>();
  /** Families whose start has failed once and was cleared up after. */
  readonly #cleared = new Set<Family>();
  readonly #losses = new Map<Family, number>();
  #totalLosses = 0;

  constructor(parts: EnvironmentsParts) {
    this.#parts = parts;
  }

  families(): readonly Family[] {
    return this.#parts.properties.families(this.#parts.allowIpv6());
  }

  /** The environment that a ban belongs to. */
  of(item: BanItem): Family {
    const family = familyOf(addressOf(item));
    return this.#parts.properties.families(true).includes(family) ? family : '';
  }

  /** Started by a command, if there is one: commands can be set after the start. */
  isStarted(family: Family): boolean {
    const environment = this.#started.get(family);
    return environment !== undefined && (environment.startText !== '' || this.#startText(family) === '');
  }

  /** The start command, as it is now, has been tried in vain. */
  hasFailedToStart(family: Family): boolean {
    return this.#failedStarts.get(family) === this.#startText(family);
  }

  /** Notes that there is something to unban or to flush. */
  holdsBans(family: Family): void {
    const environment = this.#started.get(family);
    this.#touched.add(family);
    if (environment === undefined) this.#started.set(family, { startText: '', holdsBans: true });
    else environment.holdsBans = true;
  }

  mayHoldBans(family: Family): boolean {
    return this.#started.get(family)?.holdsBans ?? false;
  }

  /** How often the bans of an environment were lost by a repair. */
  lossesOf(family: Family): number {
    return this.#losses.get(family) ?? 0;
  }

  get totalLosses(): number {
    return this.#totalLosses;
  }

  /** Runs `actionstart` for each of the families; once where the command is the same. */
  async start(families: readonly Family[]): Promise<CommandResult> {
    let failed: CommandResult | undefined;
    let durationMs = 0;
    for (const family of families) {
      const started = await this.#startOne(family);
      durationMs += started.durationMs;
      if (!started.ok) failed = started;
    }
    return this.#named({ ...(failed ?? done), durationMs }, 'starting');
  }

  /**
   * After a crash: stops what an earlier run has left, where `actioncheck` still finds it. Without that a rule could be
   * there twice, and outlive its ban. An action without a check is left alone.
   */
  async clearLeftovers(): Promise<void> {
    const { commands, properties } = this.#parts;
    if (!properties.has('actioncheck')) return;
    const stopped = new Set<string>();
    for (const family of this.families()) {
      const stop = commands.text('actionstop', family);
      if (stopped.has(stop) || !(await commands.finds(family))) continue;
      stopped.add(stop);
      await commands.forFamily('actionstop', family);
    }
  }

  /** Runs `actionflush` where there is something to flush. */
  async flush(): Promise<CommandResult> {
    const families = this.#startedFamilies().filter((family) => this.mayHoldBans(family));
    const result = await this.#runForAll('actionflush', families, (family) => {
      const environment = this.#started.get(family);
      if (environment !== undefined) environment.holdsBans = false;
    });
    return this.#named(result, 'flushing');
  }

  async reload(): Promise<CommandResult> {
    return this.#named(await this.#runForAll('actionreload', this.#startedFamilies()), 'reloading');
  }

  /** Runs `actionstop` for what was started. */
  async stop(): Promise<CommandResult> {
    const families = this.#startedFamilies();
    this.#started.clear();
    this.#touched.clear();
    return this.#named(await this.#runForAll('actionstop', families), 'stopping');
  }

  /** Checks everything that was started; reports the first that is broken and stays so. */
  async checkAll(mayRepair: boolean): Promise<CommandResult> {
    let result = done;
    const fine = new Set<string>();
    for (const family of this.#startedFamilies()) {
      const text = this.#parts.commands.text('actioncheck', family);
      if (fine.has(text)) continue;
      const checked = await this.check(family, mayRepair ? 'repair' : 'look');
      if (checked.ok) fine.add(text);
      else {
        result = checked;
        if (mayRepair) this.#started.delete(family);
      }
    }
    return result;
  }

  /**
   * Runs `actioncheck`, and where it fails repairs the environment: by `actionrepair`, else by stop and start.
   * `unban` and `look` do not repair (for `unban` unless `actionrepair_on_unban`).
   */
  async check(family: Family, purpose: 'repair' | 'unban' | 'look'): Promise<CommandResult> {
    const { commands, logger: log, properties } = this.#parts;
    if (!properties.has('actioncheck')) return done;
    const first = await commands.plain('actioncheck', family);
    if (first.ok) return first;
    if (purpose !== 'repair' && properties.flag('actionrepair_on_unban') !== true) {
      const what = purpose === 'unban' ? 'Unban' : 'Flush';
      log.log('ERROR', logger, `Invariant check failed. ${what} is impossible.`);
      return first;
    }
    log.log('ERROR', logger, 'Invariant check failed. Trying to restore a sane environment');
    this.#countLoss(family);
    const repaired = await this.#repair(family, purpose === 'unban');
    if (!repaired.ok) this.#started.delete(family);
    const sane =
      repaired.ok && this.#started.has(family) ? await commands.plain('actioncheck', family) : repaired;
    if (!sane.ok) log.log('CRITICAL', logger, 'Unable to restore environment');
    return sane;
  }

  /** For an unban an environment that is started on demand is only cleared away. */
  async #repair(family: Family, forUnban: boolean): Promise<CommandResult> {
    const { commands, properties } = this.#parts;
    if (properties.has('actionrepair')) {
      const repaired = await commands.plain('actionrepair', family);
      this.#touched.add(family);
      if (repaired.ok) this.#started.set(family, { startText: this.#startText(family), holdsBans: false });
      return repaired;
    }
    await this.#stopOne(family);
    if (forUnban && properties.startsOnDemand) return done;
    this.#cleared.add(family);
    return this.start([family]);
  }

  async #startOne(family: Family): Promise<CommandResult> {
    const { commands } = this.#parts;
    const text = this.#startText(family);
    const others = [...this.#started].filter(([other]) => other !== family);
    const shared = text !== '' && others.some(([, environment]) => environment.startText === text);
    let result = shared ? done : await commands.forFamily('actionstart', family);
    if (!result.ok && !this.#cleared.has(family)) {
      // Rests of an earlier run that was killed can be in the way: clear up once, and try again.
      this.#cleared.add(family);
      await commands.forFamily('actionstop', family);
      result = await commands.forFamily('actionstart', family);
    }
    if (result.ok) {
      this.#touched.add(family);
      this.#failedStarts.delete(family);
      this.#started.set(family, { startText: text, holdsBans: false });
    } else this.#failedStarts.set(family, text);
    return result;
  }

  /** Stops one environment, and what its start has made for other families along with it. */
  async #stopOne(family: Family): Promise<void> {
    const environment = this.#started.get(family);
    this.#started.delete(family);
    for (const [other, { startText }] of [...this.#started]) {
      if (startText === environment?.startText) this.#started.set(other, { startText: '', holdsBans: false });
    }
    if (this.#touched.has(family)) await this.#parts.commands.forFamily('actionstop', family);
  }

  /** In the order in which they were first started. */
  #startedFamilies(): Family[] {
    return [...this.#touched].filter((family) => this.#started.has(family));
  }

  #countLoss(family: Family): void {
    this.#totalLosses++;
    const text = this.#startText(family);
    for (const other of new Set<Family>([family, 'inet4', 'inet6', ''])) {
      if (other === family || this.#startText(other) === text)
        this.#losses.set(other, this.lossesOf(other) + 1);
    }
  }

  /** The command that starts a family's environment; empty where its properties cannot be resolved. */
  #startText(family: Family): string {
    try {
      return this.#parts.commands.text('actionstart', family);
    } catch {
      return '';
    }
  }

  /** Runs a command for each family, once where it is the same for several. */
  async #runForAll(
    command: CommandName,
    families: readonly Family[],
    onDone: (family: Family) => void = () => undefined,
  ): Promise<CommandResult> {
    const ran = new Map<string, CommandResult>();
    let durationMs = 0;
    let failed: CommandResult | undefined;
    for (const family of families) {
      const result = await this.#runOnce(command, family, ran);
      durationMs += result.durationMs;
      if (result.ok) onDone(family);
      else failed = result;
    }
    return { ...(failed ?? done), durationMs };
  }

  async #runOnce(
    command: CommandName,
    family: Family,
    ran: Map<string, CommandResult>,
  ): Promise<CommandResult> {
    const { commands } = this.#parts;
    try {
      const text = commands.text(command, family);
      const known = ran.get(text);
      if (known !== undefined) return known;
      const result = await commands.forFamily(command, family);
      ran.set(text, { ...result, durationMs: 0 });
      return result;
    } catch {
      return commands.forFamily(command, family);
    }
  }

  /** fail2ban's words for an operation that failed. */
  #named(result: CommandResult, operation: string): CommandResult {
    if (result.ok) return result;
    const { jail, name } = this.#parts;
    const why = result.reason ?? "'Script error'";
    return { ...result, reason: `Error ${operation} action Jail('${jail}')/${name}: ${why}` };
  }
}
