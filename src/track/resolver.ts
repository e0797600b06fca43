import { type Clock, escapeControl, type Logger, parseIp } from '../base/index.ts';
import { isHostName } from './host-name.ts';
import { LookupProcess } from './lookup/lookup-process.ts';
import { mostAddresses, mostLookups } from './lookup/protocol.ts';
import { Turns } from './turns.ts';

/** Finds the addresses of a name, or rejects with an error that has a `code` such as `ENOTFOUND`. */
export type Lookup = (name: string) => Promise<readonly string[]>;

/** What bounds the lookups. */
export interface ResolverLimits {
  /** Lookups under way. Some of them are kept for names that hold up bans (those of ignore lists). */
  readonly maxActive: number;
  /** Names that wait for their turn; beyond that a name gets no answer just now, and the log says so. */
  readonly maxWaiting: number;
  readonly timeoutSec: number;
  /** How long an answer is kept, also that there is no such name. */
  readonly keepSec: number;
  /** How long it is kept that nobody answered. */
  readonly keepSilenceSec: number;
  readonly maxKept: number;
  /** Addresses of one name that are used. */
  readonly maxAddresses: number;
}

const defaultLimits: ResolverLimits = {
  maxActive: mostLookups,
  maxWaiting: 1000,
  timeoutSec: 5,
  keepSec: 300,
  keepSilenceSec: 15,
  maxKept: 1000,
  maxAddresses: mostAddresses,
};

/** What was found out about a name. */
export interface NameAnswer {
  /** Canonical, each once; empty without an answer, or if there is no such name. */
  readonly addresses: readonly string[];
  /** False: nobody answered, so it is worth asking again later. */
  readonly isFinal: boolean;
}

interface KeptAnswer {
  readonly answer: NameAnswer;
  readonly untilSec: number;
}

const noSuchName: NameAnswer = { addresses: [], isFinal: true };
const noAnswer: NameAnswer = { addresses: [], isFinal: false };

/** Host names to addresses: bounded in every way, remembered, and never an exception. One for all jails. */
export class Resolver {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lookup: Lookup;
  readonly #limits: ResolverLimits;
  readonly #turns: Turns;
  readonly #kept = new Map<string, KeptAnswer>();
  readonly #pending = new Map<string, Promise<NameAnswer>>();
  #generation = 0;
  #warnedAtSec = Number.NEGATIVE_INFINITY;

  /** Without a lookup of the caller's own, a process of its own is asked, which starts with the first name. */
  constructor(
    clock: Clock,
    logger: Logger,
    lookupName: Lookup = processLookup(clock, logger),
    limits: Partial<ResolverLimits> = {},
  ) {
    this.#clock = clock;
    this.#logger = logger;
    this.#lookup = lookupName;
    this.#limits = { ...defaultLimits, ...limits };
    const { maxActive, maxWaiting } = this.#limits;
    this.#turns = new Turns({ maxActive, reserved: Math.floor(maxActive / 4), maxWaiting });
  }

  /**
   * The canonical addresses of a name, at most `maxAddresses`. Empty if there are none, if the text is no host name,
   * or if it took too long; the log says why. Never rejects.
   */
  async resolve(name: string): Promise<readonly string[]> {
    return (await this.find(name)).addresses;
  }

  /**
   * As `resolve`, and says whether it is worth asking again. `urgent`: bans wait for the answer, so it goes before all
   * others. Never rejects.
   */
  find(name: string, options: { readonly urgent?: boolean } = {}): Promise<NameAnswer> {
    if (!isHostName(name)) return Promise.resolve(noSuchName);
    const key = name.toLowerCase();
    const kept = this.#keptAnswer(key);
    if (kept !== undefined) return Promise.resolve(kept);
    const pending = this.#pending.get(key);
    if (pending !== undefined) {
      if (options.urgent) this.#turns.hurry(key);
      return pending;
    }
    const turn = this.#turns.take(key, options.urgent ?? false);
    if (turn === undefined) {
      this.#warnOverflow(name);
      return Promise.resolve(noAnswer);
    }
    const answer = this.#ask(key, turn).finally(() => this.#pending.delete(key));
    this.#pending.set(key, answer);
    return answer;
  }

