import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { ShellCommand } from './shell-command.ts';

/** How a command ended. */
export interface ShellResult {
  readonly ok: boolean;
  /** Python's return code: negative for a signal; undefined if it could not be started, or not be killed. */
  readonly returnCode: number | undefined;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be started. */
  readonly startError?: string;
  readonly pid: number | undefined;
  readonly durationMs: number;
}

export interface ShellProcessOptions {
  readonly timeoutSec: number;
  readonly environment: Readonly<Record<string, string>>;
  /** What is kept of each output; the rest is read and dropped. */
  readonly outputLimitBytes: number;
  /** Ends the command as the timeout does. */
  readonly signal?: AbortSignal;
  /** For its standard input, which is closed without it. */
  readonly input?: string | undefined;
}

/** Between SIGTERM and SIGKILL, and again between SIGKILL and giving up; as in fail2ban. */
const killStepMs = 200;
const giveUpMs = 2000;
/** How long after the shell's end we wait for the rest of its output; a process that it left behind may hold the pipe. */
const drainMs = 100;
const longestTimeoutSec = 2_000_000;

/**
 * Runs one command with `/bin/sh -c` in a process group of its own, standard input closed. At the timeout the whole
 * group gets SIGTERM, then SIGKILL. Never rejects.
 */
export function runShell(command: ShellCommand, options: ShellProcessOptions): Promise<ShellResult> {
  return runProgram(['/bin/sh', '-c', command.script, ...command.args], options);
}

/** As `runShell`, for a program with its arguments and no shell. */
export function runProgram(argv: readonly string[], options: ShellProcessOptions): Promise<ShellResult> {
  const startedMs = performance.now();
  const child = start(argv, options);
  if (typeof child === 'string') return Promise.resolve(neverRan(child, performance.now() - startedMs));
  const stdout = collect(child.stdout, options.outputLimitBytes);
  const stderr = collect(child.stderr, options.outputLimitBytes);
  return new Promise((resolve) => {
    let timedOut = false;
    let startError: string | undefined;
    let returnCode: number | undefined;
    const killer = startKiller(child, options, () => {
      timedOut = true;
    });
    const finish = (): void => {
      child.stdout?.destroy();
      child.stderr?.destroy();
      resolve({
        ok: returnCode === 0 && !timedOut,
        returnCode,
        timedOut,
        stdout: stdout(),
        stderr: stderr(),
        ...(startError === undefined ? {} : { startError }),
        pid: child.pid,
        durationMs: performance.now() - startedMs,
      });
    };
    child.on('error', (error) => {
      startError = error.message;
      killer.cancel();
      finish();
    });
    child.on('exit', (code, signal) => {
      returnCode = code ?? -(signal === null ? 0 : constants.signals[signal]);
      void Promise.all([drain(child), killer.cancel()]).then(finish);
    });
    void killer.gaveUp.then(finish);
  });
}

function start(
  [program = '', ...args]: readonly string[],
  options: ShellProcessOptions,
): ChildProcess | string {
  try {
    const child = spawn(program, args, {
      cwd: '/',
      detached: true,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      env: options.environment,
    });
    // A program need not read what it is told.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input);
    return child;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What is told of a command that was not begun. */
export function neverRan(startError: string, durationMs: number): ShellResult {
  return {
    ok: false,
    returnCode: undefined,
    timedOut: false,
    stdout: '',
    stderr: '',
    startError,
    pid: undefined,
    durationMs,
  };
}

/** Reads a stream to its end, keeping its beginning. */
function collect(stream: ChildProcess['stdout'], limitBytes: number): () => string {
  const chunks: Buffer[] = [];
  let kept = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (kept >= limitBytes) return;
    chunks.push(chunk.subarray(0, limitBytes - kept));
    kept += chunk.length;
  });
  stream?.on('error', () => undefined);
  return () => Buffer.concat(chunks).toString('utf8');
}

interface Killer {
  /** Stops the clock; where the killing has begun it resolves after SIGKILL has gone to the whole group. */
  cancel(): Promise<void>;
  /** Fulfilled when even SIGKILL did not end it; otherwise never. */
  readonly gaveUp: Promise<void>;
}

function startKiller(
  child: ChildProcess,
  { timeoutSec, signal }: ShellProcessOptions,
  onTimeout: () => void,
): Killer {
  let killing: Promise<void> | undefined;
  let over = false;
  let giveUp = (): void => undefined;
  const gaveUp = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  const kill = async (): Promise<void> => {
    onTimeout();
    signalGroup(child.pid, 'SIGTERM');
    await sleep(killStepMs);
    // Also when the shell itself is gone already: what it started may have ignored SIGTERM.
    signalGroup(child.pid, 'SIGKILL');
    void sleep(giveUpMs).then(() => over || giveUp());
  };
  const timeoutMs = Math.min(Math.max(timeoutSec, 0), longestTimeoutSec) * 1000;
  const begin = (): void => {
    killing ??= kill();
  };
  const timer = setTimeout(begin, timeoutMs);
  if (signal?.aborted) begin();
  signal?.addEventListener('abort', begin);
  return {
    gaveUp,
    async cancel() {
      over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', begin);
      await killing;
    },
  };
}

function signalGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone: that is what was wanted.
  }
}

function drain(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, drainMs);
    child.once('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
