import { type Clock, describeError, escapeControl, MemoryRest, systemClock } from '../base/index.ts';
import { ControlServer, Dispatcher, EventHub, type FailedJail } from '../control/index.ts';
import type { DetectionBatch } from '../detect/index.ts';
import {
  actionEnvironment,
  createEngineServices,
  createShellRunner,
  type EngineServices,
  HostNames,
  machineNames,
  machineTools,
  Notifier,
  type ShellRunner,
  StopPatience,
  Tarpit,
} from '../enforce/index.ts';
import { createMatchMemory, LookupProcess, OwnAddresses, Resolver } from '../track/index.ts';
import type { WebProcess } from '../web/index.ts';
import type { DaemonParts } from './daemon-parts.ts';
import type { Detection } from './detection.ts';
import { explain } from './explain.ts';
import { healthOf } from './health.ts';
import { ipv6IsAllowed } from './ipv6.ts';
import { JailPipeline } from './jail.ts';
import type { JailSettings } from './jail-settings.ts';
import { manualJailName } from './manual-jail.ts';
import { Observers } from './observers.ts';
import { OwnLogFeed } from './own-log-feed.ts';
import { Persistence } from './persistence.ts';
import { Releasers } from './releasers.ts';
import { jailsThatEnd, plainReload } from './restart.ts';
import { Server } from './server.ts';
import { serverOptions } from './server-options.ts';
import { createWeb } from './web.ts';

export type { DaemonParts, DetectionParts } from './daemon-parts.ts';

/**
 * One daemon: the stages, what stands beside them, and the server in front. `start` opens everything but jails, which
 * come by commands; `stop` closes everything again, last opened first.
 */
export class Daemon {
  readonly server: Server;
  readonly dispatcher: Dispatcher;
  readonly #parts: DaemonParts;
  readonly #clock: Clock;
  readonly #releasers: Releasers;
  readonly #detection: Detection;
  readonly #persistence: Persistence;
  readonly #feed: OwnLogFeed;
  readonly #control: ControlServer;
  readonly #hub = new EventHub();
  readonly #observers: Observers;
  readonly #web: WebProcess | undefined;
  readonly #pipelines = new Map<string, JailPipeline>();
  readonly #patience: StopPatience;
  readonly #runner: ShellRunner;
  readonly #engines: EngineServices;
  readonly #tarpit: Tarpit;
  readonly #actionEnvironment = actionEnvironment(process.env);
  readonly #lookups: LookupProcess;
  readonly #names: HostNames;
  readonly #notifier: Notifier;
  readonly #resolver: Resolver;
  readonly #ownAddresses: OwnAddresses;
  readonly #matchMemory = createMatchMemory();
  readonly #rest: MemoryRest;
  #allowIpv6: boolean | 'auto' = 'auto';

