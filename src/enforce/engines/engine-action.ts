import { Backoff, describeError, escapeControl } from '../../base/index.ts';
import type { Ban } from '../../track/index.ts';
import type { Action, ActionTraits } from '../action.ts';
import type { ActionProperties } from '../action-properties.ts';
import { addressOf } from '../ban-tags.ts';
import type { ActionStep, BanItem, Outcome } from '../types.ts';
import type { Change, Engine, Failure, SyncResult } from './engine.ts';
import { LeakReport } from './leak-report.ts';
import type { EngineServices } from './services.ts';
import { type Element, elementOf, leftElement, Wanted } from './wanted.ts';
import { Watch } from './watch/watch.ts';

export interface EngineActionParts {
  readonly jail: string;
  readonly name: string;
  readonly properties: ActionProperties;
  readonly services: EngineServices;
  /** Its name. */
  readonly engine: string;
  /** The engine as the properties want it now. Throws `NotServed`. */
  readonly createEngine: () => Engine;
  /** Told of what happens between the calls: a repair that failed, or went well. */
  readonly report: (outcome: Outcome) => void;
}

const logger = 'fail2ban.actions';
/** An engine takes everything that waits; a bound all the same, so that one batch takes a second and not a minute. */
const mostAtOnce = 65_536;
const verbs = { ban: 'banning', reban: 'banning', unban: 'unbanning', prolong: 'prolonging' } as const;

/** An action that an engine carries out: keeps what is to be in force, and sees to it that it is. */
export class EngineAction implements Action {
  readonly name: string;
  readonly engine: string;
  readonly properties: ActionProperties;
  readonly #parts: EngineActionParts;
  readonly #wanted = new Wanted();
  readonly #retry = new Backoff(1, 60);
  readonly #leaks: LeakReport;
  #engine: Engine | undefined;
  #watch: Watch | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #failing = false;

  constructor(parts: EngineActionParts) {
    this.name = parts.name;
    this.engine = parts.engine;
    this.properties = parts.properties;
    this.#parts = parts;
    this.#leaks = new LeakReport(parts);
  }

  traits(): ActionTraits {
    return {
      batchLimit: mostAtOnce,
      skipsRestored: this.properties.flag('norestored') ?? false,
      prolongs: true,
      hasTimeouts: true,
      flushes: true,
      holdsState: true,
      adopts: true,
    };
  }

