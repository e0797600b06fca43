import { closeSync, existsSync, openSync, readSync } from 'node:fs';

/** One line of a daemon's log that tells of an address. */
export interface Told {
  /** `2026-11-22 10:00:03` */
  readonly time: string;
  readonly jail: string;
  readonly id: string;
  /** Level and message, without the jail. */
  readonly text: string;
}

const logLine = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d),\d{3} \S+\s*\[\d+\]: (\w+)\s+\[([^\]]+)\] (.*)$/;
const about = [
  /^(?:Found|Attempt|Ban|Unban|Restore Ban|Reban|Increase Ban|Ignore|IP) ([\da-f]+[.:][^\s,]*)/,
  /^(\S+) already banned$/,
];

/** Follows a daemon's log file. */
export class Transcript {
  readonly told: Told[] = [];
  /** The newest mark that each jail has told of. */
  readonly marks = new Map<string, string>();
  readonly #path: string;
  #offset = 0;
  #rest = '';

  constructor(path: string) {
    this.#path = path;
  }

  /** Reads what is new. */
  read(): void {
    if (!existsSync(this.#path)) return;
    const file = openSync(this.#path, 'r');
    const buffer = Buffer.alloc(1 << 16);
    for (;;) {
      const count = readSync(file, buffer, 0, buffer.length, this.#offset);
      if (count === 0) break;
      this.#offset += count;
      this.#rest += buffer.toString('utf8', 0, count);
    }
    closeSync(file);
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    const [, time, level, jail, message] = logLine.exec(line) ?? [];
    if (time === undefined || jail === undefined || message === undefined) return;
    const id = about.map((pattern) => pattern.exec(message)?.[1]).find((found) => found !== undefined);
    if (id === undefined) return;
    if (isMark(id)) this.marks.set(jail, id);
    else this.told.push({ time, jail, id, text: `${level} ${withoutLastDigits(message)}` });
  }
}

/** An address that no scenario uses: the harness writes it into a log to see how far a daemon has read. */
export function markOf(round: number): string {
  return `10.${(round >> 16) & 255}.${(round >> 8) & 255}.${round & 255}`;
}

export const marks = '10.0.0.0/8';

function isMark(id: string): boolean {
  return id.startsWith('10.');
}

/** The last digits of a float depend on the library for mathematics. */
function withoutLastDigits(message: string): string {
  return message.replace(/\d+\.\d{5,}/g, (number) => Number(number).toFixed(4));
}
