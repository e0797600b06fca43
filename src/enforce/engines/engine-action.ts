import { escapeControl } from '../../base/index.ts';
import type { Ban } from '../../track/index.ts';
import type { Action, ActionTraits } from '../action.ts';
import type { ActionProperties } from '../action-properties.ts';
import { addressOf } from '../ban-tags.ts';
import type { ActionStep, BanItem, Outcome } from '../types.ts';
import type { Change, Engine, Failure } from './engine.ts';
import { Keeper } from './keeper.ts';
import { LeakReport } from './leak-report.ts';
import type { EngineServices } from './services.ts';
import { type Element, elementOf, leftElement } from './wanted.ts';

export interface EngineActionParts {
  readonly jail: string;
  readonly name: string;
  readonly properties: ActionProperties;
  readonly services: EngineServices;
  /** Its name. */
  readonly engine: string;
  /** Bans that it takes at once; absent: as many as wait. */
  readonly batchLimit?: number | undefined;
  /** The engine as the properties want it now. Throws `NotServed`. */
  readonly createEngine: () => Engine;
  /** Told of what happens between the calls: a repair that failed, or went well. */
  readonly report: (outcome: Outcome) => void;
}

/** An engine takes everything that waits; a bound all the same, so that one batch takes a second and not a minute. */
const mostAtOnce = 65_536;
const verbs = { ban: 'banning', reban: 'banning', unban: 'unbanning', prolong: 'prolonging' } as const;

/** An action that an engine carries out: keeps what is to be in force, and sees to it that it is. */
export class EngineAction implements Action {
  readonly name: string;
  readonly engine: string;
  readonly properties: ActionProperties;
  readonly #parts: EngineActionParts;
  readonly #keeper: Keeper;
  readonly #leaks: LeakReport;

  constructor(parts: EngineActionParts) {
    this.name = parts.name;
    this.engine = parts.engine;
    this.properties = parts.properties;
    this.#parts = parts;
    this.#leaks = new LeakReport(parts);
    this.#keeper = new Keeper({
      ...parts,
      onRepair: (failure, startedMs) =>
        parts.report(this.#outcome('repair', startedMs, failure, 'bans are not in force')),
    });
  }

  traits(): ActionTraits {
    return {
      batchLimit: this.#parts.batchLimit ?? mostAtOnce,
      skipsRestored: this.properties.flag('norestored') ?? false,
      prolongs: true,
      hasTimeouts: true,
      flushes: true,
      holdsState: true,
      adopts: true,
    };
  }

  adopt(): Promise<readonly string[]> {
    return this.#keeper.inTurn(async () => {
      const ids: string[] = [];
      for (const address of await this.#keeper.list()) {
        const element = leftElement(address);
        if (element === undefined) continue;
        this.#keeper.wanted.set(element.address, element);
        ids.push(element.address);
      }
      return ids;
    });
  }

  async clearLeftovers(): Promise<void> {
    // Nothing to do: what an earlier run left is adopted.
  }

  start(): Promise<Outcome> {
    return this.#step('start', `Error starting action ${this.#place}`, async () => {
      const onDemand = this.properties.startsOnDemand && this.#keeper.wanted.size === 0;
      return onDemand ? undefined : this.#keeper.bringBack(false);
    });
  }

  ban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#add(bans, 'ban');
  }

  reban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#add(bans, 'reban');
  }

  unban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#keeper.inTurn(async () => {
      const elements = bans.map(({ ban }) => this.#keeper.wanted.delete(ban.id));
      const remove = elements.filter((element) => element !== undefined);
      return this.#change('unban', bans, { add: [], replace: [], remove });
    });
  }

  prolong(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#keeper.inTurn(() => {
      const replace = new Map<string, Element>();
      for (const item of bans) {
        const element = elementOf(item);
        if (element === undefined || this.#keeper.wanted.get(item.ban.id) === undefined) continue;
        this.#keeper.wanted.set(item.ban.id, element);
        replace.set(element.address, element);
      }
      return this.#change('prolong', bans, { add: [], replace: [...replace.values()], remove: [] });
    });
  }

  flush(): Promise<Outcome> {
    return this.#step('flush', `Error flushing action ${this.#place}`, () => this.#keeper.flush());
  }

  async reload(): Promise<Outcome> {
    return this.#outcome('reload', performance.now(), undefined, '');
  }

  check(mayRepair: boolean): Promise<Outcome> {
    return this.#step('check', 'Unable to restore environment', async () => {
      if (!(await this.#keeper.looksBroken())) return undefined;
      return mayRepair ? this.#keeper.bringBack(true) : { error: 'something is missing' };
    });
  }

  stop(): Promise<Outcome> {
    return this.#step('stop', `Error stopping action ${this.#place}`, () => this.#keeper.stop());
  }

  leave(): void {
    this.#keeper.rest();
  }

  hitsGoOn(ban: Ban): Promise<void> {
    const { engine, wanted } = this.#keeper;
    const element = wanted.get(ban.id);
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
    return this.#keeper.inTurn(() => {
      const add = new Map<string, Element>();
      const replace = new Map<string, Element>();
      for (const item of bans) {
        const element = elementOf(item);
        if (element === undefined) continue;
        const known = this.#keeper.wanted.set(item.ban.id, element);
        const isNew = add.has(element.address) || !(known || step === 'reban');
        (isNew ? add : replace).set(element.address, element);
      }
      return this.#change(step, bans, { add: [...add.values()], replace: [...replace.values()], remove: [] });
    });
  }

  async #change(
    step: keyof typeof verbs,
    bans: readonly BanItem[],
    change: Change,
  ): Promise<readonly Outcome[]> {
    const startedMs = performance.now();
    const failure = await this.#keeper.change(change);
    return bans.map((item) => {
      const address = escapeControl(addressOf(item));
      const isUsable = step === 'unban' || elementOf(item) !== undefined;
      const problem = isUsable ? failure : { error: `not an address: ${address}` };
      return this.#outcome(step, startedMs, problem, `Error ${verbs[step]} ${address}`, item);
    });
  }

  #step(step: ActionStep, reason: string, task: () => Promise<Failure | undefined>): Promise<Outcome> {
    return this.#keeper.inTurn(async () => {
      const startedMs = performance.now();
      return this.#outcome(step, startedMs, await task(), reason);
    });
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

  get #place(): string {
    return `Jail('${this.#parts.jail}')/${this.name}`;
  }
}
