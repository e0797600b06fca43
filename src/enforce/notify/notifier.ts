import { type Clock, escapeControl, type Logger, parseTimeSpan } from '../../base/index.ts';
import type { HostNames } from '../host-names.ts';
import { CourierProcess, type StartCourier } from './courier-process.ts';
import { Details } from './details.ts';
import { type Digest, Digests } from './digests.ts';
import { fillText } from './fill.ts';
import { httpTemplates, prepareHttp } from './http-notice.ts';
import { limits } from './limits.ts';
import { mailTemplates, prepareMail } from './mail-notice.ts';
import { type Notice, NoticeProperties } from './notice.ts';
import { programRunner, type RunProgram } from './program.ts';
import { prepareProgram, programTemplates, programTrouble } from './program-notice.ts';
import { NoticeQueue } from './queue.ts';
import type { NoticeKind, Statement } from './statement.ts';
import { oneLine } from './text.ts';
import { valuesFor, withTimes } from './values.ts';

export interface NotifierParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly names: HostNames;
  /** What programs find in their environment; proxies for HTTP are taken from it as well. */
  readonly environment: Readonly<Record<string, string>>;
  /** The real process apart by default. */
  readonly startCourier?: StartCourier;
  /** At the end so long is waited for notices that are on their way; 5 by default. */
  readonly drainSec?: number;
}

/** Carries out one notice; what it needs is looked up once, whatever the number of attempts. */
type Delivery = (signal: AbortSignal) => Promise<void>;

const none: ReadonlyMap<string, string> = new Map();
const usualDrainSec = 5;

/**
 * Sends what actions want to tell: mail, requests, programs. Everything waits in queues behind the firewall, so that whoever posts
 * neither waits nor fails for it. One for the whole daemon.
 */
export class Notifier {
  readonly #parts: NotifierParts;
  readonly #queue: NoticeQueue;
  readonly #courier: CourierProcess;
  readonly #details: Details;
  readonly #digests: Digests;
  readonly #runProgram: RunProgram;

  constructor(parts: NotifierParts) {
    const { clock, logger, environment, startCourier } = parts;
    this.#parts = parts;
    this.#queue = new NoticeQueue(clock, logger);
    this.#courier = new CourierProcess({
      clock,
      logger,
      environment,
      ...(startCourier === undefined ? {} : { start: startCourier }),
    });
    this.#runProgram = programRunner(environment);
    this.#details = new Details({ clock, courier: this.#courier, runProgram: this.#runProgram });
    this.#digests = new Digests(clock);
  }

  /** Takes notices; returns at once. What goes wrong later is logged, and told to `notice.onEnd`. */
  post(statements: readonly Statement[], notice: Notice): void {
    for (const { kind, name } of statements) {
      if (kind === 'digest') this.#gather(name, notice);
      else if (kind === 'send-digest') this.#sendDigest(name, notice);
      else this.#enqueue(kind, name, notice, none);
    }
  }

  /** Notices of an action that wait or are under way. */
  waiting(jail: string, action: string): number {
    return this.#queue.waiting(keyOf(jail, action));
  }

  /** Settles when everything that was posted is delivered, or given up. */
  idle(): Promise<void> {
    return this.#queue.idle();
  }

  /** Delivers what waits within a few seconds, then ends the process apart. */
  async stop(): Promise<void> {
    await this.#queue.stop(this.#parts.drainSec ?? usualDrainSec);
    this.#courier.stop();
  }

  #enqueue(
    kind: Exclude<NoticeKind, 'digest' | 'send-digest'>,
    name: string,
    notice: Notice,
    extra: ReadonlyMap<string, string>,
  ): void {
    const properties = new NoticeProperties(notice, name);
    const timeoutSec = Math.min(Math.max(notice.timeoutSec, 1), limits.longestTimeoutSec);
    let delivery: Promise<Delivery> | undefined;
    const about = notice.ip === undefined || notice.ip === '' ? '' : ` about ${escapeControl(notice.ip)}`;
    const posted = this.#queue.post({
      key: keyOf(notice.jail, notice.action),
      label: `[${notice.jail}] ${notice.action}: ${kind} '${name}'${about}`,
      timeoutSec,
      // A program may have done its work before it failed, so it runs once unless the action says otherwise.
      retries: properties.number('retries', kind === 'exec' ? 0 : limits.retries, limits.mostRetries),
      mostWaiting: properties.number('queue', limits.queue, limits.longestQueue),
      attempt: async (signal) => {
        delivery ??= this.#prepare(kind, notice, properties, timeoutSec, extra, signal);
        await (await delivery)(signal);
      },
      onEnd: (reason) => notice.onEnd(reason),
    });
    if (!posted) notice.onEnd('too many notices wait');
  }

  async #prepare(
    kind: Exclude<NoticeKind, 'digest' | 'send-digest'>,
    notice: Notice,
    properties: NoticeProperties,
    timeoutSec: number,
    extra: ReadonlyMap<string, string>,
    signal: AbortSignal,
  ): Promise<Delivery> {
    const templates =
      kind === 'mail'
        ? mailTemplates(properties)
        : kind === 'http'
          ? httpTemplates(properties)
          : programTemplates(properties);
    const parts = { details: this.#details, names: this.#parts.names };
    const tags = await valuesFor(templates, notice, properties, parts, signal, extra);
    if (kind === 'http') return prepareHttp(properties, tags, timeoutSec, this.#courier);
    if (kind === 'mail') {
      const mail = prepareMail(properties, tags, timeoutSec, {
        runProgram: this.#runProgram,
        courier: this.#courier,
        nowSec: () => this.#parts.clock.nowSec(),
      });
      return async (each) => mail?.send(each);
    }
    const program = prepareProgram(kind, notice, properties, tags);
    return async (each) => {
      const result = await this.#runProgram({ ...program, timeoutSec, signal: each });
      const trouble = programTrouble(result, timeoutSec);
      if (trouble !== undefined) throw trouble;
    };
  }

  #gather(name: string, notice: Notice): void {
    const properties = new NoticeProperties(notice, name);
    const line = fillText(properties.own('line').replaceAll('\\t', '\t'), withTimes(notice, none), (value) =>
      oneLine(value),
    );
    const rules = {
      lines: Math.max(1, properties.number('lines', 5, 1000)),
      longestAgeSec: seconds(properties.either('maxbufferage')),
      shortestPauseSec: seconds(properties.either('minreportinterval')) ?? 0,
    };
    const key = digestKey(notice, name);
    this.#digests.add(key, line, rules, () => this.#sendDigest(name, notice));
    notice.onEnd(undefined);
  }

  #sendDigest(name: string, notice: Notice): void {
    const digest = this.#digests.take(digestKey(notice, name));
    if (digest === undefined) return;
    this.#enqueue('mail', name, { ...notice, ip: undefined }, digestTags(digest));
  }
}

function digestTags({ lines, leftOut }: Digest): ReadonlyMap<string, string> {
  const rest = leftOut === 0 ? [] : [`(${leftOut} more)`];
  return new Map([
    ['digest', [...lines, ...rest].join('\n')],
    ['digest-count', String(lines.length + leftOut)],
  ]);
}

function keyOf(jail: string, action: string): string {
  return `${jail}\0${action}`;
}

function digestKey({ jail, action }: Notice, name: string): string {
  return `${keyOf(jail, action)}\0${name}`;
}

function seconds(text: string): number | undefined {
  if (text === '') return undefined;
  try {
    return parseTimeSpan(text);
  } catch {
    return undefined;
  }
}
