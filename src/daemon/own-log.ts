import type { Failure } from '../detect/index.ts';

/** A ban that our own log tells of. */
export interface LoggedBan {
  readonly jail: string;
  readonly id: string;
  readonly timeSec: number;
}

/** The part of a log line that names jail and id; the filter has already decided that the line counts. */
const banLine = /\[([^\]\s]{1,200})\]\s+(?:Restore\s+)?Ban\s+(\S{1,300})/;

/** The date that begins our log lines, local time. */
const logDate = /^\s*(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/;

/** Two lines about one ban carry times that differ by at most the rounding of the database and of the log. */
const sameBanSec = 2;

/**
 * Keeps a jail that reads our own log (recidive) from counting one ban twice: once when it is fed from inside, once
 * when the same line is read from the file. The first of the two counts, whichever it is; a ban that must not count
 * at all (by hand, restored) is noted beforehand.
 *
 * Memory is bounded: of more than `maxBans` noted bans the eldest are forgotten.
 */
export class OwnLogMemory {
  readonly #times = new Map<string, number[]>();
  readonly #maxBans: number;

  constructor(maxBans = 100_000) {
    this.#maxBans = maxBans;
  }

  /** Notes a ban. Returns false when it was noted before. */
  note(ban: LoggedBan): boolean {
    const key = `${ban.jail} ${ban.id}`;
    const times = this.#times.get(key) ?? [];
    if (times.some((timeSec) => Math.abs(timeSec - ban.timeSec) <= sameBanSec)) return false;
    this.#times.delete(key);
    this.#times.set(key, [...times.slice(-99), ban.timeSec]);
    if (this.#times.size > this.#maxBans) this.#times.delete(this.#times.keys().next().value ?? '');
    return true;
  }

  /** Whether a failure found in our own log is to be counted: it is about no ban, or about one that is new here. */
  admits(failure: Failure): boolean {
    const match = banLine.exec(failure.lines.at(-1) ?? '');
    if (match === null) return true;
    const timeSec = loggedSec(match.input) ?? failure.timeSec;
    return this.note({ jail: match[1] ?? '', id: match[2] ?? '', timeSec });
  }
}

/**
 * The time that the line itself names, in seconds since the epoch. The failure's own will not do: a line that is read
 * late counts as of now.
 */
function loggedSec(line: string): number | undefined {
  const date = logDate.exec(line);
  if (date === null) return undefined;
  const ms = new Date(`${date[1]}T${date[2]}`).getTime();
  return Number.isNaN(ms) ? undefined : ms / 1000;
}
