import { type JailContext, JailReader, type ReadJail } from './jail-reader.ts';

/**
 * Reads one section as a jail: filter, options, actions. An error costs the jail or one of its options; other jails
 * never notice.
 *
 * With `backend = auto`, no log file and a filter that knows where to look in the journal, the jail is read once more
 * for the journal (`systemd_if_nologs`, releases since 1.1), except for `allowNoFiles`.
 */
export function readJail(context: JailContext, name: string): ReadJail {
  const first = new JailReader(context, name).read();
  if (context.allowNoFiles || first.jail === undefined) return first;
  const { backend, commands, logPaths, options, configError } = first.jail;
  const isReadable = configError === undefined || logPaths.length > 0;
  const lacksLogs = isReadable && !commands.some(isLogPath);
  const mayUseJournal = backend.toLowerCase() === 'auto' && options.get('systemd_if_nologs')?.value === true;
  if (!lacksLogs || !mayUseJournal || !context.hasJournal()) return first;
  const second = new JailReader(context, name, 'systemd').read();
  const canRead = second.jail?.commands.some((command) => command.args[2] === 'addjournalmatch') === true;
  // The first reading left its filter's options behind as known ones; the jail that is used shall leave its own.
  return canRead ? second : new JailReader(context, name).read();
}

function isLogPath(command: { args: readonly unknown[] }): boolean {
  return command.args[2] === 'addlogpath';
}
