import { escapeControl, formatLogLine, type Logger, type LogLevel, logLevels } from '../base/index.ts';
import type { Terminal } from './terminal.ts';

/** What -v and -q make of the messages of a program. */
const thresholds: readonly LogLevel[] = ['ERROR', 'WARNING', 'INFO', 'DEBUG', 'HEAVYDEBUG'];

/** Messages of a command line program, on standard error: in fail2ban's format, or behind the name of the program. */
export class ClientLog implements Logger {
  readonly #terminal: Terminal;
  readonly #threshold: number;
  readonly #nowSec: () => number;
  readonly #plainName: string | undefined;

  /** `plainName`: the name that plain messages stand behind. */
  constructor(
    terminal: Terminal,
    verbosity: number,
    nowSec: () => number = () => Date.now() / 1000,
    plainName?: string,
  ) {
    this.#terminal = terminal;
    this.#nowSec = nowSec;
    this.#plainName = plainName;
    const index = Math.min(Math.max(verbosity, 0), thresholds.length - 1);
    this.#threshold = logLevels[thresholds[index]!];
  }

  /** Whether messages are plain: fail2ban's ways of saying things are not expected then. */
  get isPlain(): boolean {
    return this.#plainName !== undefined;
  }

  log(level: LogLevel, logger: string, message: string): void {
    if (logLevels[level] < this.#threshold) return;
    if (this.#plainName !== undefined) {
      this.#terminal.err(`${this.#plainName}: ${escapeControl(message)}\n`);
      return;
    }
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
