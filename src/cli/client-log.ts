import { escapeControl, formatLogLine, type Logger, type LogLevel, logLevels } from '../base/index.ts';
import type { Terminal } from './terminal.ts';

/** What -v and -q make of the messages of a program. */
const thresholds: readonly LogLevel[] = ['ERROR', 'WARNING', 'INFO', 'DEBUG', 'HEAVYDEBUG'];

/** Messages of a command line program, on standard error in fail2ban's format. */
export class ClientLog implements Logger {
  readonly #terminal: Terminal;
  readonly #threshold: number;
  readonly #nowSec: () => number;

  constructor(terminal: Terminal, verbosity: number, nowSec: () => number = () => Date.now() / 1000) {
    this.#terminal = terminal;
    this.#nowSec = nowSec;
    const index = Math.min(Math.max(verbosity, 0), thresholds.length - 1);
    this.#threshold = logLevels[thresholds[index]!];
  }

  log(level: LogLevel, logger: string, message: string): void {
    if (logLevels[level] < this.#threshold) return;
    const record = { timeSec: this.#nowSec(), logger, level, message: escapeControl(message) };
    this.#terminal.err(`${formatLogLine(record, process.pid)}\n`);
  }

  error(message: string): void {
    this.log('ERROR', 'fail2ban', message);
  }

  warning(message: string): void {
    this.log('WARNING', 'fail2ban', message);
  }
}
