import { escapeControl, type PythonValue, parseIp, pythonStr } from '../../base/index.ts';
import type { HealthReport } from '../../control/index.ts';
import { jsonResult } from '../../control/index.ts';
import { beautifyError } from '../beautify.ts';
import { items } from '../beautify-parts.ts';
import { openSession, processCommand } from '../client.ts';
import { failure, type Program, success } from '../program.ts';
import { ask, perform, reportUnreachable } from '../session.ts';
import { columns } from './columns.ts';
import { troublesOf } from './troubles.ts';

/** `warder status [JAIL]`: counts, and below them what does not work. */
export async function showStatus(program: Program, jail: string | undefined): Promise<number> {
  const code = await change(program, jail === undefined ? ['stats'] : ['status', jail]);
  if (code === success && !program.options.json) await tellTroubles(program, jail);
  return code;
}

/** A server that knows no `health`, such as fail2ban's, has nothing to tell. */
async function tellTroubles(program: Program, jail: string | undefined): Promise<void> {
  const { socketPath } = await openSession(program);
  const answer = await ask(socketPath, ['health']).catch(() => undefined);
  if (answer?.ok !== true) return;
  const report = jsonResult(['health'], answer.value) as unknown as HealthReport;
  const rows = troublesOf(report).filter(([name]) => jail === undefined || name === jail);
  if (rows.length === 0) return;
  const { terminal } = program;
  const cells = rows.map(([name, text]) => [name, { text, style: 'yellow' as const }]);
  terminal.out(`\nNot as it should be:\n${columns(cells, terminal.isTerminal, '  ')}`);
}

/** Any command that is shown as fail2ban-client shows it. */
export async function change(program: Program, words: readonly string[]): Promise<number> {
  return (await processCommand(program, words)) ? success : failure;
}

/** `warder ban ADDRESS…`. */
export async function ban(program: Program, ids: readonly string[]): Promise<number> {
  const strange = ids.find((id) => parseIp(id) === undefined);
  if (strange !== undefined) {
    program.log.error(`${JSON.stringify(strange)} is no address and no network, so nobody was banned`);
    return failure;
  }
  return counted(program, ['ban', ...ids], (count) => {
    const before = ids.length - count;
    if (before === 0) return `banned ${count}`;
    return `banned ${count}; ${before} ${before === 1 ? 'was' : 'were'} banned already`;
  });
}

/** A command that answers how many it concerned, told in words. */
async function counted(
  program: Program,
  words: readonly string[],
  tell: (count: number) => string,
): Promise<number> {
  const session = await openSession(program);
  if (session.json) return (await perform(session, words)) ? success : failure;
  try {
    const answer = await ask(session.socketPath, words);
    if (!answer.ok) {
      program.log.error(escapeControl(beautifyError(answer.error.name, answer.error.args)));
      return failure;
    }
    program.terminal.out(`${tell(Number(answer.value))}\n`);
    return success;
  } catch (error) {
    await reportUnreachable(session, error, false);
    return failure;
  }
}

/** `warder unban ADDRESS…`, `warder unban --all`. */
export async function unban(program: Program, words: readonly string[]): Promise<number> {
  if (words.length > 0) {
    const tell = (count: number): string =>
      count === 0 ? 'nothing was banned' : `ended ${count} ${count === 1 ? 'ban' : 'bans'}`;
    return counted(program, ['unban', ...words], tell);
  }
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
    program.terminal.out(table(rows, ids.length > 0 ? 'not banned' : 'nobody', program.terminal.isTerminal));
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

function table(rows: readonly Row[], none: string, hasColours: boolean): string {
  return columns(
    rows.map(([name, entries]) => [
      { text: name, style: 'bold' },
      entries.length === 0 ? { text: none, style: 'dim' } : entries.join(' '),
    ]),
    hasColours,
  );
}
