import {
  Backoff,
  type Clock,
  describeError,
  escapeControl,
  type HelperEvents,
  type HelperProcess,
  holdOwnFile,
  type Logger,
  startHelperProcess,
} from '../../base/index.ts';
import {
  type CourierMessage,
  type CourierRequest,
  type CourierTask,
  longestMessage,
  parseCourierMessage,
} from './protocol.ts';
import { DeliveryError } from './trouble.ts';

export type StartCourier = (events: HelperEvents<CourierMessage>) => HelperProcess<CourierRequest>;

export interface CourierProcessParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly start?: StartCourier;
  /** For the helper's environment: `HTTPS_PROXY` and its kin are taken from it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Answers to a task. */
export interface CourierAnswer {
  readonly status: number;
  readonly text: string;
}

interface Question {
  readonly request: CourierRequest;
  readonly resolve: (answer: CourierAnswer) => void;
  readonly reject: (error: DeliveryError) => void;
  cancelStuck: () => void;
}

/** Without a task for so long, the helper is ended. */
const idleSec = 60;
/** A helper that has not told what became of a task so long after the task's own time is stuck. */
const graceSec = 5;
const mostPending = 32;
const warnSec = 60;

/**
 * The process that carries notices out of the machine: unprivileged, started with the first task, ended when there have been
 * none for a while. One for the whole daemon.
 */
export class CourierProcess {
  readonly #parts: CourierProcessParts;
  readonly #backoff = new Backoff(1, 60);
  readonly #questions = new Map<number, Question>();
  #helper: HelperProcess<CourierRequest> | undefined;
  #cancelIdle: (() => void) | undefined;
  #restartAtSec = Number.NEGATIVE_INFINITY;
  #warnedAtSec = Number.NEGATIVE_INFINITY;
  #toldOfUser = false;
  #nextId = 1;
  #stopped = false;

  constructor(parts: CourierProcessParts) {
    this.#parts = parts;
  }

  /** Carries out a task. Rejects with a `DeliveryError`; `signal` gives it up. */
  async carryOut(task: CourierTask, timeoutMs: number, signal?: AbortSignal): Promise<CourierAnswer> {
    const helper = this.#running();
    const request: CourierRequest = { id: this.#nextId++, timeoutMs, task };
    return new Promise((resolve, reject) => {
      const cancelStuck = this.#parts.clock.after(timeoutMs / 1000 + graceSec, () => this.#giveUp());
      this.#questions.set(request.id, { request, resolve, reject, cancelStuck });
      signal?.addEventListener('abort', () => this.#fail(request.id, 'given up', false));
      this.#cancelIdle?.();
      helper.setBusy(true);
      helper.send(request);
    });
  }

  /** Ends the helper; tasks that are open, and later ones, fail. */
  stop(): void {
    this.#stopped = true;
    this.#cancelIdle?.();
    this.#helper?.stop();
    this.#helper = undefined;
    this.#failAll('the daemon stops', false);
  }

  #running(): HelperProcess<CourierRequest> {
    if (this.#stopped) throw new DeliveryError('the daemon stops', { mayRetry: false });
    if (this.#questions.size >= mostPending) throw new DeliveryError('too much at once', { mayRetry: true });
    if (this.#helper !== undefined) return this.#helper;
    const waitSec = this.#restartAtSec - this.#parts.clock.nowSec();
    if (waitSec > 0) {
      throw new DeliveryError('the process for notices has just ended', {
        mayRetry: true,
        afterSec: waitSec,
      });
    }
    const start = this.#parts.start ?? ((events) => startCourier(events, this.#parts.environment));
    try {
      this.#helper = start({
        onMessage: (message) => this.#hear(message),
        onEnd: (reason) => this.#bury(reason),
      });
    } catch (error) {
      this.#bury(describeError(error));
      throw new DeliveryError(describeError(error), { mayRetry: true });
    }
    return this.#helper;
  }

  #hear(message: CourierMessage): void {
    if (message.kind === 'ready') {
      if (message.refused !== undefined) this.#tellOfUser(message.refused);
      return;
    }
    this.#backoff.reset();
    const question = this.#close(message.id);
    if (message.kind === 'done') question?.resolve({ status: message.status, text: message.text });
    else question?.reject(new DeliveryError(escapeControl(message.reason), message));
    this.#restIfIdle();
  }

  #giveUp(): void {
    this.#helper?.stop();
    this.#bury('it gave no answer');
  }

  #bury(reason: string): void {
    this.#helper = undefined;
    this.#restartAtSec = this.#parts.clock.nowSec() + this.#backoff.nextSec();
    this.#warn(`The process for notices ended (${escapeControl(reason)}); it is started again`);
    this.#failAll('the process for notices ended', true);
  }

  #failAll(reason: string, mayRetry: boolean): void {
    for (const id of [...this.#questions.keys()]) this.#fail(id, reason, mayRetry);
  }

  #fail(id: number, reason: string, mayRetry: boolean): void {
    this.#close(id)?.reject(new DeliveryError(reason, { mayRetry }));
    this.#restIfIdle();
  }

  #close(id: number): Question | undefined {
    const question = this.#questions.get(id);
    question?.cancelStuck();
    this.#questions.delete(id);
    return question;
  }

  #restIfIdle(): void {
    if (this.#questions.size > 0 || this.#helper === undefined) return;
    this.#helper.setBusy(false);
    this.#cancelIdle?.();
    this.#cancelIdle = this.#parts.clock.after(idleSec, () => {
      this.#helper?.stop();
      this.#helper = undefined;
    });
  }

  #tellOfUser(why: string): void {
    if (this.#toldOfUser) return;
    this.#toldOfUser = true;
    this.#warn(
      `The process for notices keeps this user, it cannot become nobody (${escapeControl(why)}); give the daemon CAP_SETUID and CAP_SETGID`,
    );
  }

  #warn(message: string): void {
    const nowSec = this.#parts.clock.nowSec();
    if (Math.abs(nowSec - this.#warnedAtSec) < warnSec) return;
    this.#warnedAtSec = nowSec;
    this.#parts.logger.log('WARNING', 'fail2ban.actions', message);
  }
}

const passedOn =
  /^(?:https?_proxy|no_proxy|all_proxy|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|SSL_CERT_DIR|TZ|RES_OPTIONS)$/i;

function startCourier(
  events: HelperEvents<CourierMessage>,
  environment: CourierProcessParts['environment'],
): HelperProcess<CourierRequest> {
  const kept = Object.entries(environment).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && passedOn.test(entry[0]),
  );
  return startHelperProcess<CourierRequest, CourierMessage>(
    {
      code,
      heapMiB: 64,
      // The system's certificates count as well: a server of one's own has one from there.
      environment: { ...Object.fromEntries(kept), NODE_USE_SYSTEM_CA: '1' },
      longestMessage,
      parse: parseCourierMessage,
    },
    events,
  );
}

/** Where the helper's code is: beside this file while running from source, else beside the bundle. */
export function courierUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './helper.ts' : './courier.js', moduleUrl);
}

const code = holdOwnFile(courierUrl());
