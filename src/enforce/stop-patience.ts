import { escapeControl, type Logger } from '../base/index.ts';
import { neverRan, type ShellResult } from './shell-process.ts';

/** How long a stop waits for commands, in seconds. */
export interface StopLimits {
  /** For one that hangs. */
  readonly hangSec: number;
  /** For all that hang together; each one after that gets `leastSec`. */
  readonly allHangsSec: number;
  readonly leastSec: number;
  /** After this nothing more is begun, however well it goes. */
  readonly wholeSec: number;
}

/** Within what systemd allows a service by default (90 s), and in the usual case long before. */
const usualLimits: StopLimits = { hangSec: 5, allHangsSec: 8, leastSec: 0.5, wholeSec: 60 };

/** An action that hangs as often as this while we stop is not asked any more. */
const mostHangs = 2;

/** What is known of a command, or of anything else that an action does, once it is over. */
interface Ended {
  readonly timedOut: boolean;
  readonly durationMs: number;
}

type Work<T> = (timeoutSec: number, signal: AbortSignal) => Promise<T>;

/**
 * Lets the daemon stop within seconds whatever its actions do. Until `begin` every command has its own timeout. From
 * then on one that hangs is ended after a few seconds, and the second time its action is given up; commands that come to their
 * end go on, so that a firewall is cleaned however many bans there are.
 */
export class StopPatience {
  readonly #logger: Logger;
  readonly #limits: StopLimits;
  readonly #running = new Set<AbortController>();
  readonly #hangs = new Map<object, number>();
  #beganMs: number | undefined;
  #hungSec = 0;
  #gaveUp = false;

  constructor(logger: Logger, limits: Partial<StopLimits> = {}) {
    this.#logger = logger;
    this.#limits = { ...usualLimits, ...limits };
  }

  /** The daemon stops from now on; also what runs already is given no more than the time for one that hangs. */
  begin(): void {
    if (this.#beganMs !== undefined) return;
    this.#beganMs = performance.now();
    const leftMs = this.#leftSec() * 1000;
    for (const controller of this.#running) setTimeout(() => controller.abort(), leftMs).unref();
  }

  /** Ends what runs and begins nothing more: somebody asked a second time. */
  giveUp(): void {
    this.begin();
    this.#gaveUp = true;
    for (const controller of this.#running) controller.abort();
  }

  /** Runs a command of an action (`owner`) with the time that it may have; undefined: it was not begun. */
  async run<T extends Ended>(owner: object, timeoutSec: number, work: Work<T>): Promise<T | undefined> {
    if (this.#isRefused(owner)) return undefined;
    const stops = this.#beganMs !== undefined;
    const allowedSec = stops ? Math.min(timeoutSec, this.#leftSec()) : timeoutSec;
    const controller = new AbortController();
    this.#running.add(controller);
    const result = await work(allowedSec, controller.signal);
    this.#running.delete(controller);
    if (this.#beganMs !== undefined && result.timedOut) this.#noteHang(owner, result.durationMs / 1000);
    return result;
  }

  #isRefused(owner: object): boolean {
    if (this.#beganMs === undefined) return false;
    if (this.#gaveUp || (this.#hangs.get(owner) ?? 0) >= mostHangs) return true;
    if (performance.now() - this.#beganMs < this.#limits.wholeSec * 1000) return false;
    this.#gaveUp = true;
    this.#log(
      `Stopping took ${this.#limits.wholeSec} seconds: no further command is run, and what actions have made stays`,
    );
    return true;
  }

  #leftSec(): number {
    const { hangSec, allHangsSec, leastSec } = this.#limits;
    return Math.max(leastSec, Math.min(hangSec, allHangsSec - this.#hungSec));
  }

  #noteHang(owner: object, ranSec: number): void {
    this.#hungSec += ranSec;
    const hangs = (this.#hangs.get(owner) ?? 0) + 1;
    this.#hangs.set(owner, hangs);
    if (this.#gaveUp) return;
    this.#log(
      hangs < mostHangs
        ? 'The command above hung and was ended, since the server stops'
        : 'The command above hung again: its action is given up, since the server stops; what it has made may stay',
    );
  }

  #log(message: string): void {
    this.#logger.log('WARNING', 'fail2ban.actions', escapeControl(message));
  }
}

/** What is told of a command that was not begun. */
export function notBegun(): ShellResult {
  return neverRan('not run, since the server stops', 0);
}
