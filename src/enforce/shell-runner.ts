import type { Logger } from '../base/index.ts';
import type { ShellCommand } from './shell-command.ts';
import { ShellLock } from './shell-lock.ts';
import { logResult } from './shell-log.ts';
import { runShell, type ShellResult } from './shell-process.ts';
import { notBegun, StopPatience } from './stop-patience.ts';

/** Runs shell commands, one at a time in the whole daemon. */
export interface ShellRunner {
  /** Never rejects; what went wrong is in the result, and in the log. */
  run(command: ShellCommand, options: RunOptions): Promise<ShellResult>;
  /** How long a stop waits; also for actions that run something else than commands. */
  readonly patience?: StopPatience;
}

export interface RunOptions {
  readonly timeoutSec: number;
  /** Place of the action in its jail's list; of the commands that wait, the lowest goes first. */
  readonly rank: number;
  readonly outputLimitBytes?: number;
  /** Its failure is an answer, and no trouble: it is logged as such. */
  readonly mayFail?: boolean;
  /** The action that it belongs to, for a stop that does not wait for an action for ever. */
  readonly owner?: object;
}

export interface ShellRunnerDeps {
  readonly logger: Logger;
  /** What commands find in their environment; see `actionEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long a stop of the daemon waits. */
  readonly patience?: StopPatience;
}

const usualOutputBytes = 64 * 1024;

/** The one runner of a daemon. */
export function createShellRunner(deps: ShellRunnerDeps): ShellRunner {
  const lock = new ShellLock();
  const patience = deps.patience ?? new StopPatience(deps.logger);
  const nobody = {};
  let count = 0;
  return {
    patience,
    run: (command, options) =>
      lock.run(options.rank, async () => {
        const { environment, logger } = deps;
        const outputLimitBytes = options.outputLimitBytes ?? usualOutputBytes;
        const id = (++count).toString(16).padStart(6, '0');
        const ran = await patience.run(
          options.owner ?? nobody,
          options.timeoutSec,
          async (timeoutSec, signal) => {
            const result = await runShell(command, { timeoutSec, environment, outputLimitBytes, signal });
            // What a stop has cut short says how long it ran.
            const ranSec = Math.min(timeoutSec, Math.round(result.durationMs / 100) / 10);
            const mayFail = options.mayFail ?? false;
            logResult(logger, id, { command, result, timeoutSec: ranSec, mayFail });
            return result;
          },
        );
        return ran ?? notBegun();
      }),
  };
}

/** Variables that are about our own process, not about the commands. */
const ownVariables =
  /^(?:NODE_|npm_|WARDER_|LISTEN_|WATCHDOG_|NOTIFY_SOCKET$|JOURNAL_STREAM$|INVOCATION_ID$|SYSTEMD_|BASH_ENV$|ENV$|LD_)/;

/** Where system tools are; a shell that was given a short PATH (as by `su`) finds iptables all the same. */
const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/**
 * The environment of actions: the daemon's own, as in fail2ban, without what concerns only our process and with the
 * folders of system tools at the end of PATH.
 */
export function actionEnvironment(own: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const kept = Object.entries(own).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !ownVariables.test(entry[0]),
  );
  const folders = (own.PATH ?? '')
    .split(':')
    .filter((folder) => folder.startsWith('/') && !folder.includes('/node_modules/'));
  const path = [...new Set([...folders, ...systemFolders])].join(':');
  return { ...Object.fromEntries(kept), PATH: path };
}
