import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describeError, parseTimeSpan, parseTimeSpanValue, pythonStr } from '../base/index.ts';
import { ClientLog } from './client-log.ts';
import { type CliOptions, type Immediate, parseCommandLine } from './options.ts';
import type { Terminal } from './terminal.ts';
import { usage } from './usage.ts';

/** The release of fail2ban that these programs stand in for. */
export const shownVersion = '1.0.2';

/** Exit codes of fail2ban's programs. */
export const success = 0;
export const failure = 255;

/** What a program goes on with when its command line is in order. */
export interface Program {
  /** Name by which it was called: it stands in the usage. */
  readonly name: string;
  readonly options: CliOptions;
  readonly terminal: Terminal;
  readonly log: ClientLog;
}

/**
 * Reads the command line and does what it asks for at once: help, version, `--str2sec`, `-d`, `-t`. Returns the exit code
 * then, otherwise the program to go on with.
 */
export async function openProgram(
  name: string,
  args: readonly string[],
  terminal: Terminal,
): Promise<Program | number> {
  const line = parseCommandLine(args);
  if (line.kind === 'usage-error') {
    await showUsage(name, terminal);
    terminal.err('Init of command line failed\n');
    return failure;
  }
  if (line.kind !== 'run') return doImmediately(name, line, terminal);
  const { options } = line;
  const program = { name, options, terminal, log: new ClientLog(terminal, options.verbosity) };
  const mistake = mistakeIn(options);
  if (mistake !== undefined) {
    terminal.out(`ERROR: ${mistake}\n`);
    program.log.error('Init of command line failed');
    return failure;
  }
  if (options.dump === 'no' && !options.test) return program;
  const { dumpAndTest } = await import('./dump-config.ts');
  return (await dumpAndTest(program)) ?? program;
}

/** What is wrong with the values of the options, in a sentence. */
function mistakeIn(options: CliOptions): string | undefined {
  const { conf, logLevel, timeout } = options;
  try {
    if (timeout !== undefined) parseTimeSpan(timeout);
  } catch (error) {
    return describeError(error);
  }
  // As in fail2ban, the folder is not looked at when the command line says all that is needed.
  if (conf !== undefined && readsConfiguration(options) && !isDirectory(conf)) {
    return `Base configuration directory ${conf} does not exist `;
  }
  return logLevel === undefined || isLogLevel(logLevel) ? undefined : `Invalid log level '${logLevel}'`;
}

function readsConfiguration(options: CliOptions): boolean {
  const { socket, pidfile, logTarget, logLevel, syslogSocket, dump, test } = options;
  const known = [socket, pidfile, logTarget, logLevel, syslogSocket];
  return dump !== 'no' || test || known.includes(undefined);
}

function isDirectory(path: string): boolean {
  return existsSync(join(path, '.'));
}

async function doImmediately(name: string, wish: Immediate, terminal: Terminal): Promise<number> {
  if (wish.kind === 'help') await showUsage(name, terminal);
  else if (wish.kind === 'version') {
    terminal.out(wish.short ? `${shownVersion}\n` : `Fail2Ban v${shownVersion}\n`);
  } else return convertTime(wish.text, terminal);
  return success;
}

function convertTime(text: string, terminal: Terminal): number {
  try {
    terminal.out(`${pythonStr(parseTimeSpanValue(text))}\n`);
    return success;
  } catch (error) {
    terminal.out(`ERROR: ${describeError(error)}\n`);
    terminal.err('Init of command line failed\n');
    return failure;
  }
}

export async function showUsage(name: string, terminal: Terminal): Promise<void> {
  const isServer = name.endsWith('server');
  const commands = isServer ? undefined : (await import('../control/index.ts')).formatHelp();
  terminal.out(usage(name, shownVersion, commands));
}

const levelNames =
  /^(?:CRITICAL|FATAL|ERROR|WARN|WARNING|NOTICE|INFO|MSG|DEBUG|TRACEDEBUG|HEAVYDEBUG|NOTSET|\d+)$/i;

function isLogLevel(level: string): boolean {
  return levelNames.test(level);
}
