import type { Configuration, JailConfig } from '../config/index.ts';
import type { SourcedCommand } from '../control/index.ts';

/**
 * Our own configuration as commands: fail2ban's stream, but with the log paths as they were written, since the daemon
 * itself watches for files that match later.
 */
export function commandsOf(configuration: Configuration): readonly SourcedCommand[] {
  const runnable = configuration.jails.filter((jail) => jail.configError === undefined);
  const broken = configuration.jails.filter((jail) => jail.configError !== undefined);
  return [
    ...configuration.server,
    ...broken.map(({ name, configError }) => ({
      args: ['config-error', `Jail '${name}' skipped, because of wrong configuration: ${configError}`],
    })),
    ...runnable.flatMap((jail) => [{ args: ['add', jail.name, jail.backend] }, ...jailCommands(jail)]),
    ...runnable.map(({ name }) => ({ args: ['start', name] })),
  ];
}

/** The same for some jails only, without the server's own settings: what `reload JAIL` applies. */
export function commandsOfJail(configuration: Configuration): readonly SourcedCommand[] {
  return commandsOf({ ...configuration, server: [] });
}

function jailCommands(jail: JailConfig): readonly SourcedCommand[] {
  const isLogPath = (command: SourcedCommand): boolean => command.args[2] === 'addlogpath';
  return [
    ...jail.commands.filter((command) => !isLogPath(command)),
    ...jail.logPaths.map(({ pattern, tail, origin }) => ({
      args: ['set', jail.name, 'addlogpath', pattern, tail ? 'tail' : 'head'],
      ...(origin === undefined ? {} : { origin }),
    })),
  ];
}