  constructor(parts: DaemonParts) {
    const { log } = parts;
    this.#parts = parts;
    this.#clock = parts.clock ?? systemClock;
    this.#rest = new MemoryRest(this.#clock);
    this.#observers = new Observers(this.#hub, () => this.#clock.nowSec(), log);
    this.#releasers = new Releasers((name, error) =>
      this.#error(`${name} did not close: ${describeError(error)}`),
    );
    this.#patience = new StopPatience(log, parts.stopLimits);
    this.#runner = createShellRunner({
      logger: log,
      environment: this.#actionEnvironment,
      patience: this.#patience,
    });
    this.#engines = createEngineServices({
      tools: machineTools(this.#actionEnvironment),
      clock: this.#clock,
      logger: log,
      heldPorts: () => this.#tarpit.ports,
    });
    this.#tarpit = new Tarpit({ clock: this.#clock, logger: log, tools: this.#engines.tools });
    this.#lookups = new LookupProcess({ clock: this.#clock, logger: log });
    this.#names = new HostNames({ source: machineNames((ip) => this.#lookups.namesOf(ip)) });
    this.#notifier = new Notifier({
      clock: this.#clock,
      logger: log,
      names: this.#names,
      environment: this.#actionEnvironment,
    });
    this.#resolver = new Resolver(this.#clock, log, (name) => this.#lookups.addressesOf(name));
    this.#ownAddresses = new OwnAddresses(this.#clock, parts.readInterfaces, parts.readGateways);
    this.#persistence = new Persistence({
      clock: this.#clock,
      logger: log,
      jails: () => this.#pipelines.values(),
    });
    this.#detection = parts.createDetection({
      clock: this.#clock,
      logger: log,
      onBatch: (batch) => this.#observers.handling(batch, () => this.#handle(batch)),
      onEvent: (event) => {
        this.#observers.detection(event);
        if (event.kind === 'idle') this.server.wentIdle(event.jail);
      },
    });
    this.#feed = new OwnLogFeed({
      clock: this.#clock,
      pid: process.pid,
      logFile: () => (log.logTarget().startsWith('/') ? log.logTarget() : undefined),
      injectLine: (jail, text, timeSec) => this.#detection.injectLine(jail, text, timeSec),
      pastBans: (sinceSec) => this.#persistence.bansSince(sinceSec),
    });
    const look = {
      jails: () => this.#pipelines.values(),
      stories: this.#observers.stories,
      catchUp: this.#observers.catchUp,
      persistence: this.#persistence,
      nowSec: () => this.#clock.nowSec(),
    };
    this.server = new Server({
      logger: log,
      options: serverOptions(log, (value) => {
        this.#allowIpv6 = value;
      }),
      database: () => this.#persistence.options(),
      setDatabase: (file) => this.#persistence.open(file),
      createPipeline: (settings) => this.#createPipeline(settings),
      disposePipeline: (name) => this.#dispose(name),
      onJail: (type, jail, message) => this.#observers.jail(type, jail, message),
      tarpit: () => this.#tarpit.status(),
      why: (id) => explain(id, look),
      health: () =>
        healthOf({ ...look, detection: this.#detection, observeOnly: parts.observeOnly ?? false }),
      web: () => this.#web?.report() ?? { state: 'off' },
      flushLogs: () => log.flush(),
      forgetNames: () => {
        this.#resolver.clear();
        this.#names.clear();
      },
      ownConfiguration: parts.ownConfiguration,
      startManualJail: () => this.#startManualJail(),
      onShutdown: () => {
        this.#patience.begin();
        parts.onState?.('stopping');
      },
      jailsThatEnd: () =>
        jailsThatEnd({
          dispatcher: this.dispatcher,
          own: parts.ownConfiguration,
          running: this.server.jailNames(),
          hasManualBans: this.#persistence.hasBans(manualJailName),
          onError: (message) => this.#error(message),
        }),
      onReload: (state) => parts.onState?.(state),
    });
    this.#web = createWeb({
      ...look,
      settings: parts.web,
      start: parts.startWeb,
      clock: this.#clock,
      logger: log,
      events: this.#hub,
      detection: this.#detection,
      counters: this.#observers.counters,
      observeOnly: parts.observeOnly ?? false,
      tarpit: () => this.#tarpit.status(),
      server: this.server,
    });
    this.dispatcher = new Dispatcher(this.server, log);
    this.#control = new ControlServer({
      path: parts.socketPath,
      dispatcher: this.dispatcher,
      logger: log,
      force: parts.force,
      events: this.#hub,
    });
  }

  /** Opens the socket and starts the detection worker. Throws when the socket is taken. */
  async start(): Promise<void> {
    this.#rest.noteWork();
    this.#releasers.add('memory', () => this.#rest.stop());
    this.#releasers.add('tarpit', () => this.#tarpit.stop());
    this.#releasers.add('name lookups', () => this.#lookups.stop());
    this.#releasers.add('notices', () => this.#notifier.stop());
    await this.#control.start();
    this.#releasers.add('control socket', () => this.#control.stop());
    this.#releasers.add('database', () => this.#persistence.close());
    await this.#detection.start();
    this.#releasers.add('detection', () => this.#detection.stop());
    this.#web?.start();
    this.#releasers.add('web page', () => this.#web?.stop());
  }

  /** Stops the jails, then everything else. */
  async stop(): Promise<void> {
    await this.server.shutdown();
    await this.close();
  }

  /** Ends commands that run and begins no more: whoever asks a second time does not want to wait. */
  hurry(): void {
    this.#patience.giveUp();
  }

  /** Closes everything but the jails, whose bans stay in force. */
  async close(): Promise<void> {
    await this.#releasers.releaseAll();
  }

  /** Settles when every decision so far was carried out by the actions. */
  async settle(): Promise<void> {
    await Promise.all(Array.from(this.#pipelines.values(), (pipeline) => pipeline.idle()));
  }

  /** A reload of everything from our own files, as SIGHUP asks for it. Resolves to the jails that failed. */
  async reloadFromFiles(): Promise<readonly FailedJail[]> {
    const own = this.#parts.ownConfiguration;
    return own === undefined ? [] : this.dispatcher.applyReload(undefined, plainReload, own.read(undefined));
  }

  /** The built-in jail comes back by itself after a restart as long as it has bans. */
  async restoreManualJail(): Promise<void> {
    if (!this.server.jailNames().includes(manualJailName) && this.#persistence.hasBans(manualJailName)) {
      await this.#startManualJail();
    }
  }

  async #startManualJail(): Promise<void> {
    const [failed] = await this.dispatcher.applyStream(this.#parts.manualCommands());
    if (failed !== undefined) throw failed.error;
  }

  #createPipeline(settings: JailSettings): JailPipeline {
    const feedsOnOwnLog = this.#feed.readsOwnLog(settings);
    if (feedsOnOwnLog) this.#feed.add(settings.name);
    const pipeline = new JailPipeline(settings, {
      clock: this.#clock,
      logger: this.#parts.log,
      detection: this.#detection,
      resolver: this.#resolver,
      ownAddresses: this.#ownAddresses,
      matchMemory: this.#matchMemory,
      runner: this.#runner,
      engines: this.#engines,
      tarpit: this.#tarpit,
      names: this.#names,
      notifier: this.#notifier,
      actionEnvironment: this.#actionEnvironment,
      memory: this.#persistence,
      allowIpv6: () => ipv6IsAllowed(this.#allowIpv6),
      observeOnly: this.#parts.observeOnly ?? false,
      onDecisions: (jail, decisions) => {
        this.#feed.onDecisions(jail, decisions);
        this.#observers.decided(decisions);
      },
      onFound: (failure) => this.#observers.found(failure),
      onIgnored: (id) => this.#observers.stories.ignored(settings.name, id),
      onOutcome: (outcome) => this.#observers.enforced(outcome),
      ...(feedsOnOwnLog
        ? { onRestored: () => this.#feed.catchUp(settings.name, settings.findTimeSec, pipeline) }
        : {}),
    });
    this.#pipelines.set(settings.name, pipeline);
    return pipeline;
  }

  #dispose(name: string): void {
    this.#pipelines.delete(name);
    this.#feed.remove(name);
    this.#persistence.forget(name);
  }

  /** What the worker found: counted, then committed together with the positions behind it. */
  #handle(batch: DetectionBatch): void {
    this.#rest.noteWork();
    for (const [jail, failures] of Map.groupBy(batch.failures, (failure) => failure.jail)) {
      this.#pipelines.get(jail)?.observe(this.#feed.admitted(jail, failures));
    }
    const jails = new Set(batch.failures.map((failure) => failure.jail));
    this.#persistence.commitSoon(batch.positions, jails);
  }

  #error(message: string): void {
    this.#parts.log.log('ERROR', 'fail2ban.server', escapeControl(message));
  }
}
