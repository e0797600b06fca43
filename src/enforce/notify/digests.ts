import type { Clock } from '../../base/index.ts';
import { oneLine } from './text.ts';

/** When the lines that were gathered are sent. */
export interface DigestRules {
  /** As soon as there are so many. */
  readonly lines: number;
  /** When the oldest is so old; undefined: whatever its age. */
  readonly longestAgeSec: number | undefined;
  /** Not more often than this. */
  readonly shortestPauseSec: number;
}

export interface Digest {
  readonly lines: readonly string[];
  /** Lines that there was no room for. */
  readonly leftOut: number;
}

interface Gathered {
  lines: string[];
  leftOut: number;
  lastSentSec: number;
  cancel: () => void;
  send: () => void;
}

const mostLines = 1000;
const longestLine = 500;

/** Lines that wait to be sent together, by digest. */
export class Digests {
  readonly #clock: Clock;
  readonly #gathered = new Map<string, Gathered>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Adds a line; `send` is called, now or later, when it is time. */
  add(key: string, line: string, rules: DigestRules, send: () => void): void {
    const gathered = this.#of(key);
    gathered.send = send;
    if (gathered.lines.length < mostLines)
      gathered.lines.push(
        line
          .split('\t')
          .map((part) => oneLine(part, longestLine))
          .join('\t'),
      );
    else gathered.leftOut++;
    if (gathered.lines.length >= rules.lines) this.#sendAfterPause(gathered, rules.shortestPauseSec);
    else if (gathered.lines.length === 1 && rules.longestAgeSec !== undefined)
      this.#sendAt(
        gathered,
        Math.max(rules.longestAgeSec, this.#pauseLeft(gathered, rules.shortestPauseSec)),
      );
  }

  /** What was gathered, which counts as sent now; undefined when there is nothing. */
  take(key: string): Digest | undefined {
    const gathered = this.#gathered.get(key);
    gathered?.cancel();
    if (gathered === undefined || gathered.lines.length === 0) return undefined;
    const { lines, leftOut } = gathered;
    gathered.lines = [];
    gathered.leftOut = 0;
    gathered.lastSentSec = this.#clock.nowSec();
    return { lines, leftOut };
  }

  #of(key: string): Gathered {
    const known = this.#gathered.get(key);
    if (known !== undefined) return known;
    const gathered: Gathered = {
      lines: [],
      leftOut: 0,
      lastSentSec: Number.NEGATIVE_INFINITY,
      cancel: () => undefined,
      send: () => undefined,
    };
    this.#gathered.set(key, gathered);
    return gathered;
  }

  #sendAfterPause(gathered: Gathered, pauseSec: number): void {
    const leftSec = this.#pauseLeft(gathered, pauseSec);
    if (leftSec > 0) this.#sendAt(gathered, leftSec);
    else gathered.send();
  }

  #pauseLeft(gathered: Gathered, pauseSec: number): number {
    return Math.max(0, gathered.lastSentSec + pauseSec - this.#clock.nowSec());
  }

  #sendAt(gathered: Gathered, delaySec: number): void {
    gathered.cancel();
    gathered.cancel = this.#clock.after(delaySec, () => gathered.send());
  }
}
