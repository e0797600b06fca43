import { type Clock, escapeControl, type Logger, parseIp } from '../base/index.ts';
import type { Ban } from '../track/index.ts';
import type { Action, ActionTraits } from './action.ts';
import type { ActionProperties, CommandName } from './action-properties.ts';
import { addressOf } from './ban-tags.ts';
import { Environments } from './environments.ts';
import type { HostNames } from './host-names.ts';
import type { Notifier } from './notify/index.ts';
import { type CommandResult, ShellCommands } from './shell-commands.ts';
import type { ShellRunner } from './shell-runner.ts';
import type { ActionStep, BanHistory, BanItem, Family, JailFigures, Outcome } from './types.ts';

/** What a shell action needs of the jail and the daemon around it. */
export interface ShellActionParts {
  readonly jail: string;
  readonly name: string;
  readonly properties: ActionProperties;
  readonly runner: ShellRunner;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly names: HostNames;
  readonly figures: JailFigures;
  readonly history: BanHistory | undefined;
  readonly allowIpv6: () => boolean;
  /** Place in the jail's list of actions, from 0. */
  readonly rank: () => number;
  /** Without one, commands that send notices fail. */
  readonly notifier?: Notifier;
  /** Told of what became known after a step was over: how a notice ended. */
  readonly onLate?: (outcome: Outcome) => void;
}

const verbs = {
  ban: ['actionban', 'banning'],
  reban: ['actionreban', 'banning'],
  unban: ['actionunban', 'unbanning'],
  prolong: ['actionprolong', 'prolonging'],
} as const satisfies Partial<Record<ActionStep, readonly [CommandName, string]>>;

/** An action whose steps are shell commands. Behaviour: fail2ban's CommandAction (FACTS 18 to 21). */
export class ShellAction implements Action {
  readonly name: string;
  readonly properties: ActionProperties;
  readonly #parts: ShellActionParts;
  readonly #commands: ShellCommands;
  readonly #environments: Environments;

  constructor(parts: ShellActionParts) {
    this.name = parts.name;
    this.properties = parts.properties;
    this.#parts = parts;
    this.#commands = new ShellCommands({
      ...parts,
      onNotice: (command, item, reason) => this.#tellOfNotice(command, item, reason),
    });
    this.#environments = new Environments({ ...parts, commands: this.#commands });
  }

  traits(): ActionTraits {
    const { properties } = this;
    return {
      batchLimit: 1,
      skipsRestored: properties.flag('norestored') ?? false,
      prolongs: properties.has('actionprolong'),
      hasTimeouts: false,
      flushes: properties.has('actionflush'),
      holdsState: properties.has('actionunban'),
      adopts: properties.has('actionlist'),
    };
  }

  async adopt(): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const family of this.#environments.families()) {
      if ((await this.#list(family)).length === 0) continue;
      // Starting may rebuild what an older configuration left, so what counts is what is there afterwards.
      const started = await this.#environments.start([family]);
      if (!started.ok) continue;
      const found = await this.#list(family);
      if (found.length > 0) this.#environments.holdsBans(family);
      ids.push(...found);
    }
    return ids;
  }

  clearLeftovers(): Promise<void> {
    return this.#environments.clearLeftovers();
  }

  async start(): Promise<Outcome> {
    if (this.properties.startsOnDemand) return this.#outcome('start', { ok: true, durationMs: 0 });
    return this.#outcome('start', await this.#environments.start(this.#environments.families()));
  }

  ban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return inTurn(bans, (item) => this.#ban(item, 'ban'));
  }

  reban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return inTurn(bans, (item) => this.#ban(item, 'reban'));
  }

  unban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return inTurn(bans, async (item) => {
      const family = this.#environments.of(item);
      if (!this.#environments.mayHoldBans(family))
        return this.#outcome('unban', { ok: true, durationMs: 0 }, item);
      return this.#process('unban', item, family);
    });
  }

  prolong(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return inTurn(bans, (item) => this.#process('prolong', item, this.#environments.of(item)));
  }

  async flush(): Promise<Outcome> {
    return this.#outcome('flush', await this.#environments.flush());
  }

  async reload(): Promise<Outcome> {
    return this.#outcome('reload', await this.#environments.reload());
  }

  async check(mayRepair: boolean): Promise<Outcome> {
    return this.#outcome('check', await this.#environments.checkAll(mayRepair));
  }

  async stop(): Promise<Outcome> {
    return this.#outcome('stop', await this.#environments.stop());
  }

  lossesOf(ban: Ban): number {
    return this.#environments.lossesOf(this.#environments.of({ ban, restored: false }));
  }

  totalLosses(): number {
    return this.#environments.totalLosses;
  }

  async #ban(item: BanItem, step: 'ban' | 'reban'): Promise<Outcome> {
    const family = this.#environments.of(item);
    const onDemand = this.properties.startsOnDemand;
    if (!this.#environments.isStarted(family) && (onDemand || !this.#environments.hasFailedToStart(family))) {
      const started = await this.#environments.start(
        family === '' ? this.#environments.families() : [family],
      );
      if (!started.ok && onDemand) return this.#outcome(step, started, item);
    }
    const outcome = await this.#process(step, item, family);
    if (outcome.ok) this.#environments.holdsBans(family);
    return outcome;
  }

  /** Runs a ban's command; after a failure the environment is checked and repaired, then the command runs once more. */
  async #process(step: keyof typeof verbs, item: BanItem, family: Family): Promise<Outcome> {
    const command = step === 'reban' && !this.properties.has('actionreban') ? 'actionban' : verbs[step][0];
    const startedMs = performance.now();
    let result = await this.#commands.forBan(command, item);
    if (!result.ok) {
      const sane = await this.#environments.check(family, step === 'unban' ? 'unban' : 'repair');
      result = sane.ok ? await this.#commands.forBan(command, item) : { ...result, reason: sane.reason };
    }
    const failure = result.ok
      ? {}
      : { reason: result.reason ?? `Error ${verbs[step][1]} ${escapeControl(addressOf(item))}` };
    return this.#outcome(step, { ...result, ...failure, durationMs: performance.now() - startedMs }, item);
  }

  async #list(family: Family): Promise<readonly string[]> {
    const result = await this.#commands.output('actionlist', family);
    const lines = result.split('\n').map((line) => line.trim());
    return [...new Set(lines.filter((line) => line !== '').map((line) => parseIp(line)?.text ?? line))];
  }

  #outcome(step: ActionStep, result: CommandResult, item?: BanItem): Outcome {
    const { ok, durationMs, exitCode, reason, error, queued } = result;
    return {
      jail: this.#parts.jail,
      action: this.name,
      step,
      ...(item === undefined ? {} : { id: item.ban.id }),
      ok,
      ...(exitCode === undefined ? {} : { exitCode }),
      ...(queued ? { queued } : {}),
      durationMs,
      ...(ok || reason === undefined ? {} : { reason }),
      ...(ok || error === undefined ? {} : { error }),
    };
  }

  #tellOfNotice(command: CommandName, item: BanItem | undefined, error: string | undefined): void {
    const step = command.slice('action'.length) as ActionStep;
    const ok = error === undefined;
    const failure = ok ? {} : { reason: `Error sending a notice of ${step}`, error };
    this.#parts.onLate?.(this.#outcome(step, { ok, durationMs: 0, ...failure }, item));
  }
}

async function inTurn(
  bans: readonly BanItem[],
  each: (item: BanItem) => Promise<Outcome>,
): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const item of bans) outcomes.push(await each(item));
  return outcomes;
}
