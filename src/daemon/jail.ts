import { describeError, escapeControl, type PythonValue } from '../base/index.ts';
import type { JailStatus } from '../control/index.ts';
import type { Failure } from '../detect/index.ts';
import {
  type ActionSettings,
  type ActionStatus,
  IgnoreCommand,
  JailEnforcer,
  type JailFigures,
  type MethodArguments,
} from '../enforce/index.ts';
import { type Ban, type Decision, JailTracker, type TrackChanges, type UnbanResult } from '../track/index.ts';
import { checkFilter } from './check-rules.ts';
import type { PipelineParts } from './jail-parts.ts';
import type { JailSettings } from './jail-settings.ts';
import type { StateInJail } from './jail-state.ts';
import { filterSettings, ignoreCommandSettings, sourceSettings, trackSettings } from './stage-settings.ts';

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
      matchMemory: parts.matchMemory,
      ignoreCheck: (failure) => this.#ignoreCommand.ask(failure),
      onDecisions: (decisions) => this.#enforce(decisions),
      earlierBans: (id, overall) => memory.earlierBans(id, overall ? undefined : settings.name),
      ...(parts.onFound === undefined ? {} : { onFound: parts.onFound }),
      ...(parts.onIgnored === undefined ? {} : { onIgnored: parts.onIgnored }),
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
      engines: parts.engines,
      tarpit: parts.tarpit,
      notifier: parts.notifier,
      bansInForce: tracker.inForce,
      figures,
      ...(onOutcome === undefined ? {} : { onOutcome }),
    });
  }

  get settings(): Readonly<JailSettings> {
    return this.#settings;
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

  /**
   * Brings the running jail to other settings; throws, and changes nothing, when an action or a rule of them cannot be
   * used.
   */
  async apply(next: JailSettings): Promise<void> {
    this.#checkActions(next);
    await this.#parts.detection.updateJail(this.name, {
      filter: filterSettings(next),
      source: sourceSettings(next),
      idle: next.idle,
    });
    this.#settings = next;
    this.#tracker.update(trackSettings(next));
    await this.#configureActions();
  }

  /** Throws what would keep a jail with these settings from starting; nothing changes. */
  check(next: JailSettings): void {
    this.#checkActions(next);
    sourceSettings(next);
    checkFilter(filterSettings(next));
  }

  /** Ends the jail. `keepBans`: its bans stay in force for a restart, where the actions can find them again. */
  async stop(options: { readonly keepBans: boolean }): Promise<void> {
    const { name } = this;
    const { detection, memory } = this.#parts;
    const positions = await detection.removeJail(name);
    // Before the actions, which may take long: whoever ends us then loses nothing.
    memory.commit(
      positions.map((position) => ({ jail: name, position })),
      [name],
    );
    await this.#enforcer.stop(options);
    this.#tracker.stop({ unban: !options.keepBans });
    this.#ignoreCommand.stop();
    memory.commit([], [name]);
  }

  /** The last ban of an id that was not given to the database yet; null: it is to forget the id. */
  unsavedBan(id: string): Ban | null | undefined {
    return this.#tracker.unsavedBan(id);
  }

  get isUrgent(): boolean {
    return this.#tracker.isUrgent;
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

  bannedIds(): readonly string[] {
    return this.#tracker.inForce.ids();
  }

  /** Whether the id is banned, or lies in a network that is. */
  isBanned(id: string): boolean {
    return this.#tracker.inForce.holderOf(id) !== undefined;
  }

  /** The newest failure counted against an id, seconds since the epoch. */
  lastFailureSec(id: string): number | undefined {
    return this.#tracker.countOf(id)?.timeSec;
  }

  /** What the jail knows of an id. */
  async stateOf(id: string): Promise<StateInJail> {
    const ban = this.#tracker.inForce.holderOf(id);
    const holds = ban === undefined ? [] : await this.#enforcer.holds(ban.id);
    const settings = this.#settings;
    const verdict = this.#tracker.ignoreList.check(id);
    const ignoreEntry = this.#tracker.ignoreList.entryFor(id);
    const detection = this.#parts.detection.jailStatus(this.name);
    return { settings, ban, count: this.#tracker.countOf(id), verdict, ignoreEntry, detection, holds };
  }

  /** How its actions are. */
  actions(): readonly ActionStatus[] {
    return this.#enforcer.status();
  }

  status(): JailStatus {
    const {
      backend = '',
      suspendedRules = [],
      suspended = false,
    } = this.#parts.detection.jailStatus(this.name) ?? {};
    return {
      ...this.#tracker.status(),
      backend,
      ...(suspendedRules.length === 0 ? {} : { suspendedRules, isSuspended: suspended }),
    };
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
    await this.#enforcer.configure(this.#actionsOf(this.#settings));
  }

  #checkActions(next: JailSettings): void {
    this.#enforcer.check(this.#actionsOf(next));
  }

  #actionsOf({ actions, dryRun }: JailSettings): readonly ActionSettings[] {
    return this.#parts.observeOnly ? [] : Array.from(actions.values(), (action) => ({ ...action, dryRun }));
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
