import { spawn as nodeSpawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';

/** What of a child process the supervision needs; `node:child_process` satisfies it. */
export interface ChildHandle {
  readonly pid?: number | undefined;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  kill(signal: NodeJS.Signals): boolean;
  on(event: 'close', listener: (code: number | null, signal: NodeJS.Signals | null) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
}

export type Spawn = (
  command: string,
  args: readonly string[],
  options: { readonly env: NodeJS.ProcessEnv; readonly stdio: readonly ['ignore', 'pipe', 'pipe'] },
) => ChildHandle;

export interface ChildSpec {
  /** Name to be found in PATH, or a path. */
  readonly command: string;
  readonly args: readonly string[];
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** How a child ended. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The last words on its standard error, at most 2 KiB, trimmed; or why it could not be started. */
  readonly errorText: string;
  /** It never ran: there is no such program. */
  readonly notFound: boolean;
}

export interface RunningChild {
  readonly pid: number | undefined;
  /** Its standard output; undefined if it could not be started. Pause it to hold the child back. */
  readonly stdout: Readable | undefined;
  /** Fulfilled once it has ended and its output is closed; never rejected. */
  readonly ended: Promise<ChildEnd>;
  /** SIGTERM, after `graceMs` SIGKILL; resolves when it has ended. */
  stop(graceMs?: number): Promise<ChildEnd>;
}

const errorTextBytes = 2048;

/**
 * Starts a child that cannot outlive us: where `setpriv` is installed the kernel kills it with the thread that started
 * it, and everywhere it loses the reader of its output. Never throws; a failure to start is an end.
 */
export function startChild(spec: ChildSpec, spawn: Spawn = nodeSpawn as unknown as Spawn): RunningChild {
  const program = findExecutable(spec.command);
  if (program === undefined) return neverRan(`${spec.command} is not installed`, true);
  const leash = findExecutable('setpriv');
  const [command, args] =
    leash === undefined
      ? [program, spec.args]
      : [leash, ['--pdeathsig', 'KILL', '--', program, ...spec.args]];
  try {
    const child = spawn(command, args, {
      env: { ...process.env, ...spec.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return supervise(child);
  } catch (error) {
    return neverRan(error instanceof Error ? error.message : String(error), false);
  }
}

/** The path of a program: as given if it contains a slash, else looked up in PATH and the usual system folders. */
export function findExecutable(name: string, path = process.env.PATH ?? ''): string | undefined {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  const folders = [...path.split(delimiter).filter(Boolean), '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** Growing pauses between attempts: `firstSec`, doubled each time up to `longestSec`. */
export class Backoff {
  readonly #firstSec: number;
  readonly #longestSec: number;
  #attempts = 0;

  constructor(firstSec: number, longestSec: number) {
    this.#firstSec = firstSec;
    this.#longestSec = longestSec;
  }

  /** The pause before the next attempt. */
  nextSec(): number {
    const pauseSec = Math.min(this.#firstSec * 2 ** this.#attempts, this.#longestSec);
    this.#attempts += 1;
    return pauseSec;
  }

  /** The last attempt was a success. */
  reset(): void {
    this.#attempts = 0;
  }
}

function supervise(child: ChildHandle): RunningChild {
  let errorText = '';
  let over = false;
  child.stderr?.on('data', (chunk: Buffer) => {
    errorText = (errorText + chunk.toString('latin1')).slice(-errorTextBytes);
  });
  const ended = new Promise<ChildEnd>((resolve) => {
    const finish = (end: Omit<ChildEnd, 'notFound'>): void => {
      over = true;
      resolve({ ...end, notFound: false });
    };
    child.on('error', (error) => finish({ code: null, signal: null, errorText: error.message }));
    child.on('close', (code, signal) => finish({ code, signal, errorText: errorText.trim() }));
  });
  return {
    pid: child.pid,
    stdout: child.stdout ?? undefined,
    ended,
    async stop(graceMs = 1000) {
      if (over) return ended;
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), graceMs);
      // The output has to flow to its end, or `close` never comes; nobody is interested in it any more.
      child.stdout?.removeAllListeners('data').resume();
      try {
        return await ended;
      } finally {
        clearTimeout(force);
      }
    },
  };
}

function neverRan(errorText: string, notFound: boolean): RunningChild {
  const ended = Promise.resolve({ code: null, signal: null, errorText, notFound });
  return { pid: undefined, stdout: undefined, ended, stop: () => ended };
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