  adopt(): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const engine = this.#ready();
      if (engine instanceof Error) return [];
      const ids: string[] = [];
      for (const address of await engine.list()) {
        const element = leftElement(address);
        if (element === undefined) continue;
        this.#wanted.set(element.address, element);
        ids.push(element.address);
      }
      return ids;
    });
  }

  async clearLeftovers(): Promise<void> {
    // Nothing to do: what an earlier run left is adopted.
  }

  start(): Promise<Outcome> {
    return this.#inTurn(async () => {
      const startedMs = performance.now();
      const onDemand = this.properties.startsOnDemand && this.#wanted.size === 0;
      const failure = onDemand ? undefined : await this.#bringBack(false);
      return this.#outcome('start', startedMs, failure, `Error starting action ${this.#place()}`);
    });
  }

  ban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#add(bans, 'ban');
  }

  reban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#add(bans, 'reban');
  }

  unban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#inTurn(async () => {
      const remove = bans.map(({ ban }) => this.#wanted.delete(ban.id)).filter((one) => one !== undefined);
      return this.#apply('unban', bans, { add: [], replace: [], remove });
    });
  }

  prolong(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#inTurn(() => {
      const replace = new Map<string, Element>();
      for (const item of bans) {
        const element = elementOf(item);
        if (element === undefined || this.#wanted.get(item.ban.id) === undefined) continue;
        this.#wanted.set(item.ban.id, element);
        replace.set(element.address, element);
      }
      return this.#apply('prolong', bans, { add: [], replace: [...replace.values()], remove: [] });
    });
  }

  flush(): Promise<Outcome> {
    return this.#inTurn(async () => {
      const startedMs = performance.now();
      this.#wanted.clear();
      const engine = this.#engine;
      let failure = engine === undefined ? undefined : await engine.flush();
      if (failure !== undefined) failure = await this.#bringBack(true);
      return this.#outcome('flush', startedMs, failure, `Error flushing action ${this.#place()}`);
    });
  }

  async reload(): Promise<Outcome> {
    return this.#outcome('reload', performance.now(), undefined, '');
  }

  check(mayRepair: boolean): Promise<Outcome> {
    return this.#inTurn(async () => {
      const startedMs = performance.now();
      const engine = this.#engine;
      let failure: Failure | undefined;
      if (engine !== undefined && this.#wanted.size > 0 && (await this.#looksBroken(engine))) {
        failure = mayRepair ? await this.#bringBack(true) : { error: 'something is missing' };
      }
      return this.#outcome('check', startedMs, failure, 'Unable to restore environment');
    });
  }

  stop(): Promise<Outcome> {
    return this.#inTurn(async () => {
      const startedMs = performance.now();
      const engine = this.#engine;
      this.#rest();
      this.#wanted.clear();
      this.#engine = undefined;
      const failure = engine === undefined ? undefined : await engine.stop();
      return this.#outcome('stop', startedMs, failure, `Error stopping action ${this.#place()}`);
    });
  }

  /** Leaves everything as it is in the kernel, and no longer looks after it. */
  leave(): void {
    this.#rest();
  }

  hitsGoOn(ban: Ban): Promise<void> {
    const engine = this.#engine;
    const element = this.#wanted.get(ban.id);
    if (engine === undefined || element === undefined) return Promise.resolve();
    return this.#leaks.tell(engine, element, ban.id);
  }

  /** What it holds is never lost for good: it is brought back from what is wanted. */
  lossesOf(_ban: Ban): number {
    return 0;
  }

  totalLosses(): number {
    return 0;
  }

  #add(bans: readonly BanItem[], step: 'ban' | 'reban'): Promise<readonly Outcome[]> {
    return this.#inTurn(() => {
      const add = new Map<string, Element>();
      const replace = new Map<string, Element>();
      for (const item of bans) {
        const element = elementOf(item);
        if (element === undefined) continue;
        const known = this.#wanted.set(item.ban.id, element);
        if ((known || step === 'reban') && !add.has(element.address)) replace.set(element.address, element);
        else add.set(element.address, element);
      }
      return this.#apply(step, bans, { add: [...add.values()], replace: [...replace.values()], remove: [] });
    });
  }

  /** Carries a change out; where that fails, everything is looked at and brought to what is wanted. */
  async #apply(
    step: keyof typeof verbs,
    bans: readonly BanItem[],
    change: Change,
  ): Promise<readonly Outcome[]> {
    const startedMs = performance.now();
    const { add, replace, remove } = change;
    let failure: Failure | undefined;
    if (add.length + replace.length + remove.length > 0) {
      const engine = this.#ready();
      if (engine instanceof Error) failure = { error: engine.message };
      else if (await engine.change(change, this.#wanted)) failure = await this.#bringBack(true);
      else this.#wentWell();
    }
    return bans.map((item) => {
      const what = `Error ${verbs[step]} ${escapeControl(addressOf(item))}`;
      const known = step === 'unban' || elementOf(item) !== undefined;
      const problem = known ? failure : { error: `not an address: ${escapeControl(addressOf(item))}` };
      return this.#outcome(step, startedMs, problem, what, item);
    });
  }

  /** Brings the kernel to what is wanted; says what was missing. */
  async #bringBack(tell: boolean): Promise<Failure | undefined> {
    const engine = this.#ready();
    if (engine instanceof Error) return { error: engine.message };
    const result: SyncResult = await engine.sync(this.#wanted);
    if (result.failure === undefined) {
      if (tell && result.missing.length > 0) this.#log('WARNING', `${missed(result)}; everything is back`);
      this.#wentWell();
      return undefined;
    }
    this.#wentWrong(result.failure);
    return result.failure;
  }

  #ready(): Engine | Error {
    try {
      this.#engine ??= this.#parts.createEngine();
      return this.#engine;
    } catch (error) {
      return error instanceof Error ? error : new Error(describeError(error));
    }
  }

  async #looksBroken(engine: Engine): Promise<boolean> {
    return (await engine.watching.glance?.(this.#wanted)) ?? false;
  }

  #wentWell(): void {
    this.#failing = false;
    this.#retry.reset();
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    const engine = this.#engine;
    if (this.#watch !== undefined || engine === undefined || this.#wanted.size === 0) return;
    this.#watch = new Watch({
      engine,
      monitor: this.#parts.services.monitor,
      glance: () => this.#inTurn(() => this.#looksBroken(engine)),
      repair: () => this.#repair(engine),
      renew: () => this.#renew(engine),
    });
    this.#watch.start();
  }

  /** Says so once, and tries again after a growing pause. */
  #wentWrong({ error }: Failure): void {
    if (!this.#failing && error.includes('is full')) this.#log('CRITICAL', escapeControl(error));
    this.#failing = true;
    if (this.#retryTimer !== undefined) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      if (this.#engine !== undefined) void this.#repair(this.#engine);
    }, this.#retry.nextSec() * 1000);
    this.#retryTimer.unref();
  }

  /** Between the calls: because of a change by others, or of a failure before. */
  #repair(engine: Engine): Promise<void> {
    return this.#inTurn(async () => {
      if (engine !== this.#engine) return;
      const startedMs = performance.now();
      const failed = this.#failing;
      const failure = await this.#bringBack(true);
      if (failure === undefined && !failed) return;
      if (failure === undefined) this.#log('NOTICE', 'everything is in force again');
      else if (!failed) this.#log('ERROR', `bans cannot be brought back: ${escapeControl(failure.error)}`);
      this.#parts.report(this.#outcome('repair', startedMs, failure, 'bans are not in force'));
    });
  }

  async #renew(engine: Engine): Promise<void> {
    const addresses = new Set(engine.renewals());
    if (addresses.size === 0) return;
    await this.#inTurn(async () => {
      const replace = [...this.#wanted.elements().values()].filter(({ address }) => addresses.has(address));
      if (engine === this.#engine) await engine.change({ add: [], replace, remove: [] }, this.#wanted);
    });
  }

  #rest(): void {
    this.#watch?.stop();
    this.#watch = undefined;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#failing = false;
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task, task);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #outcome(
    step: ActionStep,
    startedMs: number,
    failure: Failure | undefined,
    reason: string,
    item?: BanItem,
  ): Outcome {
    return {
      jail: this.#parts.jail,
      action: this.name,
      step,
      ...(item === undefined ? {} : { id: item.ban.id }),
      ok: failure === undefined,
      ...(failure?.exitCode === undefined ? {} : { exitCode: failure.exitCode }),
      durationMs: performance.now() - startedMs,
      ...(failure === undefined ? {} : { reason, error: escapeControl(failure.error) }),
    };
  }

  #place(): string {
    return `Jail('${this.#parts.jail}')/${this.name}`;
  }

  #log(level: 'NOTICE' | 'WARNING' | 'ERROR' | 'CRITICAL', message: string, named = true): void {
    const who = named ? `${this.name}: ` : '';
    this.#parts.services.logger.log(level, logger, `[${this.#parts.jail}] ${who}${message}`);
  }
}

function missed({ missing }: SyncResult): string {
  return `somebody else took away ${missing.join(', ')}`;
}