  /** Forgets every answer, also those under way (fail2ban does so at reload). */
  clear(): void {
    this.#kept.clear();
    this.#generation++;
  }

  #keptAnswer(name: string): NameAnswer | undefined {
    const kept = this.#kept.get(name);
    if (kept === undefined) return undefined;
    // A clock that was set back must not make an answer last longer.
    const leftSec = kept.untilSec - this.#clock.nowSec();
    return leftSec > 0 && leftSec <= this.#limits.keepSec ? kept.answer : undefined;
  }

  async #ask(name: string, turn: Promise<void>): Promise<NameAnswer> {
    await turn;
    const { timeoutSec } = this.#limits;
    return new Promise((resolve) => {
      const generation = this.#generation;
      const give = (answer: NameAnswer, reason: string | undefined): void => {
        if (reason !== undefined) this.#reportFailure(name, answer, reason);
        if (generation === this.#generation) this.#keep(name, answer);
        resolve(answer);
      };
      const cancel = this.#clock.after(timeoutSec, () =>
        give(noAnswer, `no answer within ${timeoutSec} seconds`),
      );
      // The turn is given on only when the lookup has really ended; an answer that comes late is kept for the next one.
      const done = (answer: NameAnswer, reason?: string): void => {
        cancel();
        this.#turns.giveBack();
        give(answer, reason);
      };
      Promise.resolve(name)
        .then(this.#lookup)
        .then(
          (found) => done(this.#answerOf(found)),
          (error) => done(isUnknown(error) ? noSuchName : noAnswer, reasonOf(error)),
        );
    });
  }

  #answerOf(found: readonly string[]): NameAnswer {
    const addresses = found.map((text) => parseIp(text)?.text).filter((text) => text !== undefined);
    return { addresses: [...new Set(addresses)].slice(0, this.#limits.maxAddresses), isFinal: true };
  }

  #keep(name: string, answer: NameAnswer): void {
    const { keepSec, keepSilenceSec, maxKept } = this.#limits;
    this.#kept.delete(name);
    for (const eldest of this.#kept.keys()) {
      if (this.#kept.size < maxKept) break;
      this.#kept.delete(eldest);
    }
    const ageSec = answer.isFinal ? keepSec : keepSilenceSec;
    this.#kept.set(name, { answer, untilSec: this.#clock.nowSec() + ageSec });
  }

  /** That nobody answers is said once for a name, although it is asked for again and again. */
  #reportFailure(name: string, answer: NameAnswer, reason: string): void {
    const before = this.#kept.get(name)?.answer;
    if (!answer.isFinal && before?.isFinal === false) return;
    this.#warn(`Unable to find a corresponding IP address for ${name}: ${reason}`);
  }

  #warnOverflow(name: string): void {
    const nowSec = this.#clock.nowSec();
    if (Math.abs(nowSec - this.#warnedAtSec) < 60) return;
    this.#warnedAtSec = nowSec;
    this.#warn(`Too many host names wait for their addresses; ${escapeControl(name)} and others wait longer`);
  }

  #warn(message: string): void {
    this.#logger.log('WARNING', 'fail2ban.ipdns', message);
  }
}

function processLookup(clock: Clock, logger: Logger): Lookup {
  const lookups = new LookupProcess({ clock, logger });
  return (name) => lookups.addressesOf(name);
}

function isUnknown(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTFOUND';
}

/** The words of Python's resolver for the common cases, since fail2ban's log shows them. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOTFOUND') return '[Errno -2] Name or service not known';
  if (code === 'EAI_AGAIN') return '[Errno -3] Temporary failure in name resolution';
  if (code === 'EAI_FAIL') return '[Errno -4] Non-recoverable failure in name resolution';
  return escapeControl(error instanceof Error ? error.message : String(error));
}
