import type { ShellCommand } from '../shell-command.ts';
import { runProgram, runShell, type ShellResult } from '../shell-process.ts';

/** A program to be run beside the queue of shell commands, which belongs to the firewall. */
export interface ProgramSpec {
  /** With a shell, or without. */
  readonly run: ShellCommand | readonly string[];
  readonly input: string | undefined;
  readonly timeoutSec: number;
  readonly signal: AbortSignal;
  /** Added to the environment of actions. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** Never rejects; what went wrong is in the result. */
export type RunProgram = (spec: ProgramSpec) => Promise<ShellResult>;

const outputBytes = 64 * 1024;

/** Runs programs with the environment of actions. */
export function programRunner(environment: Readonly<Record<string, string>>): RunProgram {
  return ({ run, input, timeoutSec, signal, variables }) => {
    const options = {
      timeoutSec,
      environment: { ...environment, ...variables },
      outputLimitBytes: outputBytes,
      signal,
      input,
    };
    return 'script' in run ? runShell(run, options) : runProgram(run, options);
  };
}
