import { ManualClock, MemoryLogger, type PythonValue } from '../../src/base/index.ts';
import {
  type Action,
  type BanHistory,
  type BanItem,
  createShellAction,
  HostNames,
  type JailFigures,
  type RunOptions,
  type ShellCommand,
  type ShellResult,
  type ShellRunner,
} from '../../src/enforce/index.ts';
import type { Ban } from '../../src/track/index.ts';

/** A runner that runs nothing: notes each command and answers as it is told. */
export class FakeRunner implements ShellRunner {
  readonly ran: (ShellCommand & RunOptions)[] = [];
  /** Exit code for a script; 0 by default. */
  exitCode: (script: string) => number = () => 0;
  /** What a script prints. */
  output: (script: string) => string = () => '';
  /** Called when a command begins; a promise holds it up. */
  onRun: (script: string) => Promise<void> | void = () => undefined;

  get scripts(): string[] {
    return this.ran.map(({ script }) => script);
  }

  /** The scripts since the last call. */
  take(): string[] {
    return this.ran.splice(0).map(({ script }) => script);
  }

  async run(command: ShellCommand, options: RunOptions): Promise<ShellResult> {
    this.ran.push({ ...command, ...options });
    await this.onRun(command.script);
    const returnCode = this.exitCode(command.script);
    return {
      ok: returnCode === 0,
      returnCode,
      timedOut: false,
      stdout: this.output(command.script),
      stderr: returnCode === 0 ? '' : 'tool says no',
      pid: 1,
      durationMs: 1,
    };
  }
}

export const figures: JailFigures = {
  banTimeSec: () => 600,
  banned: () => 3,
  bannedTotal: () => 30,
  found: () => 5,
  foundTotal: () => 50,
};

export function ban(id: string, rest: Partial<Ban> = {}): Ban {
  return {
    jail: 'sshd',
    id,
    timeSec: 1_700_000_000,
    banTimeSec: 600,
    banCount: 1,
    failures: 5,
    matches: [],
    fields: {},
    ...rest,
  };
}

export function item(id: string, rest: Partial<Ban> = {}, restored = false): BanItem {
  return { ban: ban(id, rest), restored };
}

export interface TestAction {
  readonly action: Action;
  readonly runner: FakeRunner;
  readonly logger: MemoryLogger;
  readonly clock: ManualClock;
}

export interface TestActionOptions {
  readonly history?: BanHistory;
  readonly names?: HostNames;
  readonly allowIpv6?: boolean;
  readonly runner?: FakeRunner;
}

/** Names that nobody is asked for. */
export const testNames = new HostNames({
  source: {
    reverse: async (ip) => (ip === '192.0.2.1' ? ['host.example.org'] : []),
    shortName: () => 'here',
    fullName: async () => 'here.example.org',
  },
});

/** A shell action of a jail `sshd` whose commands run nothing. */
export function testAction(
  properties: Readonly<Record<string, PythonValue>>,
  options: TestActionOptions = {},
): TestAction {
  const runner = options.runner ?? new FakeRunner();
  const logger = new MemoryLogger();
  const clock = new ManualClock();
  const action = createShellAction(
    { name: 'act', properties: new Map(Object.entries(properties)) },
    {
      jail: 'sshd',
      runner,
      logger,
      clock,
      names: options.names ?? testNames,
      figures,
      history: options.history,
      allowIpv6: () => options.allowIpv6 ?? true,
      rank: () => 0,
    },
  );
  return { action, runner, logger, clock };
}
