import { writeSync } from 'node:fs';
import {
  type Clock,
  describeError,
  escapeControl,
  formatLogLine,
  type Logger,
  type LogLevel,
  type LogRecord,
  logLevels,
  systemClock,
  WarderError,
} from '../base/index.ts';
import { parseOptionList } from '../config/index.ts';
import { FdSink } from './log-target/fd-sink.ts';
import { FileSink } from './log-target/file-sink.ts';
import { compileFormat, type LogFormat, standardFormat } from './log-target/format.ts';
import { JournalSink } from './log-target/journal-sink.ts';
import type { Sink } from './log-target/sink.ts';
import { SyslogSink } from './log-target/syslog-sink.ts';
import { compatibleVersion } from './version.ts';

/** Levels that can be set besides those that messages have. */
const furtherLevels: Readonly<Record<string, number>> = { FATAL: 50, WARN: 30, MSG: 18, NOTSET: 0 };
const autoSyslogSocket = '/dev/log';
const troublePauseSec = 60;
const loggerName = 'fail2ban.server';
/** Targets for which `flushlogs` has nothing to reopen, spelled exactly so. */
const flushed = ['STDERR', 'STDOUT', 'SYSLOG', 'SYSTEMD-JOURNAL'];

export interface LogTargetOptions {
  readonly clock?: Clock;
  readonly pid?: number;
  /** Last resort for what cannot be logged. */
  readonly writeError?: (text: string) => void;
  readonly journalSocket?: string;
}

/**
 * The daemon's log: fail2ban's lines, in whatever target is set, filtered by level. It can be used at once: until a target
 * is set, lines go to standard error.
 */
export class LogTarget implements Logger {
  readonly #clock: Clock;
  readonly #pid: number;
  readonly #startSec: number;
  readonly #writeError: (text: string) => void;
  readonly #journalSocket: string | undefined;
  readonly #troubles = new Map<string, number>();
  #level = 'INFO';
  #threshold: number = logLevels.INFO;
  #target: string | undefined;
  #syslogSocket = 'auto';
  #sink: Sink;
  #format: LogFormat;

  constructor(options: LogTargetOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#pid = options.pid ?? process.pid;
    this.#startSec = this.#clock.nowSec();
    this.#writeError = options.writeError ?? ((text) => void writeSync(2, text));
    this.#journalSocket = options.journalSocket;
    this.#sink = new FdSink(2, this.#clock, () => undefined);
    this.#format = (record) => formatLogLine(record, this.#pid);
  }

