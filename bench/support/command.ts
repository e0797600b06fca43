import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';

export interface CommandRun {
  /** From the start of the process to its end. */
  readonly ms: number;
  readonly stdout: string;
}

export interface CommandOptions {
  /** A file for its standard input; empty without one. */
  readonly input?: string;
  readonly keep?: boolean;
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Runs a command to its end and takes the time. Its standard input is the file named, or empty; what it prints is kept, or goes
 * nowhere. Throws when it fails; an exit code of 1 is how some say that nothing was found.
 */
export function runCommand(
  command: string,
  args: readonly string[],
  { input, keep = true, env = process.env }: CommandOptions = {},
): CommandRun {
  const stdin = openSync(input ?? '/dev/null', 'r');
  try {
    const startedMs = performance.now();
    const { status, stdout, stderr, error } = spawnSync(command, args, {
      stdio: [stdin, keep ? 'pipe' : 'ignore', 'pipe'],
      maxBuffer: 2 ** 28,
      env,
      encoding: 'utf8',
    });
    const ms = performance.now() - startedMs;
    if (error !== undefined) throw error;
    if (status !== 0 && status !== 1) throw new Error(`${command} ended with ${status}: ${stderr}`);
    return { ms, stdout: stdout ?? '' };
  } finally {
    closeSync(stdin);
  }
}
