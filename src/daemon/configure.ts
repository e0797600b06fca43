import { parseTimeSpan } from '../base/index.ts';
import { type Configuration, type JailConfig, noticesEngine } from '../config/index.ts';
import type { SourcedCommand } from '../control/index.ts';
import { valueError } from './check-values.ts';

/**
 * Our own configuration as commands: fail2ban's stream, but with the log paths as they were written, since the daemon
 * itself watches for files that match later.
 */
export function commandsOf(configuration: Configuration): readonly SourcedCommand[] {
  const runnable = configuration.jails.filter((jail) => jail.configError === undefined);
  const broken = configuration.jails.filter((jail) => jail.configError !== undefined);
  return [
    ...configuration.server,
    ...broken.map(({ name, configError }) => configErrorCommand(name, configError ?? '')),
    ...runnable.flatMap((jail) => [{ args: ['add', jail.name, jail.backend] }, ...jailCommands(jail)]),
    ...runnable.map(({ name }) => ({ args: ['start', name] })),
  ];
}

/** Says that a jail cannot be configured, in the words that fail2ban's client sends to its server. */
export function configErrorCommand(jail: string, reason: string): SourcedCommand {
  return { args: ['config-error', `Jail '${jail}' skipped, because of wrong configuration: ${reason}`] };
}

/** The same for some jails only, without the server's own settings: what `reload JAIL` applies. */
export function commandsOfJail(configuration: Configuration): readonly SourcedCommand[] {
  return commandsOf({ ...configuration, server: [] });
}

function jailCommands(jail: JailConfig): readonly SourcedCommand[] {
  const isLogPath = (command: SourcedCommand): boolean => command.args[2] === 'addlogpath';
  return [
    ...jail.commands
      .filter((command) => !isLogPath(command) && isReadable(command))
      .map((command) => withEngine(command, jail.actions)),
    ...jail.logPaths.map(({ pattern, tail, origin }) => ({
      args: ['set', jail.name, 'addlogpath', pattern, tail ? 'tail' : 'head'],
      ...(origin === undefined ? {} : { origin }),
    })),
  ];
}

/**
 * An action that an engine serves gets that as a property, `engine`, with what the engine has to know besides. It is no part of
 * fail2ban's stream: what a client sends in that form runs as its commands say.
 */
function withEngine(command: SourcedCommand, actions: JailConfig['actions']): SourcedCommand {
  const [verb, , kind, name, properties] = command.args;
  if (verb !== 'multi-set' || kind !== 'action' || !Array.isArray(properties)) return command;
  const choice = actions.find((action) => action.name === name)?.engine;
  if (choice === undefined) return command;
  const nameOf = (pair: unknown): unknown => (Array.isArray(pair) ? pair[0] : undefined);
  if ('values' in choice && choice.engine === noticesEngine) {
    const kept = properties.filter((pair) => !/^action/.test(String(nameOf(pair))));
    const ours = [...choice.values].filter(([name]) => !kept.some((pair) => nameOf(pair) === name));
    return { ...command, args: [...command.args.slice(0, 4), [...kept, ...ours]] };
  }
  const given = new Set(properties.map(nameOf));
  const added: [string, string][] =
    'asWritten' in choice
      ? [['engine', `none: ${choice.asWritten}`]]
      : [['engine', choice.engine], ...choice.values];
  const asked = properties.map((pair) => (Array.isArray(pair) ? String(pair[1]) : '')).join(' ');
  const missing = added.filter(
    ([property]) =>
      !given.has(property) && (!property.startsWith('known/') || asked.includes(`<${property}>`)),
  );
  return { ...command, args: [...command.args.slice(0, 4), [...properties, ...missing]] };
}

const timeOptions = ['findtime', 'bantime', 'bantime.maxtime', 'bantime.rndtime'];

/**
 * Whether the option has a value that can be used. fail2ban sends an integer that it could not read as None and a bad
 * time or formula as it stands, and loses the jail by it; here that costs the option alone, which keeps its default. The error
 * has been reported with its place.
 */
function isReadable({ args }: SourcedCommand): boolean {
  if (valueError({ args: [...args] }) !== undefined) return false;
  const [verb, , option, value] = args;
  if (verb !== 'set') return true;
  if (value === null) return false;
  if (typeof option !== 'string' || !timeOptions.includes(option) || typeof value !== 'string') return true;
  try {
    parseTimeSpan(value);
    return true;
  } catch {
    return false;
  }
}
