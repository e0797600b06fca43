import { Backoff, describeError } from '../../base/index.ts';
import type { ActionEvent, HookName, ScriptMessage, ScriptModule, ScriptRequest } from './protocol.ts';
import { type ScriptHelper, type StartScript, startScript } from './start-helper.ts';

/** How one call ended. */
export interface ScriptResult {
  readonly ok: boolean;
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** In the module's words, or why there was no answer; not escaped. */
  readonly error?: string;
}

export interface ScriptProcessParts {
  readonly source: string;
  readonly start?: StartScript;
  /** A line that the module printed; undefined: it printed more than is passed on. */
  readonly onSaid: (text: string | undefined) => void;
  /** The process is gone though nobody waited for it. */
  readonly onLost: (reason: string) => void;
  /** Without a call for so long the process is ended. */
  readonly idleMs?: number;
}

export interface CallOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

const usualIdleMs = 60_000;
/** Between two starts of a process that dies: at first so long, then longer and longer. */
const backoffSec = { first: 0.2, longest: 5 };
/** A call whose process dies is made once more: it may have been ended by somebody else. */
const mostAttempts = 2;
/** Of what is printed during one call so many lines are passed on; many more cost the process its life. */
const mostLines = { told: 50, heard: 5000 };

type Answer = { readonly ok: true } | { readonly ok: false; readonly error: string; readonly lost?: true };

/**
 * The process of one action: started with the first call, ended when there was none for a while, started again when it
 * died. Calls are made one at a time.
 */
export class ScriptProcess {
  readonly #parts: ScriptProcessParts;
  readonly #backoff = new Backoff(backoffSec.first, backoffSec.longest);
  #helper: ScriptHelper | undefined;
  #module: ScriptModule | undefined;
  #isLoaded = false;
  #answer: ((answer: Answer) => void) | undefined;
  #pauseMs = 0;
  #nextId = 1;
  #lines = 0;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(parts: ScriptProcessParts) {
    this.#parts = parts;
  }

  /** What the module offers; undefined until it was loaded once. */
  get module(): ScriptModule | undefined {
    return this.#module;
  }

  /** Calls a hook, or loads the module only. A hook that it does not have goes well. Never rejects. */
  async call(hook: HookName, event: ActionEvent, options: CallOptions): Promise<ScriptResult> {
    const startedMs = performance.now();
    const result = (answer: Answer, timedOut: boolean): ScriptResult => ({
      ok: answer.ok,
      timedOut,
      durationMs: performance.now() - startedMs,
      ...(answer.ok ? {} : { error: answer.error }),
    });
    if (this.#module !== undefined && !this.#module.hooks.includes(hook)) return result({ ok: true }, false);
    clearTimeout(this.#idleTimer);
    this.#lines = 0;
    const deadline = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
    const answer = await this.#attempt(hook, event, deadline);
    if (deadline.aborted && !answer.ok) {
      this.#endHelper();
      const ranSec = Math.round((performance.now() - startedMs) / 100) / 10;
      return result({ ok: false, error: `no answer within ${ranSec} s; its process was ended` }, true);
    }
    this.#rest();
    return result(answer, false);
  }

  /** Ends the process; a later call starts another. */
  stop(): void {
    clearTimeout(this.#idleTimer);
    this.#endHelper();
  }

  async #attempt(hook: HookName, event: ActionEvent, deadline: AbortSignal): Promise<Answer> {
    let answer: Answer = { ok: false, error: 'not run' };
    for (let attempt = 0; attempt < mostAttempts && !deadline.aborted; attempt++) {
      answer = await this.#load(deadline);
      if (answer.ok && this.#module?.hooks.includes(hook))
        answer = await this.#ask({ kind: 'call', id: this.#nextId++, hook, event }, deadline);
      if (answer.ok) this.#backoff.reset();
      if (answer.ok || answer.lost === undefined) break;
    }
    return answer;
  }

  /** Sees to it that a process runs that has the module. */
  async #load(deadline: AbortSignal): Promise<Answer> {
    if (this.#helper !== undefined && this.#isLoaded) return { ok: true };
    this.#endHelper();
    await pause(this.#pauseMs, deadline);
    if (deadline.aborted) return { ok: false, error: 'no time was left' };
    this.#pauseMs = 0;
    const { start = startScript, source } = this.#parts;
    try {
      const helper: ScriptHelper = start({
        onMessage: (message) => this.#hear(helper, message),
        onEnd: (reason) => this.#bury(helper, reason),
      });
      this.#helper = helper;
    } catch (error) {
      this.#pauseMs = this.#backoff.nextSec() * 1000;
      return { ok: false, error: describeError(error), lost: true };
    }
    const answer = await this.#ask({ kind: 'load', source }, deadline);
    if (!answer.ok) {
      this.#endHelper();
      this.#pauseMs ||= this.#backoff.nextSec() * 1000;
    }
    return answer;
  }

  async #ask(request: ScriptRequest, deadline: AbortSignal): Promise<Answer> {
    const helper = this.#helper;
    if (helper === undefined) return { ok: false, error: 'its process ended', lost: true };
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#answer = resolve;
    const giveUp = (): void => resolve({ ok: false, error: 'no answer' });
    deadline.addEventListener('abort', giveUp, { once: true });
    helper.setBusy(true);
    helper.send(request);
    const answer = await promise;
    deadline.removeEventListener('abort', giveUp);
    this.#answer = undefined;
    helper.setBusy(false);
    return answer;
  }

  #hear(helper: ScriptHelper, message: ScriptMessage): void {
    if (helper !== this.#helper) return;
    if (message.kind === 'said') this.#tell(message.text);
    else if (message.kind === 'loaded') {
      this.#module = message.module;
      this.#isLoaded = true;
      this.#answer?.({ ok: true });
    } else if (message.kind === 'unusable') this.#answer?.({ ok: false, error: message.reason });
    else if (message.id !== this.#nextId - 1) return;
    else if (message.kind === 'failed') this.#answer?.({ ok: false, error: message.reason });
    else this.#answer?.({ ok: true });
  }

  #tell(text: string): void {
    this.#lines += 1;
    if (this.#lines <= mostLines.told) this.#parts.onSaid(text);
    else if (this.#lines === mostLines.told + 1) this.#parts.onSaid(undefined);
    else if (this.#lines > mostLines.heard) {
      const helper = this.#helper;
      helper?.stop();
      this.#bury(helper, 'it printed too much');
    }
  }

  #bury(helper: ScriptHelper | undefined, reason: string): void {
    if (helper !== this.#helper) return;
    this.#helper = undefined;
    this.#isLoaded = false;
    this.#pauseMs = this.#backoff.nextSec() * 1000;
    clearTimeout(this.#idleTimer);
    if (this.#answer !== undefined)
      this.#answer({ ok: false, error: `its process ended: ${reason}`, lost: true });
    else this.#parts.onLost(reason);
  }

  #endHelper(): void {
    this.#helper?.stop();
    this.#helper = undefined;
    this.#isLoaded = false;
  }

  #rest(): void {
    this.#idleTimer = setTimeout(() => this.#endHelper(), this.#parts.idleMs ?? usualIdleMs).unref();
  }
}

/** Waits, but not beyond the deadline. */
function pause(delayMs: number, deadline: AbortSignal): Promise<void> {
  if (delayMs <= 0 || deadline.aborted) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, delayMs);
  deadline.addEventListener('abort', () => resolve(), { once: true });
  return promise.finally(() => clearTimeout(timer));
}
