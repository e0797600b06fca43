import type { Logger } from '../base/index.ts';

const daySec = 86_400;

/** Warnings that an ill-behaved log would repeat at every line: each kind is given once a day. */
export class WarnOnce {
  readonly #jail: string;
  readonly #logger: Logger;
  readonly #nextSec = new Map<string, number>();

  constructor(jail: string, logger: Logger) {
    this.#jail = jail;
    this.#logger = logger;
  }

  /** Warns with the messages that `compose` gives, unless this kind of warning was given within a day. */
  warn(kind: string, nowSec: number, compose: () => readonly string[]): void {
    if (nowSec < (this.#nextSec.get(kind) ?? Number.NEGATIVE_INFINITY)) return;
    this.#nextSec.set(kind, nowSec + daySec);
    for (const message of compose())
      this.#logger.log('WARNING', 'fail2ban.filter', `[${this.#jail}] ${message}`);
  }
}

/** A length of time for people, in its two largest units: `1d 2h`, `5m 30s`, `40s`. */
export function describeSpan(spanSec: number): string {
  const units: readonly (readonly [name: string, sec: number])[] = [
    ['y', 365 * daySec],
    ['d', daySec],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ];
  const parts: string[] = [];
  let rest = Math.round(spanSec);
  for (const [name, sec] of units) {
    const count = Math.floor(rest / sec);
    rest -= count * sec;
    if (count > 0) parts.push(`${count}${name}`);
  }
  return parts.slice(0, 2).join(' ') || '0s';
}
