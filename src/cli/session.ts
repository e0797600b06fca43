import { accessSync, constants } from 'node:fs';
import { PythonTuple, type PythonValue, pythonRepr } from '../base/index.ts';
import { type Answer, ControlClient } from '../control/index.ts';
import { beautify, beautifyError, keptArgs } from './beautify.ts';
import type { ClientLog } from './client-log.ts';
import type { Terminal } from './terminal.ts';

/** What a command line program needs to talk to a server and to the person in front of it. */
export interface Session {
  readonly socketPath: string;
  readonly terminal: Terminal;
  readonly log: ClientLog;
  /** Answers as JSON instead of text. */
  readonly json: boolean;
}

/**
 * Sends a command and shows the answer. Returns whether it succeeded; what went wrong was said.
 * `words` are what the person typed, `args` what is sent when that is more.
 */
export async function perform(
  session: Session,
  words: readonly string[],
  options: { readonly args?: readonly PythonValue[]; readonly timeoutMs?: number } = {},
): Promise<boolean> {
  let answer: Answer;
  try {
    answer = await ask(session.socketPath, options.args ?? words, options.timeoutMs);
  } catch (error) {
    await reportUnreachable(session, error, words[0] === 'ping');
    return false;
  }
  if (session.json) await showJson(session, words, answer);
  else showText(session, words, answer);
  return answer.ok;
}

/** Whether a server answers; `timeoutMs` bounds the waiting. */
export async function ping(socketPath: string, timeoutMs?: number): Promise<boolean> {
  try {
    return (await ask(socketPath, ['ping'], timeoutMs)).ok;
  } catch {
    return false;
  }
}

/** One command to the server; throws what `ControlClient` throws. */
export async function ask(
  socketPath: string,
  args: readonly PythonValue[],
  timeoutMs?: number,
): Promise<Answer> {
  const client = await ControlClient.open(socketPath, timeoutMs);
  try {
    return await client.send(args, timeoutMs);
  } finally {
    client.close();
  }
}

function showText({ terminal, log }: Session, words: readonly string[], answer: Answer): void {
  if (answer.ok) {
    terminal.out(`${beautify(words, answer.value)}\n`);
    return;
  }
  if (log.isPlain) {
    log.error(beautifyError(answer.error.name, answer.error.args));
    return;
  }
  log.error(`NOK: ${pythonRepr(new PythonTuple(keptArgs(answer.error.name, answer.error.args)))}`);
  terminal.out(`${beautifyError(answer.error.name, answer.error.args)}\n`);
}

async function showJson({ terminal }: Session, words: readonly string[], answer: Answer): Promise<void> {
  const { jsonResult } = await import('../control/index.ts');
  const shown = answer.ok
    ? jsonResult(words, answer.value)
    : { error: { type: answer.error.name, message: beautifyError(answer.error.name, answer.error.args) } };
  terminal.out(`${JSON.stringify(shown, null, terminal.isTerminal ? 2 : undefined)}\n`);
}

/** fail2ban's words for a server that cannot be reached. */
export async function reportUnreachable(session: Session, error: unknown, isPing: boolean): Promise<void> {
  const { socketPath: path, terminal, log } = session;
  const reason = systemMessage(error);
  let message: string;
  if (!isThere(path, constants.F_OK)) message = `Failed to access socket path: ${path}. Is fail2ban running?`;
  else if (!isThere(path, constants.W_OK))
    message = `Permission denied to socket: ${path}, (you must be root)`;
  else message = isPing ? reason : `[${reason}] Unable to contact server. Is it running?`;
  if (session.json) terminal.out(`${JSON.stringify({ error: { type: 'Unreachable', message } })}\n`);
  else log.error(message);
}

function isThere(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Errors of the system as Python words them. */
const pythonWords: Readonly<Record<string, string>> = {
  ECONNREFUSED: '[Errno 111] Connection refused',
  ECONNRESET: '[Errno 104] Connection reset by peer',
  EPIPE: '[Errno 32] Broken pipe',
  EACCES: '[Errno 13] Permission denied',
  ENOENT: '[Errno 2] No such file or directory',
  EAGAIN: '[Errno 11] Resource temporarily unavailable',
  CLIENT_RESET: '[Errno 104] Connection reset by peer',
};

function systemMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  return pythonWords[code] ?? error.message;
}
