import { describeError, escapeControl, type Logger, WarderError } from '../base/index.ts';
import type {
  DatabaseOptions,
  FailedJail,
  OwnConfiguration,
  ReloadOptions,
  ServerApi,
  ServerOptions,
} from '../control/index.ts';
import { resolveBackend } from './backend.ts';
import type { JailPipeline } from './jail.ts';
import { ManagedJail } from './jail-api.ts';
import type { JailSettings } from './jail-settings.ts';
import { manualJailName } from './manual-jail.ts';
import { textRecords } from './text-records.ts';
import { compatibleVersion } from './version.ts';

/** What the server needs of the parts around it. */
export interface ServerParts {
  readonly logger: Logger;
  readonly options: ServerOptions;
  readonly database: () => DatabaseOptions | undefined;
  readonly setDatabase: (file: string) => void;
  readonly createPipeline: (settings: JailSettings) => JailPipeline;
  /** Forgets a pipeline that was stopped, or that did not start. */
  readonly disposePipeline: (jail: string) => void;
  /** Told what became of a jail, for the live stream. */
  readonly onJail: (type: 'started' | 'stopped' | 'degraded', jail: string, message?: string) => void;
  readonly flushLogs: () => string;
  /** Looked-up names and addresses are forgotten at a reload, as by fail2ban. */
  readonly forgetNames: () => void;
  /** Undefined when a client sends the configuration. */
  readonly ownConfiguration: OwnConfiguration | undefined;
  /** Adds and starts the built-in jail for bans by hand. */
  readonly startManualJail: () => Promise<void>;
}

interface Reload {
  /** Undefined: all jails. */
  readonly jail: string | undefined;
  /** Jails that were there at the beginning and got no `start` yet. */
  readonly waiting: Set<string>;
}

