import { PythonTuple, type PythonValue, pythonStr } from '../../base/index.ts';
import { items } from '../beautify-parts.ts';
import { currentUser } from '../paths.ts';
import type { Program } from '../program.ts';
import { serve } from '../server.ts';
import { ask } from '../session.ts';

/** `warder run`: the daemon in the foreground; once it is ready it says what it guards and with what it bans. */
export function runInForeground(program: Program): Promise<number> {
  const options = { ...program.options, logTarget: program.options.logTarget ?? 'STDOUT' };
  // What an ordinary user's configuration says about firewalls can only fail; an administrator's own server runs as told.
  return serve(
    { ...program, options },
    (socketPath, problems, enforcement) => announce(program, socketPath, problems, enforcement),
    { observeOnly: !currentUser().isRoot },
  );
}

async function announce(
  { terminal, options }: Program,
  socketPath: string,
  problems: readonly string[],
  enforcement: string,
): Promise<void> {
  const jails = await guardedJails(socketPath);
  if (options.json) {
    terminal.out(`${JSON.stringify({ ready: true, jails, enforcement, problems })}\n`);
    return;
  }
  const guarding =
    jails.length === 0
      ? ['Warder runs, but no jail does: nothing is guarded.']
      : ['Warder guards:', ...jails.map(({ jail, source }) => `  ${jail}: ${source}`)];
  const lines = [...guarding, `It is ${enforcement}.`];
  if (problems.length > 0) lines.push('Not everything works:', ...problems.map((problem) => `  ${problem}`));
  terminal.out(`${[...lines, 'Ctrl-C ends it.'].join('\n')}\n`);
}

interface GuardedJail {
  readonly jail: string;
  /** What it reads, for people. */
  readonly source: string;
}

async function guardedJails(socketPath: string): Promise<GuardedJail[]> {
  const overview = await ask(socketPath, ['status', '--all']);
  const details = overview.ok ? items(overview.value).find((item) => item instanceof Map) : undefined;
  return [...(details ?? [])].map(([name, status]) => ({
    jail: pythonStr(name),
    source: describeSource(status),
  }));
}

/** The last entry of a jail's filter: its files, or its journal matches. */
function describeSource(status: PythonValue): string {
  const filter = items(status)[0];
  const entries = filter instanceof PythonTuple ? items(filter.items[1] ?? null) : [];
  const [kind, value] = items(entries.at(-1) ?? null);
  const list = items(value ?? null)
    .map(pythonStr)
    .filter((text) => text !== '');
  if (kind === 'Journal matches') return `the journal${list.length === 0 ? '' : ` (${list.join(' ')})`}`;
  return list.length === 0 ? 'no log yet' : list.join(' ');
}
