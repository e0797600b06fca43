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
const logDate = /^\s*(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d),(\d{3})/;

/** A ban is fed in, and its line logged, within moments of each other. */
export const sameMomentSec = 0.25;

/** The database keeps whole seconds, and the start of the ban, not when its line was written. */
export const sameBanSec = 2;

interface Noted {
  readonly timeSec: number;
  readonly toleranceSec: number;
}

/**
 * Keeps a jail that reads our own log (recidive) from counting one ban twice: once when it is fed from inside, once
 * when the same line is read from the file. The first of the two counts, whichever it is; a ban that must not count
 * at all (by hand, restored) is noted beforehand.
 *
 * Memory is bounded: of more than `maxBans` noted bans the eldest are forgotten.
 */
export class OwnLogMemory {
  readonly #times = new Map<string, Noted[]>();
  /** Bans that will come with a line whose time is rounded. */
  readonly #rounded = new Set<string>();
  readonly #maxBans: number;

  constructor(maxBans = 100_000) {
    this.#maxBans = maxBans;
  }

  /** Notes a ban whose time is known as exactly as `toleranceSec`. Returns false when it was noted before. */
  note(ban: LoggedBan, toleranceSec = sameMomentSec): boolean {
    const key = `${ban.jail} ${ban.id}`;
    const times = this.#times.get(key) ?? [];
    const isSame = (noted: Noted): boolean =>
      Math.abs(noted.timeSec - ban.timeSec) <= Math.max(noted.toleranceSec, toleranceSec);
    if (times.some(isSame)) return false;
    this.#times.delete(key);
    this.#times.set(key, [...times.slice(-99), { timeSec: ban.timeSec, toleranceSec }]);
    if (this.#times.size > this.#maxBans) this.#times.delete(this.#times.keys().next().value ?? '');
    return true;
  }

  /** The line of this ban will be fed in, made from the database with its whole seconds. */
  expectRounded(ban: LoggedBan): void {
    this.#rounded.add(roundedKey(ban));
  }

  /** Whether a failure found in our own log is to be counted: it is about no ban, or about one that is new here. */
  admits(failure: Failure): boolean {
    const match = banLine.exec(failure.lines.at(-1) ?? '');
    if (match === null) return true;
    const timeSec = loggedSec(match.input);
    const ban = { jail: match[1] ?? '', id: match[2] ?? '', timeSec: timeSec ?? failure.timeSec };
    const isExact = timeSec !== undefined && !this.#rounded.delete(roundedKey(ban));
    return this.note(ban, isExact ? sameMomentSec : sameBanSec);
  }
}

function roundedKey({ jail, id, timeSec }: LoggedBan): string {
  return `${jail} ${id} ${timeSec}`;
}

/**
 * The time that the line itself names, in seconds since the epoch. The failure's own will not do: a line that is read
 * late counts as of now.
 */
function loggedSec(line: string): number | undefined {
  const date = logDate.exec(line);
  if (date === null) return undefined;
  const ms = new Date(`${date[1]}T${date[2]}`).getTime();
  return Number.isNaN(ms) ? undefined : (ms + Number(date[3])) / 1000;
}
