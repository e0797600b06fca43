import { type PythonValue, pythonStr } from '../../base/index.ts';
import { items } from '../beautify-parts.ts';
import { openSession, processCommand } from '../client.ts';
import { failure, type Program, success } from '../program.ts';
import { ask, perform, reportUnreachable } from '../session.ts';

/** `warder status [JAIL]`. */
export function showStatus(program: Program, jail: string | undefined): Promise<number> {
  return change(program, jail === undefined ? ['stats'] : ['status', jail]);
}

/** Any command that is shown as fail2ban-client shows it. */
export async function change(program: Program, words: readonly string[]): Promise<number> {
  return (await processCommand(program, words)) ? success : failure;
}

/** `warder unban ADDRESS…`, `warder unban --all`. */
export async function unban(program: Program, words: readonly string[]): Promise<number> {
  if (words.length > 0) return change(program, ['unban', ...words]);
  program.log.error("unban needs addresses, or --all for every ban; see 'warder unban -h'");
  return failure;
}

/** `warder banned`: one jail a line; with addresses, one address a line with its jails. */
export async function showBanned(program: Program, ids: readonly string[]): Promise<number> {
  const session = await openSession(program);
  const words = ['banned', ...ids];
  if (session.json) return (await perform(session, words)) ? success : failure;
  try {
    const answer = await ask(session.socketPath, words);
    if (!answer.ok) return failure;
    const rows = ids.length > 0 ? jailsOf(ids, answer.value) : bansByJail(answer.value);
    program.terminal.out(table(rows, ids.length > 0 ? 'not banned' : 'nobody'));
    return success;
  } catch (error) {
    await reportUnreachable(session, error, false);
    return failure;
  }
}

type Row = readonly [name: string, entries: readonly string[]];

function bansByJail(value: PythonValue): Row[] {
  return items(value).flatMap((entry) =>
    entry instanceof Map
      ? [...entry].map(([jail, ids]): Row => [pythonStr(jail), items(ids).map(pythonStr)])
      : [],
  );
}

function jailsOf(ids: readonly string[], value: PythonValue): Row[] {
  const jails = items(value);
  return ids.map((id, index): Row => [id, items(jails[index] ?? []).map(pythonStr)]);
}

function table(rows: readonly Row[], none: string): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, entries]) => `${name.padEnd(width)}  ${entries.join(' ') || none}\n`).join('');
}
