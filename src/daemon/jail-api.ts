import { type PythonValue, parseIp, WarderError } from '../base/index.ts';
import type {
  ActionApi,
  BanInForce,
  JailApi,
  JailOptions,
  JailStatus,
  PythonAction,
} from '../control/index.ts';
import { resolveBackend } from './backend.ts';
import { createIncrement } from './increment.ts';
import type { JailPipeline } from './jail.ts';
import { JailActionApi } from './jail-action-api.ts';
import { type JailSettings, newJailSettings } from './jail-settings.ts';
import { withJournalMatch, withoutJournalMatch } from './journal-match.ts';

const nothingYet = { currentlyFailed: 0, totalFailed: 0, currentlyBanned: 0, totalBanned: 0 };

/**
 * One jail as commands see it: its settings, or the draft of them while a reload rewrites it, and its pipeline once
 * it is started.
 */
export class ManagedJail implements JailApi {
  readonly name: string;
  #settings: JailSettings;
  #draft: JailSettings | undefined;
  #pipeline: JailPipeline | undefined;
  readonly #createPipeline: (settings: JailSettings) => JailPipeline;

  constructor(name: string, backend: string, createPipeline: (settings: JailSettings) => JailPipeline) {
    this.name = name;
    this.#settings = newJailSettings(name, backend);
    this.#createPipeline = createPipeline;
  }

  get backend(): string {
    return this.#settings.backend;
  }

  /** Undefined until the jail was started. */
  get pipeline(): JailPipeline | undefined {
    return this.#pipeline;
  }

  /** From now on commands fill new settings; the running jail keeps the old ones until `start`. */
  beginDraft(backend = this.backend): void {
    this.#draft = newJailSettings(this.name, backend);
  }

  /** Whether the draft asks for another backend, for which a jail is stopped and started, as by fail2ban. */
  get changesBackend(): boolean {
    return this.#draft !== undefined && this.#draft.backend !== this.backend;
  }

  /** Forgets what was drafted; the jail goes on as it was. */
  dropDraft(): void {
    this.#draft = undefined;
  }

  get hasDraft(): boolean {
    return this.#draft !== undefined;
  }

  /** `start`: starts the pipeline, or brings the running one to the drafted settings. */
  async start(): Promise<void> {
    const next = this.#draft ?? this.#settings;
    next.idle = false;
    if (this.#pipeline === undefined) {
      const pipeline = this.#createPipeline(next);
      await pipeline.start();
      this.#pipeline = pipeline;
    } else {
      await this.#pipeline.apply(next);
    }
    this.#settings = next;
    this.#draft = undefined;
  }

