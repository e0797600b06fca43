import { type ChildProcess, spawn } from 'node:child_process';
import { extname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { describeError } from '../base/index.ts';
import type { CliOptions } from './options.ts';

/** What became of a server that was started in the background. */
export interface LaunchResult {
  readonly ready: boolean;
  /** Why it is not. */
  readonly reason: string;
  /** Jails and options that did not make it. */
  readonly problems: readonly string[];
  /** What it wrote on standard error before it was ready. */
  readonly errorText: string;
}

/** What the server says on the descriptor that it is given, as one line of JSON. */
export interface ReadyMessage {
  readonly problems: readonly string[];
}

const readyFd = 3;

/** How the runtime of a server is started, if it is our own; bin/launch.sh says the same, and why. */
export const serverFlags = [
  '--max-semi-space-size=2',
  '--heap-growing-percent=20',
  '--v8-pool-size=2',
  '--expose-gc',
  '--invocation-count-for-maglev=10000',
  '--invocation-count-for-maglev-osr=10000',
  '--invocation-count-for-turbofan=40000',
  '--invocation-count-for-osr=40000',
];
export const serverEnvironment = { MALLOC_TRIM_THRESHOLD_: '65536', MALLOC_MMAP_THRESHOLD_: '65536' };
const maxErrorText = 64 * 1024;
const maxMessage = 1024 * 1024;

/**
 * Starts fail2ban-server detached from this process and its terminal, and waits until it says that it is ready, or ends, or the
 * time is over (it is left running then: it may only be slow). Node cannot fork, so it is a new process.
 */
export function launchDaemon(options: CliOptions, timeoutMs: number): Promise<LaunchResult> {
  const { dirname, filename } = import.meta;
  const program = join(dirname, `fail2ban-server${extname(filename)}`);
  const isOurNode = /\/node-linux-\w+\/bin\/node$|^\/usr\/lib\/warder\/node$/.test(process.execPath);
  const flags = new Set([...process.execArgv, ...(isOurNode ? serverFlags : [])]);
  const child = spawn(process.execPath, [...flags, program, ...serverArgs(options)], {
    detached: true,
    cwd: '/',
    env: { ...process.env, ...serverEnvironment },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
  });
  return watch(child, timeoutMs);
}

/** The options go on to the server; its folder changes, so paths become absolute. */
function serverArgs(options: CliOptions): string[] {
  const args = ['-f', `--ready-fd=${readyFd}`];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined) args.push(`${name}=${value}`);
  };
  const path = (value: string | undefined): string | undefined =>
    value === undefined ? undefined : resolve(value);
  add('--conf', path(options.conf));
  add('--socket', path(options.socket));
  add('--pidfile', path(options.pidfile));
  add('--pname', options.processName);
  add('--loglevel', options.logLevel);
  add('--logtarget', options.logTarget);
  add('--syslogsocket', options.syslogSocket);
  if (options.force) args.push('-x');
  if (options.async) args.push('--async');
  for (let level = 1; level < options.verbosity; level += 1) args.push('-v');
  return args;
}

function watch(child: ChildProcess, timeoutMs: number): Promise<LaunchResult> {
  let errorText = '';
  let message = '';
  const [, , errors, ready] = child.stdio as unknown as [null, null, Readable, Readable];
  errors.on('data', (chunk: Buffer) => {
    if (errorText.length < maxErrorText) errorText += chunk.toString();
  });
  return new Promise((done) => {
    const finish = (result: Pick<LaunchResult, 'ready' | 'reason' | 'problems'>): void => {
      clearTimeout(timer);
      errors.destroy();
      ready.destroy();
      child.removeAllListeners();
      child.unref();
      done({ ...result, errorText });
    };
    const fail = (reason: string): void => finish({ ready: false, reason, problems: [] });
    const timer = setTimeout(() => fail('Failed to start server: it is not ready in time'), timeoutMs);
    child.once('error', (error) => fail(`Could not start fail2ban-server: ${error.message}`));
    child.once('close', (code, signal) =>
      fail(`Could not start fail2ban-server: it ended with ${signal ?? code}`),
    );
    ready.on('data', (chunk: Buffer) => {
      message += chunk.toString();
      if (message.length > maxMessage) fail('Could not start fail2ban-server: it talks nonsense');
      else if (message.includes('\n')) finish(readMessage(message));
    });
  });
}

function readMessage(message: string): Pick<LaunchResult, 'ready' | 'reason' | 'problems'> {
  try {
    const { problems } = JSON.parse(message) as ReadyMessage;
    return { ready: true, reason: '', problems };
  } catch (error) {
    return { ready: false, reason: `Could not start fail2ban-server: ${describeError(error)}`, problems: [] };
  }
}