/** The jails of one daemon, and the commands that concern more than one of them. */
export class Server implements ServerApi {
  readonly options: ServerOptions;
  readonly ownConfiguration?: OwnConfiguration;
  readonly #parts: ServerParts;
  readonly #jails = new Map<string, ManagedJail>();
  #reload: Reload | undefined;
  #shutdown: Promise<void> | undefined;
  readonly #shutDown = Promise.withResolvers<void>();

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.options = parts.options;
    if (parts.ownConfiguration !== undefined) this.ownConfiguration = parts.ownConfiguration;
  }

  version(): string {
    return compatibleVersion;
  }

  database(): DatabaseOptions | undefined {
    return this.#parts.database();
  }

  async setDatabase(file: string): Promise<void> {
    const current = this.database()?.file ?? 'None';
    if (this.#jails.size > 0 && current.toLowerCase() === file.toLowerCase()) return;
    if (this.#jails.size > 0) {
      throw new WarderError('DATABASE_IN_USE', 'Cannot change database when there are jails present', {
        hint: 'set dbfile in fail2ban.local and restart',
      });
    }
    this.#parts.setDatabase(file);
  }

  jailNames(): readonly string[] {
    return [...this.#jails.keys()];
  }

  jail(name: string): ManagedJail {
    const jail = this.#jails.get(name);
    if (jail === undefined)
      throw new WarderError('UNKNOWN_JAIL', `Sorry but the jail '${name}' does not exist`, { jail: name });
    return jail;
  }

  async addJail(name: string, backend: string): Promise<void> {
    const old = this.#jails.get(name);
    const resolved = resolveBackend(name, backend);
    if (old !== undefined && this.#reload?.waiting.has(name)) {
      if (old.backend === backend) {
        this.#info(`Reload jail '${name}'`);
        return;
      }
      this.#info(`Restart jail '${name}' (reason: '${old.backend}' != '${backend}')`);
      await this.stopJail(name);
    } else if (old !== undefined) {
      throw new WarderError('DUPLICATE_JAIL', `The jail '${name}' already exists`, { jail: name });
    }
    if (name.length >= 26) {
      this.#parts.logger.log(
        'WARNING',
        'fail2ban.jail',
        `Jail name '${name}' might be too long and some commands might not function correctly. Please shorten`,
      );
    }
    this.#parts.logger.log('INFO', 'fail2ban.jail', `Creating new jail '${name}'`);
    this.#jails.set(name, new ManagedJail(name, backend, this.#parts.createPipeline));
    for (const line of resolved.announcement) this.#parts.logger.log('INFO', 'fail2ban.jail', line);
  }

  async startJail(name: string): Promise<void> {
    const jail = this.jail(name);
    const reloaded = jail.hasDraft && jail.pipeline !== undefined;
    await jail.start();
    this.#reload?.waiting.delete(name);
    if (!reloaded) this.#parts.onJail('started', name);
    if (reloaded) this.#info(`Jail '${name}' reloaded`);
    else this.#parts.logger.log('INFO', 'fail2ban.jail', `Jail '${name}' started`);
  }

  async stopJail(name: string): Promise<void> {
    const jail = this.jail(name);
    try {
      await jail.pipeline?.stop({ keepBans: false });
    } catch (error) {
      this.#parts.logger.log(
        'ERROR',
        'fail2ban.jail',
        `Stop of jail '${name}' failed: ${describeError(error)}`,
      );
    }
    this.#jails.delete(name);
    this.#parts.disposePipeline(name);
    this.#parts.logger.log('INFO', 'fail2ban.jail', `Jail '${name}' stopped`);
    this.#parts.onJail('stopped', name);
  }

  async stopAllJails(): Promise<void> {
    this.#info('Stopping all jails');
    await Promise.all(this.jailNames().map((name) => this.stopJail(name)));
  }

  /** A jail's detection stopped itself after too many errors; `set JAIL idle off` or a reload lets it go on. */
  wentIdle(name: string): void {
    this.#jails.get(name)?.wentIdle();
  }

  shutdown(): Promise<void> {
    this.#shutdown ??= this.#stopEverything().finally(() => this.#shutDown.resolve());
    return this.#shutdown;
  }

  /** Settles when a client or a signal has shut the server down. */
  whenShutDown(): Promise<void> {
    return this.#shutDown.promise;
  }

  async beginReload(jail: string | undefined, options: ReloadOptions): Promise<void> {
    if (this.#reload !== undefined) {
      throw new WarderError('RELOAD_BUSY', 'Reload already in progress', {
        hint: 'try again when it is done',
      });
    }
    this.#info(`Reload ${jail === undefined ? 'all jails' : `jail ${jail}`}`);
    const covered = this.#covered(jail, options);
    this.#parts.forgetNames();
    if (options.unban) for (const name of covered) await this.jail(name).unbanAll();
    if (options.restart) await Promise.all(covered.map((name) => this.stopJail(name)));
    const waiting = new Set(covered.filter((name) => this.#jails.has(name)));
    for (const name of waiting) this.jail(name).beginDraft();
    this.#reload = { jail, waiting };
  }

  async endReload(failed: readonly FailedJail[]): Promise<void> {
    const reload = this.#reload;
    if (reload === undefined) return;
    this.reportFailedJails(failed);
    const kept = new Set(failed.map((entry) => entry.jail));
    for (const name of reload.waiting) {
      const jail = this.#jails.get(name);
      if (jail === undefined) continue;
      if (kept.has(name)) jail.dropDraft();
      else await this.stopJail(name);
    }
    for (const name of kept) {
      if (this.#jails.get(name)?.pipeline === undefined && this.#jails.delete(name))
        this.#parts.disposePipeline(name);
    }
    this.#reload = undefined;
    this.#info('Reload finished.');
  }

  reportFailedJails(failed: readonly FailedJail[]): void {
    for (const { jail, error } of failed) {
      this.#parts.onJail('degraded', jail, describeError(error));
      this.#parts.logger.log(
        'ERROR',
        'fail2ban.jail',
        `Jail '${jail}' is broken, the others run: ${escapeControl(describeError(error))}`,
      );
    }
  }

  async ban(ids: readonly string[]): Promise<number> {
    if (this.#jails.get(manualJailName)?.pipeline === undefined) await this.#parts.startManualJail();
    return this.jail(manualJailName).ban(ids);
  }

  async unban(ids: readonly string[] | undefined): Promise<number> {
    let ended = 0;
    for (const jail of this.#jails.values()) {
      if (jail.pipeline === undefined) continue;
      ended += ids === undefined ? await jail.unbanAll() : (await jail.unban(ids)).ended;
    }
    return ended;
  }

  lookupText(name: string): Promise<readonly string[]> {
    return textRecords(name);
  }

  async flushLogs(): Promise<string> {
    return this.#parts.flushLogs();
  }

  reportConfigError(message: string): void {
    this.#parts.logger.log('ERROR', 'fail2ban.transmitter', escapeControl(message));
  }

  /** Jails that a reload covers; an unknown one is an error unless `--if-exists` was given. */
  #covered(jail: string | undefined, options: ReloadOptions): readonly string[] {
    if (jail === undefined) return this.jailNames().filter((name) => name !== manualJailName);
    if (options.ifExists && !this.#jails.has(jail)) return [];
    return [this.jail(jail).name];
  }

  async #stopEverything(): Promise<void> {
    this.#info('Shutdown in progress...');
    await this.stopAllJails();
  }

  #info(message: string): void {
    this.#parts.logger.log('INFO', 'fail2ban.server', message);
  }
}
