import { describeError } from '../base/index.ts';
import type { Dispatcher, OwnConfiguration, ReloadOptions, SourcedCommand } from '../control/index.ts';
import { manualJailName } from './manual-jail.ts';

/** Reads everything again, and nothing else. */
export const plainReload: ReloadOptions = { restart: false, unban: false, ifExists: false };

export interface RestartParts {
  readonly dispatcher: Dispatcher;
  /** Undefined when a client sent it: then everything stays. */
  readonly own: OwnConfiguration | undefined;
  readonly running: readonly string[];
  /** The built-in jail comes back only when it has any. */
  readonly hasManualBans: boolean;
  readonly onError: (message: string) => void;
}

/**
 * Before a restart that leaves bans in force, puts the configuration of the next start in force, so that bans of jails and
 * actions which are gone from it end. Resolves to the jails that will not come back although they are in it. A configuration
 * that cannot be read changes nothing.
 */
export async function jailsThatEnd(parts: RestartParts): Promise<readonly string[]> {
  const { dispatcher, own, running, hasManualBans, onError } = parts;
  const manual = hasManualBans ? [] : [manualJailName];
  if (own === undefined) return manual;
  try {
    const commands = withoutNewJails(own.read(undefined), running);
    const failed = await dispatcher.applyReload(undefined, plainReload, commands);
    return [...failed.map(({ jail }) => jail), ...manual];
  } catch (error) {
    onError(`Bans stay in force as they are: ${describeError(error)}`);
    return manual;
  }
}

/** Jails that only the next start will have need not run for a moment before it. */
function withoutNewJails(
  commands: readonly SourcedCommand[],
  running: readonly string[],
): readonly SourcedCommand[] {
  const known = new Set(running);
  const added = commands.filter(({ args }) => args[0] === 'add').map(({ args }) => args[1]);
  const later = new Set(added.filter((jail) => typeof jail === 'string' && !known.has(jail)));
  return commands.filter(({ args }) => !later.has(args[1]));
}
