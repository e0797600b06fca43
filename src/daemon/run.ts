import { dirname, join } from 'node:path';
import { describeError, escapeControl, WarderError } from '../base/index.ts';
import { type Configuration, type ReadOptions, readConfiguration } from '../config/index.ts';
import type { FailedJail, SourcedCommand } from '../control/index.ts';
import { createDetectionHosts } from '../detect/index.ts';
import { readWebSettings, type WebSettings } from '../web/index.ts';
import { checkValues } from './check-values.ts';
import { Daemon } from './daemon.ts';
import { detectionOptions } from './detection-options.ts';
import { chooseEnforcement, type Enforcement, enforcementDefaults } from './enforcement.ts';
import { LogTarget } from './log-target.ts';
import { manualJailCommands } from './manual-jail.ts';
import type { DaemonOptions } from './options.ts';
import { OwnConfigurationReader } from './own-configuration.ts';
import { removePidFile, writePidFile } from './pid-file.ts';
import { ServiceManager, type ServiceState } from './service-manager.ts';
import { listenToSignals } from './signals.ts';
import { compatibleVersion, warderVersion } from './version.ts';

const logger = 'fail2ban.server';

/**
 * Runs the daemon until a signal or a client ends it. Resolves to the exit code: 0 after an orderly end, 255 when it
 * could not start (the socket is taken, or cannot be made), which the log and standard error say.
 */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const log = new LogTarget();
  process.title = options.processName ?? 'fail2ban-server';
  const enforcement = await chooseEnforcement();
  const reading = readOptions(options, enforcement);
  const readsFiles = options.waitForStream !== true;
  const configuration = readsFiles ? readConfiguration({ ...reading, jails: [] }) : undefined;
  await setUpLog(log, options, configuration);
  log.log('INFO', logger, '-'.repeat(50));
  log.log('INFO', logger, `Starting Fail2ban v${compatibleVersion} (Warder ${warderVersion})`);
  const own = readsFiles ? ownConfiguration(reading, options, log, () => daemon) : undefined;
  const manager = new ServiceManager();
  const daemon: Daemon = new Daemon({
    log,
    onState: (state) => manager.tell(state, describeState(state, daemon)),
    socketPath: options.socketPath,
    force: options.force ?? false,
    createDetection: (parts) => createDetectionHosts({ ...parts, ...detectionOptions(configuration) }),
    observeOnly: options.observeOnly ?? false,
    manualCommands: () => manualJailCommands(reading),
    web: webSettings(log, options, configuration),
    ...(own === undefined ? {} : { ownConfiguration: own }),
  });
  const end = Promise.withResolvers<number>();
  try {
    await daemon.start();
    writePidFile(options.pidFile, process.pid);
  } catch (error) {
    await daemon.stop();
    return failedStart(log, error);
  }
  guardProcess(log);
  const stopListening = listenToSignals({
    stop: () => void daemon.server.shutdown(),
    stopNow: () => {
      daemon.hurry();
      end.resolve(1);
    },
    reload: () => void daemon.reloadFromFiles().catch((error) => report(log, error)),
    flushLogs: () => log.flush(),
  });
  void daemon.server.whenShutDown().then(() => end.resolve(0));
  if (own !== undefined) {
    log.log('INFO', logger, `Enforcement: ${escapeControl(enforcement.reason)}`);
    const problems = await configure(daemon, own, log);
    options.onReady?.(problems, enforcement.reason);
  } else options.onReady?.([], enforcement.reason);
  manager.tell('running', describeState('running', daemon));
  const code = await end.promise;
  await daemon.stop();
  await manager.stop();
  stopListening();
  removePidFile(options.pidFile, process.pid);
  log.log('INFO', logger, 'Exiting Fail2ban');
  log.close();
  return code;
}

/** A sentence for `systemctl status`. */
function describeState(state: ServiceState, daemon: Daemon): string {
  if (state === 'reloading') return 'Reading the configuration again';
  if (state === 'stopping') return 'Stopping';
  const jails = daemon.server.jailNames();
  return `Guarding with ${jails.length} ${jails.length === 1 ? 'jail' : 'jails'}: ${jails.join(', ')}`.slice(
    0,
    500,
  );
}

