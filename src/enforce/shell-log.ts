import { constants } from 'node:os';
import { escapeControl, type Logger, type LogLevel, pythonRepr } from '../base/index.ts';
import { type ShellCommand, showCommand } from './shell-command.ts';
import type { ShellResult } from './shell-process.ts';

const logger = 'fail2ban.utils';
/** Of a long output these many lines are logged; the rest is counted. */
const mostLines = 200;

export interface LoggedRun {
  readonly command: ShellCommand;
  readonly result: ShellResult;
  readonly timeoutSec: number;
  /** Its failure is an answer, and no trouble. */
  readonly mayFail: boolean;
}

/**
 * Writes what fail2ban writes about a command: `ID -- exec: …`, its output line by line, how it ended. A command that
 * worked is told of at debug levels only. Output is shown as Python's repr, which leaves no control character.
 */
export function logResult(log: Logger, id: string, run: LoggedRun): void {
  const { result } = run;
  const level = result.ok || run.mayFail ? 'DEBUG' : 'ERROR';
  // fail2ban logs a command that worked one below DEBUG, which is what its next level shows.
  log.log(level === 'DEBUG' ? 'TRACEDEBUG' : 'ERROR', logger, `${id} -- exec: ${showCommand(run.command)}`);
  if (result.startError !== undefined) {
    log.log('ERROR', logger, `${id} -- failed with ${pythonRepr(result.startError)}`);
    return;
  }
  if (result.timedOut) log.log('ERROR', logger, `${id} -- timed out after ${run.timeoutSec} seconds.`);
  logOutput(log, level, `${id} -- stdout:`, result.stdout);
  logOutput(log, level, `${id} -- stderr:`, result.stderr);
  if (!run.mayFail || result.ok) logEnd(log, id, result);
  else log.log('DEBUG', logger, `${id} -- returned ${result.returnCode}`);
}

function logOutput(log: Logger, level: LogLevel, prefix: string, output: string): void {
  if (output === '') return;
  const lines = output.replace(/\r?\n$/, '').split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, mostLines)) log.log(level, logger, `${prefix} ${pythonRepr(line)}`);
  if (lines.length > mostLines) log.log(level, logger, `${prefix} … ${lines.length - mostLines} more lines`);
}

function logEnd(log: Logger, id: string, result: ShellResult): void {
  const code = result.returnCode;
  if (result.ok) log.log('DEBUG', logger, `${id} -- returned successfully 0`);
  else if (code === undefined) log.log('ERROR', logger, `${id} -- unable to kill PID ${result.pid}`);
  else if (code < 0 || code > 128) {
    log.log('ERROR', logger, `${id} -- killed with ${signalName(code)} (return code: ${code})`);
  } else {
    log.log('ERROR', logger, `${id} -- returned ${code}`);
    if (code === 127) log.log('INFO', logger, `HINT on 127: ${notFoundHint}`);
  }
}

const notFoundHint =
  'a command was not found; install it, or see that its folder is in the PATH of the daemon (in the systemd unit: Environment=PATH=…)';

/** A shell whose child was killed answers 128 + n; a killed shell itself counts as -n. */
function signalName(code: number): string {
  const number = code < 0 ? -code : code - 128;
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return name ?? `signal ${number}`;
}

const longestError = 500;

/** The tool's own words in one line, for a status display: its error output, else its output, else how it ended. */
export function toolWords(result: ShellResult, timeoutSec: number): string {
  if (result.startError !== undefined) return result.startError;
  if (result.timedOut) return `timed out after ${timeoutSec} seconds`;
  const words = (result.stderr.trim() || result.stdout.trim()).replace(/\s*\n\s*/g, '; ');
  if (words === '') return `exit code ${result.returnCode}`;
  return escapeControl(words.length > longestError ? `${words.slice(0, longestError)}…` : words);
}
