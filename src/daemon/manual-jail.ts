import { WarderError } from '../base/index.ts';
import { type Configuration, type ReadOptions, readConfiguration } from '../config/index.ts';
import type { SourcedCommand } from '../control/index.ts';
import { commandsOfJail } from './configure.ts';

/** The built-in jail of bans by hand (`ban IP…`), made on first use. */
export const manualJailName = 'manual';

/**
 * No log, no rule, all ports, with the administrator's own banaction; a day unless a section `[manual]` in jail.local
 * says otherwise.
 */
const manualJail: ReadonlyMap<string, string> = new Map([
  ['enabled', 'true'],
  ['filter', ''],
  ['logpath', ''],
  ['backend', 'polling'],
  ['bantime', '1d'],
  ['banaction', '%(banaction_allports)s'],
  ['action', '%(action_)s'],
]);

/** The commands that make the jail. Throws `MANUAL_JAIL` when the configuration has no usable action for it. */
export function manualJailCommands(options: ReadOptions): readonly SourcedCommand[] {
  const configuration: Configuration = readConfiguration({
    ...options,
    jails: [manualJailName],
    builtInJails: new Map([[manualJailName, manualJail]]),
  });
  const jail = configuration.jails[0];
  if (jail !== undefined && jail.configError === undefined) return commandsOfJail(configuration);
  throw new WarderError(
    'MANUAL_JAIL',
    `the jail for bans by hand cannot be made: ${jail?.configError ?? 'it is disabled'}`,
    {
      jail: manualJailName,
      hint: 'set banaction_allports in [DEFAULT], or an action in [manual], of jail.local',
    },
  );
}
