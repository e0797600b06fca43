import { describeError, escapeControl, type PythonValue, WarderError } from '../base/index.ts';
import type { Decision } from '../track/index.ts';
import type { Action } from './action.ts';
import { callMethod, type MethodArguments } from './action-control.ts';
import { asCommands, createUsualAction } from './create-action.ts';
import { handWritten, mustBeMadeAnew } from './engines/index.ts';
import { type ActionStatus, Health, refusalOf } from './health.ts';
import type { JailEnforcerParts } from './jail-enforcer-parts.ts';
import { Lane } from './lane.ts';
import { changeAction } from './reconfigure.ts';
import { withTarpit } from './tarpit/index.ts';
import type { ActionSettings, BanHold, Outcome } from './types.ts';

const defaultMaxWaiting = 10_000;
const logger = 'fail2ban.actions';

/**
 * The actions of one jail: carries decisions out in the order of the actions, each action at its own pace behind the one
 * before it. What one action cannot do neither stops the others nor fails; it shows in `status` and in the log.
 */
export class JailEnforcer {
  readonly #parts: JailEnforcerParts;
  readonly #health: Health;
  /** Ids whose ban comes from the database. */
  readonly #restored = new Set<string>();
  #lanes: Lane[] = [];
  #running = false;
  /** One change of the configuration at a time. */
  #configuring: Promise<unknown> = Promise.resolve();

  constructor(parts: JailEnforcerParts) {
    this.#parts = parts;
    this.#health = new Health(parts.clock);
  }

