import { describeError, escapeControl, type Logger, WarderError } from '../base/index.ts';
import type {
  DatabaseOptions,
  FailedJail,
  HealthReport,
  OwnConfiguration,
  ReloadOptions,
  ServerApi,
  ServerOptions,
  ShutdownOptions,
  TarpitReport,
  WebReport,
  WhyReport,
} from '../control/index.ts';
import { resolveBackend } from './backend.ts';
import type { JailPipeline } from './jail.ts';
import { ManagedJail } from './jail-api.ts';
import type { JailSettings } from './jail-settings.ts';
import { manualJailName } from './manual-jail.ts';
import { Reload } from './reload.ts';
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
  readonly tarpit: () => Promise<TarpitReport>;
  readonly why: (id: string) => Promise<WhyReport>;
  readonly health: () => HealthReport;
  readonly web: () => WebReport;
  readonly flushLogs: () => string;
  /** Looked-up names and addresses are forgotten at a reload, as by fail2ban. */
  readonly forgetNames: () => void;
  /** Undefined when a client sends the configuration. */
  readonly ownConfiguration: OwnConfiguration | undefined;
  /** Adds and starts the built-in jail for bans by hand. */
  readonly startManualJail: () => Promise<void>;
  /** The server stops from now on: nothing is waited for any longer than a few seconds. */
  readonly onShutdown?: () => void;
  /** Before a restart: jails whose bans may not stay in force, since nobody would end them any more. */
  readonly jailsThatEnd?: () => Promise<readonly string[]>;
  /** Told when a reload begins and when it has ended. */
  readonly onReload?: (state: 'reloading' | 'running') => void;
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
    if (old !== undefined && this.#isReloaded(old)) {
      const differs = old.backend !== backend;
      const why = differs ? ` (reason: '${old.backend}' != '${backend}')` : '';
      this.#info(`${differs || this.#reload?.options.restart ? 'Restart' : 'Reload'} jail '${name}'${why}`);
      old.beginDraft(backend);
      return;
    }
    if (old !== undefined) {
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
    const reload = this.#reload?.covers(name) ? this.#reload : undefined;
    const isRunning = jail.pipeline !== undefined;
    const restarts = isRunning && (jail.changesBackend || reload?.options.restart === true);
    if (restarts) await jail.restart((pipeline) => this.#end(pipeline, { keepBans: true }));
    else await jail.start();
    if (isRunning && reload?.options.unban) await jail.unbanAll();
    reload?.done(name);
    if (isRunning && !restarts) {
      if (reload !== undefined) this.#info(`Jail '${name}' reloaded`);
    } else {
      this.#parts.onJail('started', name);
      this.#parts.logger.log('INFO', 'fail2ban.jail', `Jail '${name}' started`);
    }
  }

  stopJail(name: string): Promise<void> {
    return this.#stopJail(name, { keepBans: false });
  }

  async stopAllJails(options: ShutdownOptions = { keepBans: false }): Promise<void> {
    this.#info('Stopping all jails');
    await Promise.all(this.jailNames().map((name) => this.#stopJail(name, options)));
  }

  /** A jail's detection stopped itself after too many errors; `set JAIL idle off` or a reload lets it go on. */
  wentIdle(name: string): void {
    this.#jails.get(name)?.wentIdle();
  }

  shutdown(options: ShutdownOptions = { keepBans: false }): Promise<void> {
    this.#shutdown ??= this.#stopEverything(options).finally(() => this.#shutDown.resolve());
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
    for (const name of covered) this.jail(name).beginDraft();
    this.#reload = new Reload(jail, options, covered);
    this.#parts.onReload?.('reloading');
  }

  async endReload(failedCommands: readonly FailedJail[]): Promise<readonly FailedJail[]> {
    const reload = this.#reload;
    if (reload === undefined) return failedCommands;
    const failed = reload.allFailed(failedCommands);
    this.reportFailedJails(failed);
    const { gone, kept } = reload.leftOver(failed);
    for (const name of kept) this.#jails.get(name)?.dropDraft();
    for (const name of gone.filter((jail) => this.#jails.has(jail))) {
      if (reload.options.unban) await this.jail(name).unbanAll();
      await this.stopJail(name);
    }
    for (const { jail } of failed) {
      if (this.#jails.get(jail)?.pipeline === undefined && this.#jails.delete(jail))
        this.#parts.disposePipeline(jail);
    }
    this.#reload = undefined;
    this.#parts.onReload?.('running');
    this.#info('Reload finished.');
    return failed;
  }

  reportFailedJails(failed: readonly FailedJail[]): void {
    for (const { jail, error } of failed) {
      const runs = this.#jails.get(jail)?.pipeline !== undefined;
      const outcome = runs ? 'goes on as it was' : 'is broken, the others run';
      const message = escapeControl(describeError(error));
      this.#parts.onJail('degraded', jail, describeError(error));
      this.#parts.logger.log('ERROR', 'fail2ban.jail', `Jail '${jail}' ${outcome}: ${message}`);
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

  tarpit(): Promise<TarpitReport> {
    return this.#parts.tarpit();
  }

  why(id: string): Promise<WhyReport> {
    return this.#parts.why(id);
  }

  health(): HealthReport {
    return this.#parts.health();
  }

  web(): WebReport {
    return this.#parts.web();
  }

  async flushLogs(): Promise<string> {
    return this.#parts.flushLogs();
  }

  reportConfigError(message: string): void {
    this.#reload?.noteConfigError(message);
    this.#parts.logger.log('ERROR', 'fail2ban.transmitter', escapeControl(message));
  }

  /** Jails that a reload covers; an unknown one is an error unless `--if-exists` was given. */
  #covered(jail: string | undefined, options: ReloadOptions): readonly string[] {
    if (jail === undefined) return this.jailNames().filter((name) => name !== manualJailName);
    if (options.ifExists && !this.#jails.has(jail)) return [];
    return [this.jail(jail).name];
  }

  /** The built-in jail is left alone by a reload of all jails unless the configuration speaks of it. */
  #isReloaded(jail: ManagedJail): boolean {
    if (this.#reload?.covers(jail.name)) return true;
    return jail.name === manualJailName && this.#reload?.takeIn(jail.name) === true;
  }

  async #stopJail(name: string, options: ShutdownOptions): Promise<void> {
    const { pipeline } = this.jail(name);
    if (pipeline !== undefined) await this.#end(pipeline, options);
    this.#jails.delete(name);
  }

  /** Ends a pipeline and forgets it, whatever goes wrong with it. */
  async #end(pipeline: JailPipeline, options: ShutdownOptions): Promise<void> {
    const { name } = pipeline;
    const { logger } = this.#parts;
    try {
      await pipeline.stop(options);
    } catch (error) {
      const message = escapeControl(describeError(error));
      logger.log('ERROR', 'fail2ban.jail', `Stop of jail '${name}' failed: ${message}`);
    }
    this.#parts.disposePipeline(name);
    logger.log('INFO', 'fail2ban.jail', `Jail '${name}' stopped`);
    this.#parts.onJail('stopped', name);
  }

  async #stopEverything(options: ShutdownOptions): Promise<void> {
    this.#info('Shutdown in progress...');
    const ending = options.keepBans ? await this.#parts.jailsThatEnd?.() : undefined;
    this.#parts.onShutdown?.();
    for (const name of ending ?? []) if (this.#jails.has(name)) await this.stopJail(name);
    await this.stopAllJails(options);
  }

  #info(message: string): void {
    this.#parts.logger.log('INFO', 'fail2ban.server', message);
  }
}
