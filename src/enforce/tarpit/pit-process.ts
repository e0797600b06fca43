import { Backoff, type Clock, describeError, escapeControl, type Logger } from '../../base/index.ts';
import type { PitFigures, PitLimits, PitMessage } from './protocol.ts';
import { type PitHelper, type StartPit, startPit } from './start-helper.ts';
import type { VoicePorts } from './voices.ts';

export interface PitProcessParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: PitLimits;
  readonly start?: StartPit;
  /** It listens on these ports now; undefined: it is gone, and will be started again. */
  readonly onPorts: (ports: VoicePorts | undefined) => void;
}

/** Between two starts of a process that dies: at first so long, then longer and longer. */
const backoffSec = { first: 0.2, longest: 30 };
/** One that has lived so long has worked. */
const steadySec = 60;
/** The process answers at once, or hangs. */
const answerSec = 5;
/** No line to the process names more addresses. */
const releaseAtOnce = 1000;

const nothing: PitFigures = {
  held: 0,
  byVoice: {},
  addresses: [],
  longestSec: 0,
  accepted: 0,
  refused: 0,
  wastedSec: 0,
};

/** Supervises the process that holds connections: starts it when told to, and again when it dies. */
export class PitProcess {
  readonly #parts: PitProcessParts;
  readonly #backoff = new Backoff(backoffSec.first, backoffSec.longest);
  readonly #questions = new Map<number, (figures: PitFigures | undefined) => void>();
  #helper: PitHelper | undefined;
  #wanted = false;
  #ports: VoicePorts | undefined;
  #lastPorts: VoicePorts | undefined;
  #mostHeld = 0;
  #nextId = 1;
  #startedSec = 0;
  #cancelTimer: (() => void) | undefined;
  /** Of processes that are gone. */
  #before: PitFigures = nothing;
  /** What this one told last. */
  #latest: PitFigures = nothing;
  #toldOfUser = false;

  constructor(parts: PitProcessParts) {
    this.#parts = parts;
  }

  /** Where it listens; undefined while it does not. */
  get ports(): VoicePorts | undefined {
    return this.#ports;
  }

  /** How many connections it can hold; 0 while it does not run. */
  get mostHeld(): number {
    return this.#ports === undefined ? 0 : this.#mostHeld;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#startNow();
  }

  /** Lets everybody go. */
  stop(): void {
    this.#wanted = false;
    this.#cancelTimer?.();
    this.#helper?.stop();
    this.#forget();
  }

  release(addresses: readonly string[]): void {
    for (let at = 0; at < addresses.length; at += releaseAtOnce)
      this.#helper?.send({ kind: 'release', addresses: addresses.slice(at, at + releaseAtOnce) });
  }

  /** What is held now, and was held by all processes since the daemon started. */
  async figures(): Promise<PitFigures> {
    const helper = this.#helper;
    if (helper === undefined || this.#ports === undefined) return this.#sum({ ...nothing });
    const id = this.#nextId++;
    const { promise, resolve } = Promise.withResolvers<PitFigures | undefined>();
    this.#questions.set(id, resolve);
    const cancel = this.#parts.clock.after(answerSec, () => resolve(undefined));
    helper.setBusy(true);
    helper.send({ kind: 'figures', id });
    const figures = await promise;
    cancel();
    this.#questions.delete(id);
    if (this.#questions.size === 0) this.#helper?.setBusy(false);
    return this.#sum(figures ?? { ...nothing });
  }

  #startNow(): void {
    this.#cancelTimer = undefined;
    const { clock, limits, start = startPit } = this.#parts;
    this.#startedSec = clock.nowSec();
    try {
      const helper = start({
        onMessage: (message) => this.#hear(message),
        onEnd: (reason) => this.#bury(reason),
      });
      this.#helper = helper;
      // With the ports of before the rules of the kernel stay as they are.
      const ports = this.#lastPorts;
      helper.send({ kind: 'listen', ...(ports === undefined ? {} : { ports }), limits });
    } catch (error) {
      this.#bury(describeError(error));
    }
  }

  #hear(message: PitMessage): void {
    if (message.kind === 'figures') {
      this.#latest = { ...message.figures, addresses: [] };
      if (message.id !== undefined) this.#questions.get(message.id)?.(message.figures);
      return;
    }
    this.#ports = message.ports;
    this.#lastPorts = message.ports;
    this.#mostHeld = message.mostHeld;
    if (message.keptUser !== undefined) this.#tellOfUser(message.keptUser);
    this.#parts.onPorts(message.ports);
  }

  #bury(reason: string): void {
    this.#forget();
    if (!this.#wanted) return;
    const { clock, logger, onPorts } = this.#parts;
    if (clock.nowSec() - this.#startedSec > steadySec) this.#backoff.reset();
    logger.log(
      'WARNING',
      'fail2ban.actions',
      `The tarpit's process ended (${escapeControl(reason)}); what it held is dropped, and it is started again`,
    );
    this.#cancelTimer = clock.after(this.#backoff.nextSec(), () => this.#startNow());
    onPorts(undefined);
  }

  #forget(): void {
    this.#helper = undefined;
    this.#ports = undefined;
    this.#before = this.#sum({ ...nothing });
    this.#latest = nothing;
    for (const resolve of this.#questions.values()) resolve(undefined);
  }

  /** Adds what went before. Without an answer the sums are those that were told last. */
  #sum(figures: PitFigures): PitFigures {
    const { accepted, refused, wastedSec, longestSec } =
      figures.accepted > 0 || figures.refused > 0 ? figures : this.#latest;
    return {
      ...figures,
      longestSec: Math.max(longestSec, this.#before.longestSec),
      accepted: accepted + this.#before.accepted,
      refused: refused + this.#before.refused,
      wastedSec: wastedSec + this.#before.wastedSec,
    };
  }

  #tellOfUser(why: string): void {
    if (this.#toldOfUser) return;
    this.#toldOfUser = true;
    this.#parts.logger.log(
      'WARNING',
      'fail2ban.actions',
      `The tarpit's process keeps this user, it cannot become nobody (${escapeControl(why)}); give the daemon CAP_SETUID and CAP_SETGID`,
    );
  }
}
