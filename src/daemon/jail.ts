import { type Clock, describeError, escapeControl, type Logger, type PythonValue } from '../base/index.ts';
import type { JailStatus } from '../control/index.ts';
import type { Failure } from '../detect/index.ts';
import {
  type BanHistory,
  type HostNames,
  IgnoreCommand,
  JailEnforcer,
  type JailFigures,
  type MethodArguments,
  type Outcome,
  type ShellRunner,
} from '../enforce/index.ts';
import type { Position } from '../source/index.ts';
import type { JailPosition } from '../state/index.ts';
import {
  type Ban,
  type Decision,
  type BanHistory as EarlierBans,
  JailTracker,
  type OwnAddresses,
  type Resolver,
  type TrackChanges,
  type TrackMemory,
  type UnbanResult,
} from '../track/index.ts';
import type { Detection } from './detection.ts';
import type { JailSettings } from './jail-settings.ts';
import { filterSettings, ignoreCommandSettings, sourceSettings, trackSettings } from './stage-settings.ts';

/** What a jail shares with the others. */
export interface PipelineParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly detection: Detection;
  readonly resolver: Resolver;
  readonly ownAddresses: OwnAddresses;
  readonly runner: ShellRunner;
  readonly names: HostNames;
  /** What shell commands find in their environment. */
  readonly actionEnvironment: Readonly<Record<string, string>>;
  readonly memory: JailMemory;
  readonly allowIpv6: () => boolean;
  /** Run no action. */
  readonly observeOnly: boolean;
  /** Told of decisions as they are made, before they are enforced (our own log is fed from here). */
  readonly onDecisions: (jail: string, decisions: readonly Decision[]) => void;
  /** Told of each failure that counts. */
  readonly onFound?: (failure: Failure) => void;
  readonly onOutcome?: (outcome: Outcome) => void;
  /** The kept bans and counts are there again; nothing was read yet. */
  readonly onRestored?: () => void;
}

/** The part of the database that jails use. */
export interface JailMemory {
  /**
   * What the jail knew when it last ran, where it was in its logs, and whether it was stopped then or crashed.
   */
  load(settings: JailSettings): {
    readonly memory: TrackMemory;
    readonly positions: readonly Position[];
    readonly afterCrash: boolean;
  };
  /** Something changed outside of a batch of the detection worker; it is committed soon. */
  changed(jail: string): void;
  /** Commits positions together with what changed in these jails. */
  commit(positions: readonly JailPosition[], jails: Iterable<string>): void;
  readonly history: BanHistory | undefined;
  /** Earlier bans of an id in a jail, or in all jails together, the newest ones included. Never throws. */
  earlierBans(id: string, jail: string | undefined): EarlierBans | undefined;
}

/**
 * One running jail: source → detect (both in the worker, behind `host`) → track → enforce.
 */
export class JailPipeline {
  readonly #parts: PipelineParts;
  readonly #tracker: JailTracker;
  readonly #enforcer: JailEnforcer;
  readonly #ignoreCommand: IgnoreCommand;
  #settings: JailSettings;

