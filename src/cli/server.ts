import { closeSync, mkdirSync, writeSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describeError } from '../base/index.ts';
import type { DaemonOptions } from '../daemon/index.ts';
import { runClientProgram } from './client.ts';
import { type ReadyMessage, serverEnvironment } from './launch.ts';
import type { CliOptions } from './options.ts';
import { currentUser, type PathOption, resolvePath, systemPaths } from './paths.ts';
import { failure, openProgram, type Program, success } from './program.ts';
import { configLayers, optionText } from './settings.ts';
import type { Terminal } from './terminal.ts';

/** fail2ban-server: the server itself, in the foreground or the background; any other command goes to the client. */
export async function runServer(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  const program = await openProgram(name, args, terminal);
  if (typeof program === 'number') return program;
  const { interactive, words, background } = program.options;
  const isStart = words.length === 0 || (words.length === 1 && words[0] === 'start');
  if (interactive || !isStart) return runClientProgram(program);
  if (!background) return serve(program);
  const { startServer, launchInBackground } = await import('./start.ts');
  // A server that waits for a client's configuration has none of its own to check.
  const started = await (program.options.async ? launchInBackground(program) : startServer(program));
  return started ? success : failure;
}

/** Told once the server is ready. */
export type OnReady = (socketPath: string, problems: readonly string[], enforcement: string) => Promise<void>;

/** Runs the server in this process until it ends. Returns the exit code. */
export async function serve(
  program: Program,
  onReady: OnReady = sayReady(program),
  more: Pick<DaemonOptions, 'observeOnly'> = {},
): Promise<number> {
  const { log } = program;
  // They have done their work on this process; the commands of actions need not inherit them.
  for (const name of Object.keys(serverEnvironment)) delete process.env[name];
  const { runDaemon } = await import('../daemon/index.ts');
  const options = await resolveDaemonOptions(program.options);
  makeOwnPlace(options);
  return runDaemon({
    ...options,
    ...more,
    onReady(problems, enforcement) {
      onReady(options.socketPath, problems, enforcement).catch((error) => log.error(describeError(error)));
    },
  });
}

function sayReady({ options, terminal }: Program): OnReady {
  return async (_socketPath, problems) => {
    if (options.readyFd === undefined) terminal.out('Server ready\n');
    else tellLauncher(options.readyFd, { problems });
  };
}

/** What the daemon is to use: the command line, then the configuration, then an ordinary user's own places. */
export async function resolveDaemonOptions(options: CliOptions): Promise<DaemonOptions> {
  const { readConfiguration } = await import('../config/index.ts');
  const layers = configLayers(options).map((layer) => resolve(layer));
  const configuration = readConfiguration({ layers, jails: [] });
  const user = currentUser();
  const path = (option: PathOption, given: string | undefined): string =>
    given ?? resolvePath(option, optionText(configuration, option) ?? systemPaths[option], user);
  // Root's log and database are the daemon's to find in the configuration, where they can change at a reload.
  const own = user.isRoot
    ? {}
    : { logTarget: path('logtarget', undefined), dbFile: path('dbfile', undefined) };
  return {
    configLayers: layers,
    socketPath: resolve(path('socket', options.socket)),
    pidFile: resolve(path('pidfile', options.pidfile)),
    foreground: options.readyFd === undefined,
    waitForStream: options.async,
    force: options.force,
    ...own,
    ...(options.logTarget === undefined ? {} : { logTarget: options.logTarget }),
    ...(options.logLevel === undefined ? {} : { logLevel: options.logLevel }),
    ...(options.syslogSocket === undefined ? {} : { syslogSocket: options.syslogSocket }),
    ...(options.processName === undefined ? {} : { processName: options.processName }),
  };
}

/** The system's folders are there; those of an ordinary user are made at the first start, for nobody else to read. */
function makeOwnPlace({ dbFile, pidFile, socketPath }: DaemonOptions): void {
  if (dbFile === undefined) return;
  for (const path of [dbFile, pidFile, socketPath])
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
}

/** The process that started us waits for this; if it has gone meanwhile, nobody misses it. */
function tellLauncher(fd: number, message: ReadyMessage): void {
  try {
    writeSync(fd, `${JSON.stringify(message)}\n`);
    closeSync(fd);
  } catch {
    return;
  }
}
