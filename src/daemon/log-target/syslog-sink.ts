import { type ChildProcessByStdio, spawn as nodeSpawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Writable } from 'node:stream';
import { findExecutable, type LogRecord, WarderError } from '../../base/index.ts';
import { maxQueuedBytes, type OnTrouble, type Sink } from './sink.ts';

/** Facility numbers of syslog by their names in `logtarget = SYSLOG[facility=…]`. */
const facilities: Readonly<Record<string, number>> = {
  KERN: 0,
  USER: 1,
  MAIL: 2,
  DAEMON: 3,
  AUTH: 4,
  SYSLOG: 5,
  LPR: 6,
  NEWS: 7,
  UUCP: 8,
  CRON: 9,
  AUTHPRIV: 10,
  FTP: 11,
  LOCAL0: 16,
  LOCAL1: 17,
  LOCAL2: 18,
  LOCAL3: 19,
  LOCAL4: 20,
  LOCAL5: 21,
  LOCAL6: 22,
  LOCAL7: 23,
};

/** Numbers of syslog; what has none there goes out as a warning, as Python's handler does it. */
const severities: Readonly<Partial<Record<LogRecord['level'], number>>> = {
  CRITICAL: 2,
  ERROR: 3,
  NOTICE: 5,
  INFO: 6,
  DEBUG: 7,
};
const warning = 4;

/** The beginning of a line by which a syslog daemon knows the program: `fail2ban.actions[32409]: `. */
const tagPattern = /^([\w.@/-]{1,48})(?:\[(\d{1,10})\])?: ?/;
const defaultTag = 'fail2ban';
/** Each tag has a `logger` of its own; fail2ban has about ten. */
const maxTags = 24;

export interface SyslogOptions {
  readonly socketPath: string;
  readonly facility: string | undefined;
  readonly onTrouble: OnTrouble;
  readonly spawn?: typeof nodeSpawn;
}

/**
 * Lines for a syslog daemon. Node has no datagram sockets of the unix kind, so `logger` (util-linux) sends them, one
 * child per tag, started when the tag first occurs.
 */
export class SyslogSink implements Sink {
  readonly #options: SyslogOptions;
  readonly #program: string;
  readonly #facility: number;
  readonly #children = new Map<string, Writable>();
  #dropped = 0;

  /** Throws `LOG_TARGET` when there is no syslog socket or no `logger`. */
  constructor(options: SyslogOptions) {
    this.#options = options;
    if (!isSocket(options.socketPath)) {
      const message = `Syslog socket file: ${options.socketPath} does not exists or is not a socket`;
      throw new WarderError('LOG_TARGET', message, { file: options.socketPath, hint: 'set syslogsocket' });
    }
    const program = findExecutable('logger');
    if (program === undefined) {
      throw new WarderError('LOG_TARGET', 'logger is not installed', { hint: 'it is in Debian’s bsdutils' });
    }
    this.#program = program;
    this.#facility = this.#facilityNumber();
  }

  write(text: string, record: LogRecord): void {
    const match = tagPattern.exec(text);
    const tag = match?.[1] ?? defaultTag;
    const priority = this.#facility * 8 + (severities[record.level] ?? warning);
    const lines = text.slice(match?.[0].length ?? 0).split('\n');
    this.#send(tag, match?.[2], lines.map((line) => `<${priority}>${line}\n`).join(''));
  }

  close(): void {
    for (const input of this.#children.values()) input.end();
    this.#children.clear();
  }

  #send(tag: string, id: string | undefined, text: string): void {
    const known = this.#children.get(tag);
    const input =
      known ?? (this.#children.size < maxTags ? this.#start(tag, id) : this.#children.get(defaultTag));
    if (input === undefined || input.writableLength > maxQueuedBytes) {
      this.#dropped += 1;
      return;
    }
    if (this.#dropped > 0) {
      this.#options.onTrouble(`${this.#dropped} log messages were dropped: syslog did not take them`);
      this.#dropped = 0;
    }
    input.write(text);
  }

  /** A child that ends is forgotten; the next line of its tag starts another. */
  #start(tag: string, id: string | undefined): Writable {
    const { socketPath, onTrouble, spawn = nodeSpawn } = this.#options;
    const pid = id === undefined ? [] : [`--id=${id}`];
    const args = ['--prio-prefix', '--size', '8192', '--tag', tag, ...pid, '--socket', socketPath];
    const child: ChildProcessByStdio<Writable, null, null> = spawn(this.#program, args, {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    child.unref();
    const forget = (): void => {
      if (this.#children.get(tag) === child.stdin) this.#children.delete(tag);
    };
    child.on('error', (error) => {
      forget();
      onTrouble(`cannot start logger: ${error.message}`);
    });
    child.on('exit', forget);
    child.stdin.on('error', forget);
    this.#children.set(tag, child.stdin);
    return child.stdin;
  }

  #facilityNumber(): number {
    const name = (this.#options.facility ?? 'DAEMON').toUpperCase();
    const number = facilities[name];
    if (number !== undefined) return number;
    this.#options.onTrouble(`Unable to set facility '${this.#options.facility}', using 'DAEMON'`);
    return 3;
  }
}

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}
