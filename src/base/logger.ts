/** Log levels with the numeric values that fail2ban gives them (jail.conf users may write either). */
export const logLevels = {
  CRITICAL: 50,
  ERROR: 40,
  WARNING: 30,
  NOTICE: 25,
  INFO: 20,
  DEBUG: 10,
  TRACEDEBUG: 7,
  HEAVYDEBUG: 5,
} as const;

export type LogLevel = keyof typeof logLevels;

/** One message on its way to the log target. */
export interface LogRecord {
  readonly timeSec: number;
  /** fail2ban's logger name, such as `fail2ban.actions`; tools parse it. */
  readonly logger: string;
  readonly level: LogLevel;
  /** Already escaped by the caller where it holds foreign text. */
  readonly message: string;
}

/** Receives log messages. `log` is cheap when the level is off. */
export interface Logger {
  log(level: LogLevel, logger: string, message: string): void;
}

/** Throws messages away; for tests and for library use. */
export const silentLogger: Logger = { log: () => undefined };

/** Keeps what it is told; for tests. */
export class MemoryLogger implements Logger {
  readonly lines: string[] = [];

  log(level: LogLevel, logger: string, message: string): void {
    this.lines.push(`${level} ${logger} ${message}`);
  }
}

/**
 * fail2ban's line, byte for byte:
 * `2026-11-22 15:28:49,875 fail2ban.actions        [32409]: NOTICE  [sshd] Ban 192.0.2.1`.
 * Times are local, the logger's name is padded to 24 and the level to 7 characters.
 */
export function formatLogLine(record: LogRecord, pid: number): string {
  return `${formatLogTime(record.timeSec)} ${record.logger.padEnd(24)}[${pid}]: ${record.level.padEnd(7)} ${record.message}`;
}

/** `2026-11-22 15:28:49,875` in local time. */
export function formatLogTime(timeSec: number): string {
  const ms = Math.floor(timeSec * 1000);
  const date = new Date(ms);
  const two = (n: number): string => String(n).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return `${day} ${time},${String(date.getMilliseconds()).padStart(3, '0')}`;
}
