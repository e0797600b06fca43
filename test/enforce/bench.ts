import { ManualClock, MemoryLogger, type PythonValue, type WarderError } from '../../src/base/index.ts';
import {
  type ActionSettings,
  type CreateAction,
  type EngineServices,
  JailEnforcer,
  type Outcome,
  type ShellRunner,
} from '../../src/enforce/index.ts';
import type { Ban, UnbanReason } from '../../src/track/index.ts';
import { ban, FakeRunner, figures, testNames } from './harness.ts';

type ActionsByName = Readonly<Record<string, Readonly<Record<string, PythonValue>>>>;

export interface BenchOptions {
  readonly maxWaiting?: number;
  readonly createAction?: CreateAction;
  /** Makes what engines share; without it every action runs commands. */
  readonly createEngines?: (clock: ManualClock, logger: MemoryLogger) => EngineServices;
  /** In place of the one that runs nothing. */
  readonly runner?: ShellRunner;
}

export function settings(name: string, properties: Readonly<Record<string, PythonValue>>): ActionSettings {
  return { name, properties: new Map(Object.entries(properties)) };
}

/** An enforcer with a book of bans of its own and a runner that runs nothing. */
export class EnforcerBench {
  readonly runner = new FakeRunner();
  readonly logger = new MemoryLogger();
  readonly clock = new ManualClock();
  readonly outcomes: Outcome[] = [];
  readonly book = new Map<string, Ban>();
  readonly enforcer: JailEnforcer;

  constructor({ createEngines, ...options }: BenchOptions = {}) {
    this.enforcer = new JailEnforcer({
      jail: 'sshd',
      runner: this.runner,
      logger: this.logger,
      clock: this.clock,
      names: testNames,
      figures,
      bansInForce: {
        size: () => this.book.size,
        has: (id) => this.book.has(id),
        get: (id) => this.book.get(id),
        list: () => [...this.book.values()],
      },
      allowIpv6: () => true,
      onOutcome: (outcome) => this.outcomes.push(outcome),
      ...(createEngines === undefined ? {} : { engines: createEngines(this.clock, this.logger) }),
      ...options,
    });
  }

  /** With these actions, started. */
  static async start(
    actions: ActionsByName,
    prepare: (runner: FakeRunner) => void = () => undefined,
    options: BenchOptions = {},
  ): Promise<EnforcerBench> {
    const bench = new EnforcerBench(options);
    prepare(bench.runner);
    await bench.configure(actions);
    await bench.enforcer.start();
    return bench;
  }

  configure(actions: ActionsByName): Promise<readonly WarderError[]> {
    return this.enforcer.configure(
      Object.entries(actions).map(([name, properties]) => settings(name, properties)),
    );
  }

  async ban(...ids: string[]): Promise<void> {
    for (const id of ids) this.#enter(id, 'failure');
    await this.enforcer.idle();
  }

  async restore(...ids: string[]): Promise<void> {
    for (const id of ids) this.#enter(id, 'restore');
    await this.enforcer.idle();
  }

  async unban(reason: UnbanReason, ...ids: string[]): Promise<void> {
    const ended = ids.map((id) => this.book.get(id) ?? ban(id));
    for (const id of ids) this.book.delete(id);
    this.enforcer.apply(ended.map((each) => ({ kind: 'unban', ban: each, reason })));
    await this.enforcer.idle();
  }

  async recheck(id: string): Promise<void> {
    this.enforcer.apply([{ kind: 'recheck', ban: this.book.get(id) ?? ban(id) }]);
    await this.enforcer.idle();
  }

  /** The commands that begin with a word. */
  commands(word: string): string[] {
    return this.runner.scripts.filter((script) => script.startsWith(`${word} `));
  }

  /** Settles once a command began. */
  async untilRan(script: string): Promise<void> {
    while (!this.runner.scripts.includes(script)) await new Promise((resolve) => setImmediate(resolve));
  }

  #enter(id: string, origin: 'failure' | 'restore'): void {
    const made = ban(id, { timeSec: this.clock.nowSec() });
    this.book.set(id, made);
    this.enforcer.apply([{ kind: 'ban', ban: made, origin }]);
  }
}
