import { appendFileSync } from 'node:fs';
import type { OnLogLine } from './stage.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The log of logins, as syslog writes it: date, host and program come from here, the message from whoever has one. */
export class LoginLog {
  readonly path: string;
  readonly #onLine: OnLogLine;

  constructor(path: string, onLine: OnLogLine) {
    this.path = path;
    this.#onLine = onLine;
  }

  /** `pid` where it is known: sshd on its standard error does not tell. */
  write(message: string, pid?: number): void {
    const line = `${syslogDate(new Date())} guarded sshd${pid === undefined ? '' : `[${pid}]`}: ${message}`;
    appendFileSync(this.path, `${line}\n`);
    this.#onLine(line);
  }
}

function syslogDate(date: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${months[date.getMonth()]} ${String(date.getDate()).padStart(2)} ${time}`;
}

/** What sshd says of a wrong password. */
export function failedPassword(address: string, port: number): string {
  return `Failed password for root from ${address} port ${port} ssh2`;
}