/** How our own configuration is read, now and at each reload. */
function readOptions(options: DaemonOptions, enforcement: Enforcement): ReadOptions {
  const { logLevel, logTarget, syslogSocket } = options;
  return {
    layers: options.configLayers,
    builtInNames: enforcementDefaults(enforcement),
    overrides: {
      socket: options.socketPath,
      pidfile: options.pidFile,
      ...(logLevel === undefined ? {} : { loglevel: logLevel }),
      ...(logTarget === undefined ? {} : { logtarget: logTarget }),
      ...(syslogSocket === undefined ? {} : { syslogsocket: syslogSocket }),
    },
  };
}

/** The log goes to its target before anything else is said; a target that cannot be used leaves it on standard error. */
async function setUpLog(
  log: LogTarget,
  options: DaemonOptions,
  configuration: Configuration | undefined,
): Promise<void> {
  const setting = (name: string): string | undefined => settingOf(configuration, name);
  const level = options.logLevel ?? setting('loglevel');
  const socket = options.syslogSocket ?? setting('syslogsocket');
  const target = options.logTarget ?? setting('logtarget') ?? 'STDOUT';
  try {
    if (level !== undefined) log.setLogLevel(level);
    if (socket !== undefined) await log.setSyslogSocket(socket);
    await log.setLogTarget(target);
  } catch (error) {
    report(log, error);
  }
}

function settingOf(configuration: Configuration | undefined, name: string): string | undefined {
  const value = configuration?.fail2ban.get(name)?.value;
  return value === undefined || value === null ? undefined : String(value);
}

/** The page, where one is wanted; an address that is none leaves the daemon without it. */
function webSettings(
  log: LogTarget,
  options: DaemonOptions,
  configuration: Configuration | undefined,
): WebSettings | undefined {
  try {
    return readWebSettings({
      http: settingOf(configuration, 'http'),
      hosts: settingOf(configuration, 'http-hosts'),
      tokenFile: settingOf(configuration, 'http-token-file'),
      metricsTokenFile: settingOf(configuration, 'http-metrics-token-file'),
      usualTokenFile: join(dirname(options.socketPath), 'http-token'),
    });
  } catch (error) {
    report(log, error);
    return undefined;
  }
}

/** Our own log file is there by now, which a jail may watch. */
async function configure(
  daemon: Daemon,
  own: OwnConfigurationReader,
  log: LogTarget,
): Promise<readonly string[]> {
  const { commands, errors } = own.readAll();
  const failed = await daemon.dispatcher.applyStream(commands);
  await daemon.restoreManualJail().catch((error) => report(log, error));
  return [...errors.map(describeError), ...failed.map(describeFailure)];
}

function ownConfiguration(
  reading: ReadOptions,
  options: DaemonOptions,
  log: LogTarget,
  daemon: () => Daemon,
): OwnConfigurationReader {
  return new OwnConfigurationReader({
    reading,
    logger: log,
    check: checkValues,
    isRunning: (jail) => daemon().server.jailNames().includes(jail),
    adapt: (commands) => withDatabase(commands, options),
  });
}

/** `dbfile` of the command line goes before that of fail2ban.conf. */
function withDatabase(
  commands: readonly SourcedCommand[],
  options: DaemonOptions,
): readonly SourcedCommand[] {
  const { dbFile } = options;
  if (dbFile === undefined) return commands;
  return commands.map((command) =>
    command.args[0] === 'set' && command.args[1] === 'dbfile' ? { args: ['set', 'dbfile', dbFile] } : command,
  );
}

function describeFailure({ jail, error, origin }: FailedJail): string {
  const place = origin === undefined ? '' : `${origin.file}:${origin.line}: `;
  return `${place}jail ${jail}: ${describeError(error)}`;
}

function report(log: LogTarget, error: unknown): void {
  log.log('ERROR', 'fail2ban', escapeControl(describeError(error)));
}

function failedStart(log: LogTarget, error: unknown): number {
  const message = escapeControl(describeError(error));
  log.log('ERROR', logger, `Could not start server: ${message}`);
  if (log.logTarget() !== 'STDERR') process.stderr.write(`${message}\n`);
  log.close();
  return error instanceof WarderError ? 255 : 1;
}

/** A mistake of ours in one place must not take the bans of all jails down: it is logged, and the rest goes on. */
function guardProcess(log: LogTarget): void {
  const onError = (error: unknown): void => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log.log('CRITICAL', 'fail2ban', escapeControl(`Unexpected error, going on: ${stack}`));
  };
  process.on('uncaughtException', onError);
  process.on('unhandledRejection', onError);
}