  /**
   * Stops the jail and starts it with the drafted settings. Its bans stay in force meanwhile where the actions can find them
   * again. Throws, and changes nothing, for settings that cannot be used; what shows only at the start throws as
   * well, and the jail is started again as it was.
   *
   * @param stop ends a pipeline and forgets it.
   */
  async restart(stop: (pipeline: JailPipeline) => Promise<void>): Promise<void> {
    const next = this.#draft ?? this.#settings;
    this.#running().check(next);
    await stop(this.#running());
    this.#pipeline = undefined;
    try {
      await this.start();
    } catch (error) {
      this.#draft = undefined;
      await this.start();
      throw error;
    }
  }

  /** Its detection stopped itself. */
  wentIdle(): void {
    this.#settings.idle = true;
  }

  option<K extends keyof JailOptions>(option: K): JailOptions[K] {
    return this.#current[option];
  }

  async setOptions(values: Partial<JailOptions>): Promise<void> {
    await this.#change(values);
  }

  banTimeExtra(name: string): PythonValue | undefined {
    return this.#current.banTimeExtra.get(name);
  }

  async setBanTimeExtra(name: string, value: PythonValue | undefined): Promise<void> {
    const banTimeExtra = new Map(this.#current.banTimeExtra);
    if (value === undefined) banTimeExtra.delete(name);
    else banTimeExtra.set(name, value);
    createIncrement(banTimeExtra);
    await this.#change({ banTimeExtra });
  }

  failRegex(): readonly string[] {
    return this.#current.failRegex;
  }

  async addFailRegex(regexes: readonly string[]): Promise<void> {
    await this.#change({ failRegex: [...this.#current.failRegex, ...regexes] });
  }

  async deleteFailRegex(index: number): Promise<void> {
    await this.#change({ failRegex: without(this.#current.failRegex, index) });
  }

  ignoreRegex(): readonly string[] {
    return this.#current.ignoreRegex;
  }

  async addIgnoreRegex(regexes: readonly string[]): Promise<void> {
    await this.#change({ ignoreRegex: [...this.#current.ignoreRegex, ...regexes] });
  }

  async deleteIgnoreRegex(index: number): Promise<void> {
    await this.#change({ ignoreRegex: without(this.#current.ignoreRegex, index) });
  }

  ignoreIp(): readonly string[] {
    return this.#current.ignoreIp;
  }

  async addIgnoreIp(entry: string): Promise<void> {
    const canonical = parseIp(entry)?.text ?? entry;
    if (canonical === '' || this.#current.ignoreIp.includes(canonical)) return;
    await this.#change({ ignoreIp: [...this.#current.ignoreIp, canonical] });
  }

  async deleteIgnoreIp(entry: string): Promise<void> {
    const canonical = parseIp(entry)?.text ?? entry;
    if (!this.#current.ignoreIp.includes(canonical)) {
      throw new WarderError('IGNOREIP_UNKNOWN', `${canonical} is not in the ignore list`, {
        jail: this.name,
      });
    }
    await this.#change({ ignoreIp: this.#current.ignoreIp.filter((other) => other !== canonical) });
  }

  logPaths(): readonly string[] {
    return this.#pipeline?.files() ?? this.#current.logPaths.map((path) => path.pattern);
  }

  async addLogPath(path: string, tail: boolean): Promise<void> {
    const others = this.#current.logPaths.filter((other) => other.pattern !== path);
    await this.#change({ logPaths: [...others, { pattern: path, tail }] });
  }

  async deleteLogPath(path: string): Promise<void> {
    await this.#change({ logPaths: this.#current.logPaths.filter((other) => other.pattern !== path) });
  }

  journalMatch(): readonly (readonly string[])[] {
    return this.#current.journalMatch;
  }

  async addJournalMatch(words: readonly string[]): Promise<void> {
    if (!this.#readsJournal) return;
    await this.#change({ journalMatch: withJournalMatch(this.#current.journalMatch, words, this.name) });
  }

  async deleteJournalMatch(words: readonly string[]): Promise<void> {
    if (!this.#readsJournal) return;
    await this.#change({ journalMatch: withoutJournalMatch(this.#current.journalMatch, words, this.name) });
  }

  actionNames(): readonly string[] {
    return [...this.#current.actions.keys()];
  }

  action(name: string): ActionApi {
    const action = this.#current.actions.get(name);
    if (action === undefined) {
      throw new WarderError('ACTION_UNKNOWN', `Invalid Action name: ${name}`, { jail: this.name });
    }
    const live = this.#draft === undefined && this.#pipeline?.hasAction(name) ? this.#pipeline : undefined;
    return new JailActionApi(action, live);
  }

  async addAction(name: string, python?: PythonAction): Promise<void> {
    if (this.#current.actions.has(name)) {
      throw new WarderError('DUPLICATE_ACTION', `Action ${name} already exists`, { jail: this.name });
    }
    const actions = new Map(this.#current.actions).set(name, {
      name,
      properties: new Map(Object.entries(python?.args ?? {}).map(([key, value]) => [key, String(value)])),
      ...(python === undefined ? {} : { pythonFile: python.file }),
    });
    await this.#change({ actions });
  }

  async deleteAction(name: string): Promise<void> {
    this.action(name);
    const actions = new Map(this.#current.actions);
    actions.delete(name);
    await this.#change({ actions });
  }

  status(): JailStatus {
    return this.#pipeline?.status() ?? { backend: this.backend, ...nothingYet };
  }

  bans(): readonly BanInForce[] {
    return this.#pipeline?.bans() ?? [];
  }

  bannedIds(): readonly string[] {
    return this.#pipeline?.bannedIds() ?? [];
  }

  isBanned(id: string): boolean {
    return this.#pipeline?.isBanned(id) ?? false;
  }

  async ban(ids: readonly string[]): Promise<number> {
    return this.#running().ban(ids);
  }

  async unban(
    ids: readonly string[],
  ): Promise<{ readonly ended: number; readonly absent: readonly string[] }> {
    return this.#running().unban(ids);
  }

  /** Ends every ban of the jail; none where it was never started. */
  async unbanAll(): Promise<number> {
    return (await this.#pipeline?.unbanAll()) ?? 0;
  }

  async attempt(id: string, lines: readonly string[]): Promise<number> {
    return this.#running().attempt(id, lines);
  }

  /** Matches for the journal mean nothing to a jail that reads files, as for fail2ban. */
  get #readsJournal(): boolean {
    return resolveBackend(this.name, this.backend).name === 'systemd';
  }

  get #current(): JailSettings {
    return this.#draft ?? this.#settings;
  }

  /** Takes a change of settings over; a running jail must accept it first, so that a bad value changes nothing. */
  async #change(change: Partial<JailSettings>): Promise<void> {
    const next = { ...this.#current, ...change };
    if (this.#draft !== undefined) {
      this.#draft = next;
      return;
    }
    if (this.#pipeline !== undefined) await this.#pipeline.apply(next);
    this.#settings = next;
  }

  #running(): JailPipeline {
    if (this.#pipeline !== undefined) return this.#pipeline;
    throw new WarderError('JAIL_NOT_STARTED', `jail ${this.name} is not started`, {
      jail: this.name,
      hint: `start ${this.name}`,
    });
  }
}

/** The list without the element at a Python index; one that does not exist changes nothing. */
function without(list: readonly string[], index: number): string[] {
  const at = index < 0 ? list.length + index : index;
  return list.filter((_item, position) => position !== at);
}