  /**
   * Adds an action behind the others; while the jail runs it is started. Throws `DUPLICATE_ACTION`, or what the
   * creation throws (`ACTION_PYTHON`, `ACTION_TIMEOUT`).
   */
  async addAction(settings: ActionSettings): Promise<void> {
    const lane = this.#createLane(settings);
    this.#lanes.push(lane);
    if (this.#running) await this.#startLane(lane);
  }

  /** Ends the action's bans, stops it and forgets it. Throws `ACTION_UNKNOWN`. */
  async removeAction(name: string): Promise<void> {
    const lane = this.#lane(name);
    for (const decision of await lane.halt()) this.#passOn(lane, decision);
    await lane.exclusively(() => lane.held.endAll(true));
    await this.#stopLane(lane);
    this.#lanes = this.#lanes.filter((other) => other !== lane);
    this.#health.forget(name);
  }

  /**
   * Brings the actions to these settings: actions that are gone end their bans and stop; those that are new start and
   * take over the bans in force; those that changed run `actionreload`, or where they have none, stop and start with
   * the bans made again; nothing happens to the others. Returns what could not be done, which does not keep the rest
   * from being done.
   */
  configure(actions: readonly ActionSettings[]): Promise<readonly WarderError[]> {
    return this.#inTurn(() => this.#configureAll(actions.map((each) => asCommands(each, this.#parts.jail))));
  }

  /**
   * Looks whether actions could run with these settings, and changes nothing. Throws for the first that differs from
   * what is in use and could not (`ACTION_PYTHON`, `ACTION_TIMEOUT`).
   */
  check(actions: readonly ActionSettings[]): void {
    for (const given of actions) {
      const settings = asCommands(given, this.#parts.jail);
      const lane = this.#lanes.find((other) => other.action.name === settings.name);
      if (this.#health.isRefused(settings.name)) continue;
      if (lane === undefined || settings.pythonFile !== undefined) this.#createAction(settings);
      else if (!lane.action.properties.equals(settings.properties)) this.#createAction(settings);
    }
  }

  /**
   * Starts the actions that do not start on demand, after asking them which bans an earlier run left in force.
   * Decisions that came before are carried out now. `afterCrash`: the earlier run did not stop its actions, so those
   * that cannot say what they left clear it away first. Never rejects: an action that does not start is logged.
   */
  async start(options: { readonly afterCrash: boolean } = { afterCrash: false }): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    for (const lane of this.#lanes) {
      if (options.afterCrash && !lane.action.traits().adopts) {
        await lane.exclusively(() => lane.action.clearLeftovers());
      }
      await this.#startLane(lane);
    }
  }

  /**
   * Call once, after the decisions about restored bans were applied: when they are carried out, bans that an earlier
   * run left in force and that are over by now end.
   */
  settle(): void {
    for (const lane of this.#lanes) lane.compare(false);
  }

  /** Takes decisions to carry out, in order; returns at once. */
  apply(decisions: readonly Decision[]): void {
    for (const decision of decisions) {
      if (decision.kind === 'ban' && decision.origin === 'restore') this.#restored.add(decision.ban.id);
      else if (decision.kind === 'ban' || decision.kind === 'unban') this.#restored.delete(decision.ban.id);
      this.#lanes[0]?.push(decision);
    }
  }

  /** Settles when everything that was applied is carried out by all actions. */
  async idle(): Promise<void> {
    for (const lane of [...this.#lanes]) await lane.idle();
    if (this.#lanes.some((lane) => lane.waiting > 0) && this.#running) await this.idle();
  }

  /**
   * Ends the work: decisions that wait are dropped (all bans end, or stay in the database). `keepBans`: for a restart
   * or an upgrade; actions that can find their bans again (`actionlist`) leave them in force and are not stopped. All
   * others end their bans and stop in reverse order, as in fail2ban. Never rejects.
   */
  async stop(options: { readonly keepBans: boolean }): Promise<void> {
    if (!this.#running) return;
    this.#running = false;
    await Promise.all(this.#lanes.map((lane) => lane.halt()));
    const ending = this.#lanes.filter((lane) => !(options.keepBans && lane.action.traits().adopts));
    for (const lane of this.#lanes) if (!ending.includes(lane)) lane.action.leave?.();
    for (const lane of ending) await lane.exclusively(() => lane.held.endAll(true));
    for (const lane of ending.reverse()) await this.#stopLane(lane);
  }

  /** Names of the actions in their order. */
  actionNames(): readonly string[] {
    return this.#lanes.map((lane) => lane.action.name);
  }

  /** The properties that were set, and `timeout` in seconds. Throws `ACTION_UNKNOWN`. */
  properties(action: string): ReadonlyMap<string, PythonValue> {
    return this.#lane(action).action.properties.all();
  }

  /** Changes a property from the next command on; runs nothing. Throws `ACTION_UNKNOWN`, `ACTION_TIMEOUT`. */
  setProperty(action: string, property: string, value: PythonValue): void {
    const { action: found } = this.#lane(action);
    found.properties.set(property, value);
    const settings = handWritten(found, property);
    if (settings !== undefined) void this.#inTurn(() => this.#configureOne(settings));
  }

  /** Calls a method of an action by hand, see `actionMethods`. Throws `ACTION_UNKNOWN` and what `callMethod` throws. */
  call(action: string, method: string, args: MethodArguments): Promise<PythonValue> {
    const lane = this.#lane(action);
    return lane.exclusively(() => callMethod(this.#parts.jail, lane.action, method, args));
  }

  /** How the actions are. An empty list of problems means that all is well. */
  status(): readonly ActionStatus[] {
    return this.#lanes.map((lane) => lane.status(this.#health.problemOf(lane.action.name)));
  }

  /** How a ban stands in each action. */
  holds(id: string): Promise<readonly BanHold[]> {
    return Promise.all(this.#lanes.map((lane) => lane.holdOf(id)));
  }

  /** Problems of actions that were refused or of steps that failed last. */
  get isDegraded(): boolean {
    return this.#health.hasProblems;
  }

  /** What is wrong, in words, by action; also for actions that were refused. */
  problems(): ReadonlyMap<string, string> {
    return this.#health.problems();
  }

  #lane(name: string): Lane {
    const lane = this.#lanes.find((other) => other.action.name === name);
    if (lane !== undefined) return lane;
    throw new WarderError('ACTION_UNKNOWN', `Invalid Action name: ${name}`, {
      jail: this.#parts.jail,
      hint: `get ${this.#parts.jail} actions lists them`,
    });
  }

  #createLane(settings: ActionSettings): Lane {
    const { jail, logger: log, clock, bansInForce, maxWaiting } = this.#parts;
    if (this.#lanes.some((lane) => lane.action.name === settings.name)) {
      throw new WarderError('DUPLICATE_ACTION', `Action ${settings.name} already exists`, {
        jail,
        hint: 'give one of them another name: actname=…',
      });
    }
    const action = this.#createAction(settings);
    const lane: Lane = new Lane({
      jail,
      action,
      logger: log,
      clock,
      bansInForce,
      isRestored: (id) => this.#restored.has(id),
      onOutcome: (outcome) => this.#report(outcome),
      passOn: (decision) => this.#passOn(lane, decision),
      maxWaiting: Math.max(maxWaiting ?? defaultMaxWaiting, action.traits().batchLimit),
    });
    return lane;
  }

  #createAction(settings: ActionSettings): Action {
    const { createAction = createUsualAction, ...parts } = this.#parts;
    const index = (): number => this.#lanes.findIndex(({ action }) => action.name === settings.name);
    const rank = (): number => Math.max(index(), 0);
    const onLate = (outcome: Outcome): void => this.#report(outcome);
    const create = withTarpit(createAction, parts.tarpit);
    return create(settings, { ...parts, history: parts.history, rank, onLate });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const result = this.#configuring.then(change);
    this.#configuring = result.catch(() => undefined);
    return result;
  }

  async #configureAll(actions: readonly ActionSettings[]): Promise<readonly WarderError[]> {
    const problems: WarderError[] = [];
    const wanted = new Map(actions.map((settings) => [settings.name, settings]));
    this.#health.keepOnly([...wanted.keys()]);
    for (const lane of [...this.#lanes].reverse()) {
      if (!wanted.has(lane.action.name)) await this.removeAction(lane.action.name);
    }
    for (const settings of wanted.values()) {
      try {
        await this.#configureOne(settings);
        this.#health.accept(settings.name);
      } catch (error) {
        problems.push(this.#refuse(settings, error));
      }
    }
    const order = [...wanted.keys()];
    this.#lanes.sort((a, b) => order.indexOf(a.action.name) - order.indexOf(b.action.name));
    return problems;
  }

  async #configureOne(settings: ActionSettings): Promise<void> {
    const lane = this.#lanes.find((other) => other.action.name === settings.name);
    if (lane === undefined) {
      await this.addAction(settings);
      if (this.#running) this.#lane(settings.name).compare(true);
    } else if (mustBeMadeAnew(lane.action, settings, this.#parts)) {
      await this.removeAction(settings.name);
      await this.addAction(settings);
      if (this.#running) this.#lane(settings.name).compare(true);
    } else if (lane.action.properties.equals(settings.properties)) return;
    else if (this.#running) {
      await lane.exclusively(() =>
        changeAction(lane, settings.properties, (outcome) => this.#report(outcome)),
      );
    } else lane.action.properties.replace(settings.properties);
  }

  async #startLane(lane: Lane): Promise<void> {
    await lane.exclusively(async () => {
      await lane.held.adopt();
      this.#report(await lane.action.start());
    });
    lane.run();
  }

  async #stopLane(lane: Lane): Promise<void> {
    this.#report(await lane.exclusively(() => lane.action.stop()));
  }

  #passOn(lane: Lane, decision: Decision): void {
    this.#lanes[this.#lanes.indexOf(lane) + 1]?.push(decision);
  }

  #refuse(settings: ActionSettings, error: unknown): WarderError {
    const { jail } = this.#parts;
    const problem = refusalOf(settings.name, jail, error);
    const text = escapeControl(describeError(problem));
    if (this.#health.refuse(settings.name, text))
      this.#parts.logger.log('ERROR', logger, `[${jail}] ${text}`);
    return problem;
  }

  #report(outcome: Outcome): void {
    const { jail, logger: log, onOutcome } = this.#parts;
    this.#health.note(outcome);
    if (!outcome.ok && (outcome.step === 'start' || outcome.step === 'stop')) {
      const reason = escapeControl(outcome.reason ?? '');
      log.log(
        'ERROR',
        logger,
        `Failed to ${outcome.step} jail '${jail}' action '${outcome.action}': ${reason}`,
      );
    }
    onOutcome?.(outcome);
  }
}
