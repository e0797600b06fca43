import { Backoff, describeError, escapeControl } from '../../base/index.ts';
import type { Change, Engine, Failure } from './engine.ts';
import type { EngineServices } from './services.ts';
import { Wanted } from './wanted.ts';
import { Watch } from './watch/watch.ts';

export interface KeeperParts {
  readonly jail: string;
  /** Of the action. */
  readonly name: string;
  readonly services: EngineServices;
  /** Throws `NotServed`. */
  readonly createEngine: () => Engine;
  /** Told when a repair that nobody asked for failed, or went well after one that failed. */
  readonly onRepair: (failure: Failure | undefined, startedMs: number) => void;
}

const firstRetrySec = 1;
const longestRetrySec = 60;

/**
 * Keeps what is in force equal to what is wanted: by the changes it is told of, after changes by others, and after a tool
 * failed, then again and again with growing pauses. One thing at a time.
 */
export class Keeper {
  readonly wanted = new Wanted();
  readonly #parts: KeeperParts;
  readonly #retry = new Backoff(firstRetrySec, longestRetrySec);
  #engine: Engine | undefined;
  #watch: Watch | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  #failing = false;
  /** What is there is left as it is. */
  #atRest = false;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
  }

  /** The engine, once something was asked of it. */
  get engine(): Engine | undefined {
    return this.#engine;
  }

  /** Runs a task when those before it are done. */
  inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task, task);
    this.#tail = result.catch(() => undefined);
    return result;
  }

  /** Addresses that an earlier run left in force. */
  async list(): Promise<readonly string[]> {
    const engine = this.#ready();
    return engine instanceof Error ? [] : engine.list();
  }

  /** Carries a change of what is wanted out; where that fails, everything is looked at and brought to what is wanted. */
  async change(change: Change): Promise<Failure | undefined> {
    if (change.add.length + change.replace.length + change.remove.length === 0) return undefined;
    const engine = this.#ready();
    if (engine instanceof Error) return { error: engine.message };
    if (await engine.change(change, this.wanted)) return this.bringBack(true);
    this.#wentWell();
    return undefined;
  }

  /** Brings everything to what is wanted, and with `tell` says what was missing. */
  async bringBack(tell: boolean): Promise<Failure | undefined> {
    const engine = this.#ready();
    if (engine instanceof Error) return { error: engine.message };
    const { failure, missing } = await engine.sync(this.wanted);
    if (failure === undefined) {
      if (tell && missing.length > 0) {
        this.#log('WARNING', `somebody else took away ${missing.join(', ')}; everything is back`);
      }
      this.#wentWell();
    } else this.#wentWrong(failure);
    return failure;
  }

  /** A cheap look. */
  async looksBroken(): Promise<boolean> {
    if (this.#engine === undefined || this.wanted.size === 0) return false;
    return (await this.#engine.watching.glance?.(this.wanted)) ?? false;
  }

  /** Ends everything at once. */
  async flush(): Promise<Failure | undefined> {
    this.wanted.clear();
    if ((await this.#engine?.flush()) === undefined) return undefined;
    return this.bringBack(true);
  }

  /** Takes everything away, and looks after nothing any more. */
  async stop(): Promise<Failure | undefined> {
    const engine = this.#engine;
    this.rest();
    this.wanted.clear();
    this.#engine = undefined;
    return engine?.stop();
  }

  /** Leaves everything as it is, and looks after nothing any more. */
  rest(): void {
    this.#watch?.stop();
    this.#watch = undefined;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#failing = false;
    this.#atRest = true;
  }

  #ready(): Engine | Error {
    this.#atRest = false;
    try {
      this.#engine ??= this.#parts.createEngine();
      return this.#engine;
    } catch (error) {
      return error instanceof Error ? error : new Error(describeError(error));
    }
  }

  #wentWell(): void {
    this.#failing = false;
    this.#retry.reset();
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    const engine = this.#engine;
    if (this.#watch !== undefined || engine === undefined || this.wanted.size === 0) return;
    this.#watch = new Watch({
      engine,
      monitor: this.#parts.services.monitor,
      glance: () => this.inTurn(() => this.looksBroken()),
      repair: () => this.#repair(engine),
      renew: () => this.#renew(engine),
    });
    this.#watch.start();
  }

  /** Says so once, and tries again after a growing pause. */
  #wentWrong({ error }: Failure): void {
    if (!this.#failing && error.includes('is full')) this.#log('CRITICAL', error);
    this.#failing = true;
    if (this.#retryTimer !== undefined) return;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      if (this.#engine !== undefined) void this.#repair(this.#engine);
    }, this.#retry.nextSec() * 1000);
    this.#retryTimer.unref();
  }

  /** Nobody asked for it: others changed something, or a tool failed before. */
  #repair(engine: Engine): Promise<void> {
    return this.inTurn(async () => {
      if (engine !== this.#engine || this.#atRest) return;
      const startedMs = performance.now();
      const failed = this.#failing;
      const failure = await this.bringBack(true);
      if (failure === undefined && !failed) return;
      if (failure === undefined) this.#log('NOTICE', 'everything is in force again');
      else if (!failed) this.#log('ERROR', `bans cannot be brought back: ${failure.error}`);
      this.#parts.onRepair(failure, startedMs);
    });
  }

  async #renew(engine: Engine): Promise<void> {
    const addresses = new Set(engine.renewals());
    if (addresses.size === 0) return;
    await this.inTurn(async () => {
      const replace = [...this.wanted.elements().values()].filter(({ address }) => addresses.has(address));
      if (engine === this.#engine) await this.change({ add: [], replace, remove: [] });
    });
  }

  #log(level: 'NOTICE' | 'WARNING' | 'ERROR' | 'CRITICAL', message: string): void {
    const { jail, name, services } = this.#parts;
    services.logger.log(level, 'fail2ban.actions', `[${jail}] ${name}: ${escapeControl(message)}`);
  }
}