  constructor(settings: JailSettings, parts: PipelineParts) {
    const { clock, logger, runner, names, resolver, ownAddresses, memory, allowIpv6, onOutcome } = parts;
    this.#settings = settings;
    this.#parts = parts;
    this.#tracker = new JailTracker({
      settings: trackSettings(settings),
      clock,
      logger,
      resolver,
      ownAddresses,
      ignoreCheck: (failure) => this.#ignoreCommand.ask(failure),
      onDecisions: (decisions) => this.#enforce(decisions),
      earlierBans: (id, overall) => memory.earlierBans(id, overall ? undefined : settings.name),
      ...(parts.onFound === undefined ? {} : { onFound: parts.onFound }),
    });
    const tracker = this.#tracker;
    const figures: JailFigures = {
      banTimeSec: () => this.#settings.banTimeSec,
      banned: () => tracker.status().currentlyBanned,
      bannedTotal: () => tracker.status().totalBanned,
      found: () => tracker.status().currentlyFailed,
      foundTotal: () => tracker.status().totalFailed,
    };
    this.#ignoreCommand = new IgnoreCommand({
      jail: settings.name,
      clock,
      logger,
      names,
      figures,
      history: memory.history,
      environment: parts.actionEnvironment,
      settings: () => ignoreCommandSettings(this.#settings),
    });
    this.#enforcer = new JailEnforcer({
      jail: settings.name,
      runner,
      logger,
      clock,
      names,
      allowIpv6,
      history: memory.history,
      bansInForce: {
        size: () => tracker.status().currentlyBanned,
        has: (id) => tracker.isBanned(id),
        list: () => tracker.bans(),
      },
      figures,
      ...(onOutcome === undefined ? {} : { onOutcome }),
    });
  }

  get name(): string {
    return this.#settings.name;
  }

  /**
   * Compiles the rules (a broken one throws, and nothing has happened yet), brings the kept bans into force, and only then
   * begins to read.
   */
  async start(): Promise<void> {
    const { memory, positions, afterCrash } = this.#parts.memory.load(this.#settings);
    await this.#parts.detection.addJail({
      filter: filterSettings(this.#settings),
      source: sourceSettings(this.#settings),
      positions,
      idle: true,
    });
    await this.#configureActions();
    await this.#enforcer.start({ afterCrash });
    await this.#tracker.restore(memory);
    this.#enforcer.settle();
    this.#parts.onRestored?.();
    await this.#parts.detection.updateJail(this.name, { idle: this.#settings.idle });
  }

  /** Counts what the worker found; decisions follow. */
  observe(failures: readonly Failure[]): void {
    this.#tracker.observe(failures);
  }

  /** Brings the running jail to other settings; throws, and changes nothing, when the rules do not compile. */
  async apply(next: JailSettings): Promise<void> {
    await this.#parts.detection.updateJail(this.name, {
      filter: filterSettings(next),
      source: sourceSettings(next),
      idle: next.idle,
    });
    this.#settings = next;
    this.#tracker.update(trackSettings(next));
    await this.#configureActions();
  }

  /** Ends the jail. `keepBans`: its bans stay in force for a restart, where the actions can find them again. */
  async stop(options: { readonly keepBans: boolean }): Promise<void> {
    const positions = await this.#parts.detection.removeJail(this.name);
    await this.#enforcer.stop(options);
    this.#tracker.stop({ unban: !options.keepBans });
    this.#ignoreCommand.stop();
    const { name } = this;
    this.#parts.memory.commit(
      positions.map((position) => ({ jail: name, position })),
      [name],
    );
  }

  /** The last ban of an id that was not given to the database yet; null: it is to forget the id. */
  unsavedBan(id: string): Ban | null | undefined {
    return this.#tracker.unsavedBan(id);
  }

  takeChanges(): TrackChanges {
    return this.#tracker.takeChanges();
  }

  snapshot(): TrackChanges {
    return this.#tracker.snapshot();
  }

  ban(ids: readonly string[]): number {
    const count = this.#tracker.ban(ids);
    this.#parts.memory.changed(this.name);
    return count;
  }

  async unban(ids: readonly string[]): Promise<UnbanResult> {
    const result = await this.#tracker.unban(ids);
    this.#parts.memory.changed(this.name);
    await this.#enforcer.idle();
    return result;
  }

  async unbanAll(): Promise<number> {
    const count = this.#tracker.unbanAll();
    this.#parts.memory.changed(this.name);
    await this.#enforcer.idle();
    return count;
  }

  attempt(id: string, lines: readonly string[]): number {
    this.#tracker.attempt(id, lines);
    this.#parts.memory.changed(this.name);
    return 1;
  }

  bans(): readonly Ban[] {
    return this.#tracker.bans();
  }

  isBanned(id: string): boolean {
    return this.#tracker.isBanned(id);
  }

  /** The newest failure counted against an id, seconds since the epoch. */
  lastFailureSec(id: string): number | undefined {
    return this.#tracker.countOf(id)?.timeSec;
  }

  status(): JailStatus {
    return { ...this.#tracker.status(), backend: this.#parts.detection.backendOf(this.name) };
  }

  /** Files that are being read. */
  files(): readonly string[] {
    return this.#parts.detection.filesOf(this.name);
  }

  /** Actions in trouble, in words, by their name. */
  problems(): ReadonlyMap<string, string> {
    return this.#enforcer.problems();
  }

  /** Whether the action runs; one that was refused does not. */
  hasAction(action: string): boolean {
    return this.#enforcer.actionNames().includes(action);
  }

  actionProperties(action: string): ReadonlyMap<string, PythonValue> {
    return this.#enforcer.properties(action);
  }

  setActionProperty(action: string, property: string, value: PythonValue): void {
    this.#enforcer.setProperty(action, property, value);
  }

  callAction(action: string, method: string, args: MethodArguments): Promise<PythonValue> {
    return this.#enforcer.call(action, method, args);
  }

  /** Settles when all decisions so far were carried out. */
  idle(): Promise<void> {
    return this.#enforcer.idle();
  }

  async #configureActions(): Promise<void> {
    const { observeOnly } = this.#parts;
    await this.#enforcer.configure(observeOnly ? [] : [...this.#settings.actions.values()]);
  }

  #enforce(decisions: readonly Decision[]): void {
    try {
      this.#parts.onDecisions(this.name, decisions);
    } catch (error) {
      this.#parts.logger.log(
        'ERROR',
        'fail2ban.jail',
        escapeControl(`[${this.name}] ${describeError(error)}`),
      );
    }
    this.#enforcer.apply(decisions);
    this.#parts.memory.changed(this.name);
  }
}
