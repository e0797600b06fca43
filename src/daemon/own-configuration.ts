import { describeError, escapeControl, type Logger, WarderError } from '../base/index.ts';
import { type Configuration, type ReadOptions, readConfiguration } from '../config/index.ts';
import type { OwnConfiguration, SourcedCommand } from '../control/index.ts';
import { commandsOf, commandsOfJail, configErrorCommand } from './configure.ts';
import { manualJailCommands, manualJailName } from './manual-jail.ts';

export interface OwnConfigurationParts {
  readonly reading: ReadOptions;
  readonly logger: Logger;
  /** Whether a jail runs: what a reload must not harm. */
  readonly isRunning: (jail: string) => boolean;
  /** Finds mistakes that reading does not. */
  readonly check?: (configuration: Configuration) => readonly WarderError[];
  /** Changes commands before they are used, as the command line asks for it. */
  readonly adapt?: (commands: readonly SourcedCommand[]) => readonly SourcedCommand[];
}

/**
 * The daemon's own configuration. At the start everything that can run is to run, whatever is wrong with the rest. A reload is
 * careful: there is something to lose. A mistake that is new keeps the jail that it concerns as it was, and
 * one that may concern any jail (a file that cannot be read) refuses the whole reload. Mistakes that were there when
 * the configuration in force was read hold up nothing.
 */
export class OwnConfigurationReader implements OwnConfiguration {
  readonly layers: readonly string[];
  readonly #parts: OwnConfigurationParts;
  #known = new Set<string>();

  constructor(parts: OwnConfigurationParts) {
    this.#parts = parts;
    this.layers = parts.reading.layers;
  }

  /** Reads everything for the start. What is wrong goes to the log, and is returned. */
  readAll(): { readonly commands: readonly SourcedCommand[]; readonly errors: readonly WarderError[] } {
    const configuration = readConfiguration(this.#parts.reading);
    const errors = this.#report(configuration);
    this.#known = new Set(errors.map(keyOf));
    return { commands: this.#adapted(commandsOf(configuration)), errors };
  }

  /** Reads everything, or one jail, for a reload. Throws `RELOAD_REFUSED`, or `MANUAL_JAIL` for that jail. */
  read(jail: string | undefined): readonly SourcedCommand[] {
    const { reading } = this.#parts;
    if (jail === manualJailName) return manualJailCommands(reading);
    const configuration = readConfiguration(jail === undefined ? reading : { ...reading, jails: [jail] });
    const errors = this.#report(configuration);
    const news = errors.filter(
      (error) => error.code !== 'CONFIG_NO_LOG_FILE' && !this.#known.has(keyOf(error)),
    );
    refuseIfGeneral(news);
    const kept = Map.groupBy(
      news.filter((error) => error.jail !== undefined && this.#parts.isRunning(error.jail)),
      (error) => error.jail ?? '',
    );
    this.#remember(errors, kept, jail === undefined);
    const commands = withKept(configuration, kept);
    return jail === undefined
      ? this.#adapted([...commandsOf(commands), ...missing(kept, commands), ...this.#manual(configuration)])
      : [...commandsOfJail(commands), ...missing(kept, commands)];
  }

  /** A kept jail's mistakes stay news until they are gone; those of jails that were not read stay known. */
  #remember(errors: readonly WarderError[], kept: ReadonlyMap<string, unknown>, isComplete: boolean): void {
    const accepted = errors.filter((error) => error.jail === undefined || !kept.has(error.jail)).map(keyOf);
    this.#known = new Set(isComplete ? accepted : [...this.#known, ...accepted]);
  }

  /** The built-in jail is no part of the files, but what `[manual]` and `[DEFAULT]` say of it may have changed. */
  #manual({ jails }: Configuration): readonly SourcedCommand[] {
    if (!this.#parts.isRunning(manualJailName) || jails.some(({ name }) => name === manualJailName))
      return [];
    try {
      return manualJailCommands(this.#parts.reading);
    } catch (error) {
      return [configErrorCommand(manualJailName, describeError(error))];
    }
  }

  #adapted(commands: readonly SourcedCommand[]): readonly SourcedCommand[] {
    return this.#parts.adapt?.(commands) ?? commands;
  }

  #report(configuration: Configuration): readonly WarderError[] {
    const { check, logger } = this.#parts;
    const errors = [...configuration.errors, ...(check?.(configuration) ?? [])];
    for (const error of errors) logger.log('ERROR', 'fail2ban', escapeControl(describeError(error)));
    for (const { message, origin } of configuration.warnings) {
      const place = origin === undefined ? '' : `${origin.file}:${origin.line}: `;
      logger.log('WARNING', 'fail2ban.configreader', escapeControl(place + message));
    }
    return errors;
  }
}

/** What an error says; its line may be another one after each edit. */
function keyOf(error: WarderError): string {
  return JSON.stringify([error.code, error.jail, error.file, error.message]);
}

function refuseIfGeneral(errors: readonly WarderError[]): void {
  const general = errors.filter((error) => error.jail === undefined);
  if (general.length === 0) return;
  throw new WarderError(
    'RELOAD_REFUSED',
    `Nothing was changed, since what is wrong may concern any jail: ${general.map(describeError).join('; ')}`,
    { hint: 'correct it and reload again' },
  );
}

function withKept(
  configuration: Configuration,
  kept: ReadonlyMap<string, readonly WarderError[]>,
): Configuration {
  const jails = configuration.jails.map((jail) => {
    const errors = kept.get(jail.name);
    return errors === undefined ? jail : { ...jail, configError: textOf(errors) };
  });
  return { ...configuration, jails };
}

/** Kept jails of which nothing was read: without a word about them they would be stopped. */
function missing(
  kept: ReadonlyMap<string, readonly WarderError[]>,
  { jails }: Configuration,
): readonly SourcedCommand[] {
  return [...kept]
    .filter(([name]) => !jails.some((jail) => jail.name === name))
    .map(([name, errors]) => configErrorCommand(name, textOf(errors)));
}

function textOf(errors: readonly WarderError[]): string {
  return errors.map(describeError).join('; ');
}
