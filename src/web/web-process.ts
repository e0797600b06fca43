import {
  Backoff,
  type Clock,
  describeError,
  escapeControl,
  type Logger,
  type LogLevel,
  WarderError,
} from '../base/index.ts';
import type { EventHub, WebReport } from '../control/index.ts';
import type { ListenAt, WebMessage, WebRequest } from './protocol.ts';
import type { Question } from './questions.ts';
import { isLoopback, urlOf, type WebSettings } from './settings.ts';
import { type StartWeb, type WebHelper, webStarter } from './start-helper.ts';
import { ensureToken, hashOf, readToken } from './token.ts';

export interface WebProcessParts {
  readonly settings: WebSettings;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventHub;
  /** Answers a question with what becomes JSON; throws a WarderError for what cannot be answered. */
  readonly answer: (question: Question) => Promise<unknown>;
  readonly start?: StartWeb;
}

const logger = 'fail2ban.web';
/** Between two starts of a process that dies: at first so long, then longer and longer. */
const backoffSec = { first: 0.2, longest: 60 };
/** One that has lived so long has worked. */
const steadySec = 60;
/** Questions that are answered at the same time; the process asks again for those beyond. */
const mostQuestions = 32;
/** What may wait in the pipe: beyond the first events are left out, beyond the second the process is ended. */
const waitingBytes = { events: 2 * 1024 * 1024, all: 64 * 1024 * 1024 };
/** Between two lines of the log about wrong tokens. */
const intruderLogSec = 60;

/**
 * Supervises the process of the page: starts it, answers what it asks, passes events on while somebody watches, and starts
 * it again when it dies. It gets no more than `Question` has, and none of it can make the daemon wait.
 */
export class WebProcess {
  readonly #parts: WebProcessParts;
  readonly #backoff = new Backoff(backoffSec.first, backoffSec.longest);
  #helper: WebHelper | undefined;
  #wanted = false;
  #at: ListenAt | undefined;
  #problem: string | undefined;
  #startedSec = 0;
  #questions = 0;
  #turn: Promise<void> = Promise.resolve();
  #lost = 0;
  #allLost = 0;
  #stopListening: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  #intruders = { attempts: 0, loggedSec: Number.NEGATIVE_INFINITY };

  constructor(parts: WebProcessParts) {
    this.#parts = parts;
  }