  log(level: LogLevel, logger: string, message: string): void {
    if (logLevels[level] < this.#threshold) return;
    const record = { timeSec: this.#clock.nowSec(), logger, level, message };
    this.#sink.write(this.#format(record), record);
  }

  /** As it was set, in upper case. */
  logLevel(): string {
    return this.#level;
  }

  /** A level's name or number. Throws `LOG_LEVEL`. */
  setLogLevel(level: string): void {
    const name = level.toUpperCase();
    const known: Readonly<Record<string, number>> = { ...logLevels, ...furtherLevels };
    const threshold = /^\d{1,9}$/.test(name) ? Number(name) : known[name];
    if (threshold === undefined) {
      throw new WarderError('LOG_LEVEL', `Invalid log level '${name}'`, {
        hint: `use one of ${Object.keys(logLevels).join(', ')}`,
      });
    }
    this.#level = name;
    this.#threshold = threshold;
  }

  /** The target without its options; `STDERR` until one is set. */
  logTarget(): string {
    return this.#target ?? 'STDERR';
  }

  /**
   * `FILE`, `STDOUT`, `STDERR`, `SYSOUT`, `SYSLOG`, `SYSTEMD-JOURNAL`, with options in brackets (`facility`, `format`,
   * `datetime`, `padding`). Throws `LOG_TARGET`, `LOG_FORMAT` or `CONFIG_OPTION_LIST`; the log goes on where it was then.
   */
  async setLogTarget(target: string): Promise<void> {
    const { name, options } = parseOptionList(target);
    if (name === this.#target) return;
    const previous = this.#target;
    // What `auto` means is settled with the first use.
    if (name.toUpperCase() === 'SYSLOG') this.#syslogSocket = this.#syslogPath();
    if (name.toUpperCase() !== 'INHERITED') {
      const format = this.#makeFormat(name.toUpperCase(), options);
      const next = await this.#openTarget(name, options);
      this.#sink.close();
      this.#sink = next;
      this.#format = format;
    }
    this.#target = name;
    if (previous !== undefined) this.#announce();
  }

  syslogSocket(): string {
    return this.#syslogSocket;
  }

  /** Path of the syslog socket, or `auto`. A log that goes to syslog moves over at once, or throws as `setLogTarget`. */
  async setSyslogSocket(path: string): Promise<void> {
    if (path === this.#syslogSocket) return;
    const previous = this.#syslogSocket;
    this.#syslogSocket = path;
    if (this.#target !== 'SYSLOG') return;
    try {
      const next = await this.#openTarget('SYSLOG', new Map());
      this.#sink.close();
      this.#sink = next;
    } catch (error) {
      this.#syslogSocket = previous;
      throw error;
    }
  }

  /** Reopens a file after its rotation. Returns fail2ban's words for what was done. */
  flush(): string {
    const target = this.logTarget();
    if (this.#sink.reopen !== undefined) {
      this.#sink.reopen();
      this.log('INFO', loggerName, `rollover performed on ${target}`);
    } else {
      this.log('INFO', loggerName, `flush performed on ${target}`);
    }
    return flushed.includes(target) ? 'flushed' : 'rolled over';
  }

  /** Hands over what is queued. The log must not be used afterwards. */
  close(): void {
    this.#sink.close();
    this.#sink = new FdSink(2, this.#clock, () => undefined);
  }

  #makeFormat(target: string, options: ReadonlyMap<string, string>): LogFormat {
    const context = { pid: this.#pid, startSec: this.#startSec };
    const own = options.get('format');
    if (own !== undefined && own !== '') return compileFormat(own, context);
    // The journal keeps time, program and level in fields of their own.
    if (target === 'SYSTEMD-JOURNAL') return (record) => record.message;
    const time = isOn(options.get('datetime'), target !== 'SYSLOG' && target !== 'SYSOUT');
    const padding = isOn(options.get('padding'), target !== 'SYSLOG');
    return compileFormat(standardFormat({ time, padding }), context);
  }

  async #openTarget(name: string, options: ReadonlyMap<string, string>): Promise<Sink> {
    const onTrouble = (message: string): void => this.#reportTrouble(message);
    switch (name.toUpperCase()) {
      case 'STDOUT':
      case 'SYSOUT':
        return new FdSink(1, this.#clock, onTrouble);
      case 'STDERR':
        return new FdSink(2, this.#clock, onTrouble);
      case 'SYSTEMD-JOURNAL':
        return JournalSink.open(this.#clock, onTrouble, this.#journalSocket);
      case 'SYSLOG':
        return new SyslogSink({
          socketPath: this.#syslogPath(),
          facility: options.get('facility'),
          onTrouble,
        });
      default:
        return new FileSink(name, onTrouble);
    }
  }

  #syslogPath(): string {
    return this.#syslogSocket === 'auto' ? autoSyslogSocket : this.#syslogSocket;
  }

  #announce(): void {
    const target = this.logTarget();
    const shown = target === 'SYSLOG' ? `${target} (${this.#syslogPath()})` : target;
    this.log('INFO', loggerName, `Start Fail2ban v${compatibleVersion}`);
    this.log('INFO', loggerName, `Changed logging target to ${shown} for Fail2ban v${compatibleVersion}`);
  }

  /** What goes wrong with the log itself is said on standard error, the same thing once a minute. */
  #reportTrouble(message: string): void {
    const nowSec = this.#clock.nowSec();
    if (nowSec - (this.#troubles.get(message) ?? Number.NEGATIVE_INFINITY) < troublePauseSec) return;
    if (this.#troubles.size > 100) this.#troubles.clear();
    this.#troubles.set(message, nowSec);
    const record: LogRecord = {
      timeSec: nowSec,
      logger: loggerName,
      level: 'ERROR',
      message: escapeControl(message),
    };
    try {
      this.#writeError(`${formatLogLine(record, this.#pid)}\n`);
    } catch (error) {
      // Standard error is closed: there is nobody left to tell.
      this.#troubles.set(describeError(error), nowSec);
    }
  }
}

function isOn(option: string | undefined, fallback: boolean): boolean {
  return option === undefined ? fallback : ['1', 'on', 'true', 'yes'].includes(option.toLowerCase());
}
