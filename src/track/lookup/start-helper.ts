import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import {
  type HelperMessage,
  type LookupRequest,
  longestMessage,
  mostLookups,
  parseHelperMessage,
} from './protocol.ts';

/** A helper that runs. */
export interface Helper {
  send(request: LookupRequest): void;
  /** While somebody waits for an answer the helper keeps our process alive, otherwise not. */
  setBusy(busy: boolean): void;
  /** Ends it; no event follows. */
  stop(): void;
}

export interface HelperEvents {
  onMessage(message: HelperMessage): void;
  /** It is gone, once, and why; also if it could not be started. */
  onEnd(reason: string): void;
}

export type StartHelper = (events: HelperEvents) => Helper;

const errorTextLength = 500;

/** Where the helper's code is: beside this file while running from source, else beside the bundle. */
export function helperUrl(moduleUrl: string = import.meta.url): URL {
  return new URL(moduleUrl.endsWith('.ts') ? './helper.ts' : './name-lookups.js', moduleUrl);
}

/** Starts the real helper. It ends when we do, since its standard input does. Throws if there can be no process. */
export const startHelper: StartHelper = (events) => {
  const child = spawn(process.execPath, [...nodeFlags, fileURLToPath(helperUrl())], {
    cwd: '/',
    // A Ctrl-C in our terminal is not meant for it.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
    env: {
      ...(process.env.PATH === undefined ? {} : { PATH: process.env.PATH }),
      // Half of the threads may look up names, so that each kind has all of its own.
      UV_THREADPOOL_SIZE: String(2 * 2 * mostLookups),
      // The C library gives up by itself before we would have to kill it.
      RES_OPTIONS: process.env.RES_OPTIONS ?? 'timeout:2 attempts:2',
    },
  });
  return supervise(child, events);
};

const nodeFlags = [
  '--max-old-space-size=24',
  '--max-semi-space-size=1',
  '--v8-pool-size=0',
  '--no-warnings',
  // Others who run as nobody may send it signals; this one would open a debugger.
  '--disable-sigusr1',
];

function supervise(child: ChildProcess, events: HelperEvents): Helper {
  const end = onceEnded(child, events);
  readLines(child, (line) => {
    const message = line === undefined ? undefined : parseHelperMessage(line);
    if (message !== undefined) events.onMessage(message);
    else end('it said something that is no answer');
  });
  const handles = [child.stdin, child.stdout, child.stderr] as (Socket | null)[];
  const setBusy = (busy: boolean): void => {
    for (const handle of [child, ...handles]) {
      if (busy) handle?.ref();
      else handle?.unref();
    }
  };
  setBusy(false);
  return {
    send: (request) => child.stdin?.write(`${JSON.stringify(request)}\n`),
    setBusy,
    stop: () => end(undefined),
  };
}

/** Returns what ends the helper; `onEnd` is told once, and nothing without a reason. */
function onceEnded(child: ChildProcess, events: HelperEvents): (reason: string | undefined) => void {
  let over = false;
  let errorText = '';
  const end = (reason: string | undefined): void => {
    if (over) return;
    over = true;
    child.kill('SIGKILL');
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    if (reason !== undefined) events.onEnd(reason);
  };
  child.stderr?.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString('latin1')).slice(-errorTextLength);
  });
  // Writing to one that is gone: the end follows.
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.on('error', () => undefined);
  child.on('error', (error) => end(error.message));
  child.on('exit', (code, signal) => {
    const words = errorText.trim() === '' ? '' : `: ${errorText.trim()}`;
    end(signal === null ? `exit code ${code}${words}` : `killed with ${signal}`);
  });
  return end;
}

/** Calls back with each line, and with undefined for one that is too long to be a message. */
function readLines(child: ChildProcess, onLine: (line: string | undefined) => void): void {
  let rest = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > longestMessage) onLine(undefined);
  });
}