  /** Events that the process was too slow for. */
  get lostEvents(): number {
    return this.#allLost;
  }

  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    const { at } = this.#parts.settings;
    if (!isLoopback(at.host)) {
      this.#log(
        'WARNING',
        `The page is to be reached over the network at ${urlOf(at)}, without encryption: whoever can listen in on the way reads the token. Set http = 127.0.0.1:${at.port} and put a proxy with TLS, or an SSH tunnel, in front of it`,
      );
    }
    this.#startNow();
  }

  stop(): void {
    this.#wanted = false;
    this.#cancelTimer?.();
    this.#helper?.stop();
    this.#forget();
  }

  report(): WebReport {
    const { tokenFile, at } = this.#parts.settings;
    if (this.#at !== undefined) return { state: 'listening', url: urlOf(this.#at), tokenFile };
    const url = urlOf(at);
    return this.#problem === undefined
      ? { state: 'starting', url, tokenFile }
      : { state: 'failed', url, tokenFile, problem: this.#problem };
  }

  #startNow(): void {
    this.#cancelTimer = undefined;
    const { clock, start = webStarter() } = this.#parts;
    this.#startedSec = clock.nowSec();
    try {
      const request = this.#listenRequest();
      const helper = start({
        onMessage: (message) => this.#hear(message),
        onEnd: (reason) => this.#bury(reason),
      });
      this.#helper = helper;
      helper.send(request);
    } catch (error) {
      this.#bury(describeError(error));
    }
  }

  #listenRequest(): WebRequest {
    const { at, hosts, tokenFile, metricsTokenFile } = this.#parts.settings;
    const tokenHash = hashOf(ensureToken(tokenFile));
    if (metricsTokenFile === undefined) return { kind: 'listen', at, hosts, tokenHash };
    const metricsToken = readToken(metricsTokenFile);
    if (metricsToken === undefined) {
      throw new WarderError('WEB_TOKEN', 'the token for the metrics is missing', {
        file: metricsTokenFile,
        hint: 'write one, as by: openssl rand -hex 24',
      });
    }
    return { kind: 'listen', at, hosts, tokenHash, metricsTokenHash: hashOf(metricsToken) };
  }

  #hear(message: WebMessage): void {
    if (message.kind === 'ask') void this.#answer(message.id, message.question);
    else if (message.kind === 'watch') this.#watch(message.on);
    else if (message.kind === 'ready') this.#ready(message.at);
    else if (message.kind === 'unable') this.#unable(message.code, message.reason);
    else this.#intruder(message.attempts, message.address);
  }

  #ready(at: ListenAt): void {
    const { tokenFile, at: wanted } = this.#parts.settings;
    // Once, and of what it says only the port: more could be made up, and stand in the log.
    if (this.#at !== undefined) return;
    this.#at = { host: wanted.host, port: at.port };
    this.#problem = undefined;
    this.#log(
      'INFO',
      `The page is at ${urlOf(this.#at)}; its token is in ${tokenFile}, and 'warder web' shows both`,
    );
  }

  #unable(code: string, reason: string): void {
    const url = urlOf(this.#parts.settings.at);
    const hint =
      code === 'EADDRINUSE' ? 'another program has that port; set another one in http, and restart' : reason;
    this.#helper?.stop();
    this.#bury(`it cannot listen at ${url} (${code}: ${hint})`);
  }

  async #answer(id: number, question: Question): Promise<void> {
    const helper = this.#helper;
    if (this.#questions >= mostQuestions) {
      this.#send(helper, { kind: 'refusal', id, code: 'WEB_BUSY', message: 'too many questions at once' });
      return;
    }
    if (question.what === 'unban') {
      const where = question.jail === undefined ? 'all jails' : question.jail;
      this.#log('NOTICE', escapeControl(`The page unbans ${question.id} in ${where}`));
    }
    this.#questions += 1;
    try {
      await this.#nextTurn();
      this.#send(helper, { kind: 'answer', id, result: await this.#parts.answer(question) });
    } catch (error) {
      const code = error instanceof WarderError ? error.code : 'INTERNAL';
      const message = error instanceof Error ? error.message : String(error);
      this.#send(helper, { kind: 'refusal', id, code, message });
    } finally {
      this.#questions -= 1;
    }
  }

  /** One question is begun at a time, and all else that waits goes on before the next. */
  #nextTurn(): Promise<void> {
    this.#turn = this.#turn.then(() => new Promise((resolve) => setImmediate(resolve)));
    return this.#turn;
  }

  #watch(on: boolean): void {
    this.#stopListening?.();
    this.#stopListening = undefined;
    if (!on) return;
    this.#stopListening = this.#parts.events.listen((event) => {
      const helper = this.#helper;
      if (helper === undefined) return;
      if (helper.waitingBytes() > waitingBytes.events) {
        this.#lost += 1;
        this.#allLost += 1;
        return;
      }
      if (this.#lost > 0) this.#send(helper, { kind: 'gap', lost: this.#lost });
      this.#lost = 0;
      this.#send(helper, { kind: 'event', event });
    });
  }

  /** Nobody but the process that asked gets the answer. */
  #send(helper: WebHelper | undefined, request: WebRequest): void {
    if (helper === undefined || helper !== this.#helper) return;
    if (helper.waitingBytes() <= waitingBytes.all) {
      helper.send(request);
      return;
    }
    helper.stop();
    this.#bury('it does not fetch what it asked for');
  }

  #intruder(attempts: number, address: string): void {
    const { clock } = this.#parts;
    this.#intruders.attempts += attempts;
    const nowSec = clock.nowSec();
    if (Math.abs(nowSec - this.#intruders.loggedSec) < intruderLogSec) return;
    const sum = this.#intruders.attempts;
    this.#intruders = { attempts: 0, loggedSec: nowSec };
    this.#log('WARNING', `Wrong token at the page, ${sum} times, the last from ${escapeControl(address)}`);
  }

  #bury(reason: string): void {
    this.#forget();
    if (!this.#wanted) return;
    const { clock } = this.#parts;
    if (clock.nowSec() - this.#startedSec > steadySec) this.#backoff.reset();
    const text = escapeControl(reason);
    // A port that stays taken is said once.
    if (text !== this.#problem) this.#log('ERROR', `The page is not served: ${text}; it is tried again`);
    this.#problem = text;
    this.#cancelTimer = clock.after(this.#backoff.nextSec(), () => this.#startNow());
  }

  #forget(): void {
    this.#helper = undefined;
    this.#at = undefined;
    this.#watch(false);
  }

  #log(level: LogLevel, message: string): void {
    this.#parts.logger.log(level, logger, message);
  }
}
