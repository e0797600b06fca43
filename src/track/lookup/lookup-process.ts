import { Backoff, type Clock, describeError, escapeControl, type Logger } from '../../base/index.ts';
import { type HelperMessage, type LookupKind, mostLookups } from './protocol.ts';
import { type Helper, type StartHelper, startHelper } from './start-helper.ts';

/** What bounds the helper. */
export interface LookupProcessLimits {
  /** A lookup that takes longer is given up, and the helper that holds it killed. */
  readonly stuckSec: number;
  /** Without a question for so long, the helper is ended. */
  readonly idleSec: number;
  /** So often is a question asked when helpers die over it. */
  readonly maxSends: number;
  /** Questions of one kind under way, waiting ones included, so that neither kind takes the other's threads. */
  readonly maxPending: number;
}

const defaultLimits: LookupProcessLimits = {
  stuckSec: 20,
  idleSec: 120,
  maxSends: 3,
  maxPending: mostLookups,
};

/** Between two starts of a helper that dies: at first so long, then longer and longer. */
const backoffSec = { first: 0.2, longest: 30 };

export interface LookupProcessParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly start?: StartHelper;
  readonly limits?: Partial<LookupProcessLimits>;
}

/** A lookup that failed. `code` is `ENOTFOUND` where there is no such name, anything else means: no answer just now. */
class LookupError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

interface Question {
  readonly id: number;
  readonly kind: LookupKind;
  readonly of: string;
  readonly resolve: (found: readonly string[]) => void;
  readonly reject: (error: Error) => void;
  sends: number;
  cancelStuck: (() => void) | undefined;
}

/**
 * Names and addresses through a process apart, which runs as nobody, is started with the first question and ends when
 * there have been none for a while. When it dies, it is started again and asked again: no question is lost by that. One
 * for the whole daemon.
 */
export class LookupProcess {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #start: StartHelper;
  readonly #limits: LookupProcessLimits;
  readonly #backoff = new Backoff(backoffSec.first, backoffSec.longest);
  readonly #questions = new Map<number, Question>();
  #helper: Helper | undefined;
  #cancelTimer: (() => void) | undefined;
  #nextId = 1;
  #restartAtSec = Number.NEGATIVE_INFINITY;
  #warnedAtSec = Number.NEGATIVE_INFINITY;
  #toldOfUser = false;
  #stopped = false;

  constructor(parts: LookupProcessParts) {
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#start = parts.start ?? startHelper;
    this.#limits = { ...defaultLimits, ...parts.limits };
  }

  /** The addresses of a host name, as the resolver spells them. Rejects with an error that has a `code`. */
  addressesOf(name: string): Promise<readonly string[]> {
    return this.#ask('addresses', name);
  }

  /** The names of a single address. Rejects as `addressesOf`. */
  namesOf(address: string): Promise<readonly string[]> {
    return this.#ask('name', address);
  }

  /** Ends the helper; questions that are open, and later ones, are rejected. */
  stop(): void {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#helper?.stop();
    this.#helper = undefined;
    for (const question of [...this.#questions.values()]) this.#fail(question, 'ECANCELLED');
  }

  #ask(kind: LookupKind, of: string): Promise<readonly string[]> {
    if (this.#stopped) return Promise.reject(new LookupError('ECANCELLED'));
    if (this.#pendingOf(kind) >= this.#limits.maxPending) return Promise.reject(new LookupError('EBUSY'));
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      const question = { id, kind, of, resolve, reject, sends: 0, cancelStuck: undefined };
      this.#questions.set(id, question);
      if (this.#helper === undefined) this.#startSoon();
      else this.#send(this.#helper, question);
    });
  }

  #pendingOf(kind: LookupKind): number {
    let count = 0;
    for (const question of this.#questions.values()) if (question.kind === kind) count++;
    return count;
  }

  /** Starts a helper now, or when the pause after the death of the last one is over. */
  #startSoon(): void {
    if (this.#helper !== undefined) return;
    const waitSec = Math.min(this.#restartAtSec - this.#clock.nowSec(), backoffSec.longest);
    this.#cancelTimer?.();
    if (waitSec <= 0) this.#startNow();
    else this.#cancelTimer = this.#clock.after(waitSec, () => this.#startNow());
  }

  #startNow(): void {
    this.#cancelTimer = undefined;
    let helper: Helper;
    try {
      helper = this.#start({
        onMessage: (message) => this.#hear(message),
        onEnd: (reason) => this.#bury(reason),
      });
    } catch (error) {
      for (const question of this.#questions.values()) question.sends++;
      this.#bury(describeError(error));
      return;
    }
    this.#helper = helper;
    for (const question of this.#questions.values()) this.#send(helper, question);
  }

  #send(helper: Helper, question: Question): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    question.sends++;
    question.cancelStuck?.();
    question.cancelStuck = this.#clock.after(this.#limits.stuckSec, () => this.#giveUp(question));
    helper.setBusy(true);
    const { id, kind, of } = question;
    helper.send({ id, kind, of });
  }

  #hear(message: HelperMessage): void {
    if (message.kind === 'ready') {
      if (message.refused !== undefined) this.#tellOfUser(message.refused);
      return;
    }
    this.#backoff.reset();
    const question = this.#questions.get(message.id);
    if (question === undefined) return;
    if (message.kind === 'failed') this.#fail(question, message.code);
    else {
      this.#close(question);
      question.resolve(message.found);
    }
    if (this.#questions.size === 0) this.#rest();
  }

  /** A thread that hangs cannot be ended, only its process. The other questions are asked anew. */
  #giveUp(question: Question): void {
    this.#fail(question, 'ETIMEOUT');
    this.#helper?.stop();
    this.#bury('a lookup hung');
  }

  /** The helper is gone: who was asked too often is told, the others wait for the next one. */
  #bury(reason: string): void {
    this.#helper = undefined;
    const pauseSec = this.#backoff.nextSec();
    this.#restartAtSec = this.#clock.nowSec() + pauseSec;
    this.#warn(reason);
    for (const question of [...this.#questions.values()]) {
      question.cancelStuck?.();
      if (question.sends >= this.#limits.maxSends) this.#fail(question, 'ECHILD');
    }
    if (this.#questions.size > 0) this.#startSoon();
  }

  /** Nobody asks any more: our own process need not stay for it, and after a while the helper goes. */
  #rest(): void {
    this.#helper?.setBusy(false);
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.after(this.#limits.idleSec, () => {
      this.#cancelTimer = undefined;
      this.#helper?.stop();
      this.#helper = undefined;
    });
  }

  #fail(question: Question, code: string): void {
    this.#close(question);
    question.reject(new LookupError(code));
  }

  #close(question: Question): void {
    question.cancelStuck?.();
    this.#questions.delete(question.id);
  }

  #warn(reason: string): void {
    const nowSec = this.#clock.nowSec();
    if (Math.abs(nowSec - this.#warnedAtSec) < 60) return;
    this.#warnedAtSec = nowSec;
    this.#log(`The process for name lookups ended (${escapeControl(reason)}); it is started again`);
  }

  #tellOfUser(why: string): void {
    if (this.#toldOfUser) return;
    this.#toldOfUser = true;
    this.#log(
      `The process for name lookups keeps this user, it cannot become nobody (${escapeControl(why)}); give the daemon CAP_SETUID and CAP_SETGID`,
    );
  }

  #log(message: string): void {
    this.#logger.log('WARNING', 'fail2ban.ipdns', message);
  }
}
