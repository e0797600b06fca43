import { posix } from 'node:path';
import { escapeControl, type Logger, type LogLevel, parseIp, pythonStr } from '../../base/index.ts';
import type { Action, ActionTraits } from '../action.ts';
import type { ActionProperties } from '../action-properties.ts';
import { addressOf } from '../ban-tags.ts';
import type { StopPatience } from '../stop-patience.ts';
import type { ActionSettings, ActionStep, BanItem, Outcome } from '../types.ts';
import type { ActionEvent, BanEvent, HookName } from './protocol.ts';
import { ScriptProcess, type ScriptResult } from './script-process.ts';
import type { StartScript } from './start-helper.ts';
import { readTrustedSource } from './trusted-source.ts';

export interface ScriptActionParts {
  readonly jail: string;
  readonly name: string;
  /** Absolute. */
  readonly file: string;
  /** Its text. */
  readonly source: string;
  readonly properties: ActionProperties;
  readonly logger: Logger;
  /** How long a stop of the daemon waits for hooks; without it as long as ever. */
  readonly patience?: StopPatience;
  readonly start?: StartScript;
  readonly idleMs?: number;
}

const verbs = { ban: 'banning', reban: 'banning', unban: 'unbanning' } as const;

/** An action whose steps are the hooks of a JavaScript module. */
export class ScriptAction implements Action {
  readonly name: string;
  readonly properties: ActionProperties;
  readonly #parts: ScriptActionParts;
  readonly #process: ScriptProcess;

  constructor(parts: ScriptActionParts) {
    this.name = parts.name;
    this.properties = parts.properties;
    this.#parts = parts;
    this.#process = new ScriptProcess({
      ...parts,
      onSaid: (text) =>
        this.#log('INFO', text === undefined ? 'says more, which is left out' : `says: ${text}`),
      onLost: (reason) => this.#log('WARNING', `its process ended between two calls: ${reason}`),
    });
  }

  traits(): ActionTraits {
    const module = this.#process.module;
    const has = (hook: HookName): boolean => module?.hooks.includes(hook) ?? false;
    return {
      batchLimit: 1,
      skipsRestored: this.properties.flag('norestored') ?? module?.norestored ?? false,
      prolongs: false,
      hasTimeouts: false,
      flushes: has('flush'),
      holdsState: has('unban'),
      adopts: false,
    };
  }

  /** Whether it may stay as it is with these settings: the same file with the same text, and the same arguments. */
  serves(settings: ActionSettings): boolean {
    const { file, jail, source } = this.#parts;
    if (settings.pythonFile === undefined || posix.resolve(settings.pythonFile) !== file) return false;
    if (!this.properties.equals(settings.properties)) return false;
    try {
      return readTrustedSource(file, jail) === source;
    } catch {
      // Making it anew tells why that cannot be.
      return false;
    }
  }

  async adopt(): Promise<readonly string[]> {
    return [];
  }

  /** What an earlier run left can be taken away only as a whole. */
  async clearLeftovers(): Promise<void> {
    await this.#call('flush', this.#event(), 'flush', 'Error flushing');
  }

  start(): Promise<Outcome> {
    return this.#call('start', this.#event(), 'start', `Error starting action ${this.#place}`);
  }

  ban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#each(bans, 'ban', 'ban');
  }

  reban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#each(bans, 'ban', 'reban');
  }

  unban(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return this.#each(bans, 'unban', 'unban');
  }

  /** Never asked for: see `traits`. */
  async prolong(bans: readonly BanItem[]): Promise<readonly Outcome[]> {
    return bans.map((item) => this.#done('prolong', item));
  }

  flush(): Promise<Outcome> {
    return this.#call('flush', this.#event(), 'flush', `Error flushing action ${this.#place}`);
  }

  async reload(): Promise<Outcome> {
    return this.#done('reload');
  }

  async check(): Promise<Outcome> {
    return this.#done('check');
  }

  async stop(): Promise<Outcome> {
    const outcome = await this.#call('stop', this.#event(), 'stop', `Error stopping action ${this.#place}`);
    this.#process.stop();
    return outcome;
  }

  leave(): void {
    this.#process.stop();
  }

  lossesOf(): number {
    return 0;
  }

  totalLosses(): number {
    return 0;
  }

  async #each(
    bans: readonly BanItem[],
    hook: HookName,
    step: keyof typeof verbs,
  ): Promise<readonly Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const item of bans) {
      const reason = `Error ${verbs[step]} ${escapeControl(addressOf(item))}`;
      outcomes.push(await this.#call(hook, this.#banEvent(item), step, reason, item));
    }
    return outcomes;
  }

  async #call(
    hook: HookName,
    event: ActionEvent,
    step: ActionStep,
    reason: string,
    item?: BanItem,
  ): Promise<Outcome> {
    const { durationMs, ok, error = '' } = await this.#run(hook, event);
    const done = { ...this.#done(step, item), durationMs };
    if (ok) return done;
    const text = escapeControl(error);
    this.#log('ERROR', `${step} failed: ${text}`);
    return { ...done, ok, reason, error: text };
  }

  async #run(hook: HookName, event: ActionEvent): Promise<ScriptResult> {
    const call = (timeoutSec: number, signal: AbortSignal): Promise<ScriptResult> =>
      this.#process.call(hook, event, { timeoutMs: timeoutSec * 1000, signal });
    // Node's timers know no longer time than this.
    const timeoutSec = Math.max(0.001, Math.min(this.properties.timeoutSec, 2_000_000));
    const { patience } = this.#parts;
    if (patience === undefined) return call(timeoutSec, new AbortController().signal);
    const ran = await patience.run(this, timeoutSec, call);
    return ran ?? { ok: false, timedOut: false, durationMs: 0, error: 'not run, since the server stops' };
  }

  #event(): ActionEvent {
    const params = [...this.properties.all()].map(([name, value]) => [name, pythonStr(value)]);
    return { jail: this.#parts.jail, action: this.name, params: Object.fromEntries(params) };
  }

  #banEvent(item: BanItem): BanEvent {
    const { ban, restored } = item;
    const { id, matches, fields, failures } = ban;
    return {
      ...this.#event(),
      id,
      ip: parseIp(addressOf(item))?.text ?? null,
      time: ban.timeSec,
      bantime: ban.banTimeSec,
      bancount: ban.banCount,
      failures,
      matches,
      fields,
      restored,
    };
  }

  #done(step: ActionStep, item?: BanItem): Outcome {
    return {
      jail: this.#parts.jail,
      action: this.name,
      step,
      ...(item === undefined ? {} : { id: item.ban.id }),
      ok: true,
      durationMs: 0,
    };
  }

  get #place(): string {
    return `Jail('${this.#parts.jail}')/${this.name}`;
  }

  #log(level: LogLevel, text: string): void {
    const { jail, logger } = this.#parts;
    logger.log(level, 'fail2ban.actions', `[${jail}] action '${this.name}': ${escapeControl(text)}`);
  }
}
