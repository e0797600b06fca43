import { failure, openProgram, type Program, showUsage, success } from './program.ts';
import { ask, perform, ping, reportUnreachable, type Session } from './session.ts';
import { socketPath } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** fail2ban-client: one command, or a conversation with `-i`. Returns the exit code. */
export async function runClient(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const program = await openProgram(name, args, terminal);
  return typeof program === 'number' ? program : runClientProgram(program);
}

/** The same with the command line already read; fail2ban-server hands its commands over so. */
export async function runClientProgram(program: Program): Promise<number> {
  const { options } = program;
  if (options.interactive) {
    const { converse } = await import('./interactive.ts');
    return (await converse(program)) ? success : failure;
  }
  if (options.words.length === 0) {
    await showUsage(program.name, program.terminal);
    return failure;
  }
  return (await processCommand(program, options.words)) ? success : failure;
}

/** Carries out one command: those that concern the server as a process here, all others by asking the server. */
export async function processCommand(program: Program, words: readonly string[]): Promise<boolean> {
  const [verb, ...rest] = words;
  if (verb === 'help' && rest.length === 0) {
    await showHelp(program);
    return true;
  }
  if (verb === 'start' && rest.length === 0) return (await import('./start.ts')).startServer(program);
  if (verb === 'restart' && rest.length === 0) return restart(program);
  const session = await openSession(program);
  if (verb === 'restart' || verb === 'reload') {
    const { reload } = await import('./reload.ts');
    return reload(program, session, verb === 'restart' ? ['--restart', ...rest] : rest);
  }
  if (verb === 'ping' && rest[0] !== undefined) return pingFor(session, words, rest[0]);
  return perform(session, words);
}

/** The usage; as JSON the commands with what they do. */
async function showHelp({ name, terminal, options }: Program): Promise<void> {
  if (!options.json) return showUsage(name, terminal);
  const { commandSyntaxes } = await import('../control/index.ts');
  const commands = commandSyntaxes().map(({ section, syntax, text }) => ({ section, syntax, text }));
  terminal.out(`${JSON.stringify(commands)}\n`);
}

export async function openSession({ options, terminal, log }: Program): Promise<Session> {
  const path = await socketPath(options);
  log.log('INFO', 'fail2ban', `Using socket file ${path}`);
  return { socketPath: path, terminal, log, json: options.json };
}

async function restart(program: Program): Promise<boolean> {
  const session = await openSession(program);
  const { startServer, waitWhile } = await import('./start.ts');
  const tell = (step: string): void => {
    if (program.options.interactive) program.terminal.out(`  ## ${step} ... \n`);
  };
  tell('stop');
  // As JSON a restart has one result, that of the start.
  const { stopForRestart } = await import('./reload.ts');
  const args = await stopForRestart(session);
  if (session.json) await ask(session.socketPath, args).catch(() => undefined);
  else await perform(session, ['stop'], { args });
  if (!(await waitWhile(program, () => ping(session.socketPath, 1000)))) {
    program.log.error('Could not stop server');
    return false;
  }
  // The configuration is read when the server starts.
  tell('load configuration');
  tell('start');
  return startServer(program);
}

/** `ping SECONDS`: waits for the answer no longer than that; -1 is without limit, and no answer comes within 0 seconds. */
async function pingFor(session: Session, words: readonly string[], limit: string): Promise<boolean> {
  const timeoutSec = limit.trim() === '' ? Number.NaN : Number(limit);
  if (timeoutSec === -1) return perform(session, words);
  if (timeoutSec === 0) {
    await reportUnreachable(session, Object.assign(new Error('no time to wait'), { code: 'EAGAIN' }), true);
    return false;
  }
  if (timeoutSec > 0)
    return perform(session, words, { timeoutMs: Math.min(timeoutSec * 1000, longestTimerMs) });
  const reason =
    timeoutSec < 0 ? 'Timeout value out of range' : `could not convert string to float: '${limit}'`;
  session.log.error(reason);
  return false;
}

/** Timers of node do not go further. */
const longestTimerMs = 2 ** 31 - 1;
