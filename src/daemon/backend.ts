import { pythonRepr, WarderError } from '../base/index.ts';
import { parseOptionList } from '../config/index.ts';
import { checkJournal } from './journal-match.ts';

/** A backend as the reader understands it. */
export interface ResolvedBackend {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
  /** What fail2ban's log says about it. */
  readonly announcement: readonly string[];
}

const backends = ['auto', 'pyinotify', 'gamin', 'polling', 'systemd'];

/**
 * Reads the backend of an `add` command, such as `systemd[journalflags=1]`. `auto` and `gamin` (which no longer exists)
 * follow files by inotify. Throws `BACKEND_UNKNOWN`, or `SOURCE_JOURNAL_OPTION` for options that the journal does not have.
 */
export function resolveBackend(jail: string, text: string): ResolvedBackend {
  const { name: written, options } = parseOptionList(text);
  const name = written.trim().toLowerCase();
  if (!backends.includes(name)) {
    throw new WarderError(
      'BACKEND_UNKNOWN',
      `Unknown backend ${name}. Must be among ${pythonRepr(backends.slice(1))} or 'auto'`,
      {
        jail,
      },
    );
  }
  const settings = Object.fromEntries(options);
  if (name === 'systemd') checkJournal(jail, { journalMatch: [], journalOptions: settings });
  const shown = name === 'auto' || name === 'gamin' ? 'pyinotify' : name;
  const uses = shown === 'polling' ? 'poller' : shown;
  return {
    name,
    options: settings,
    announcement: [`Jail '${jail}' uses ${uses} ${shownOptions(options)}`, `Initiated '${shown}' backend`],
  };
}

function shownOptions(options: ReadonlyMap<string, string>): string {
  return `{${[...options].map(([name, value]) => `'${name}': '${value}'`).join(', ')}}`;
}
